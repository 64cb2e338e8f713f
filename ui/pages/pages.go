// Package pages holds the pages of a session, a file each: what a page shows, what
// it asks, and how its answer is settled. What several pages do alike is in
// [TablePage] and [FormPage].
package pages

import "podsg/ui/wizard"

// New makes the pages of the procedure, in its order.
func New() []wizard.Page {
	return []wizard.Page{
		newClusterPage(), newAccessPage(), newNetworkPage(), newNodesPage(), newPodGroupPage(),
		newDatabasePage(), newLoginPage(), newRulesPage(), newPolicyPage(), newCNIPage(), newProofPage(),
		newPlanPage(), newRunPage(), newVerdictPage(),
	}
}
