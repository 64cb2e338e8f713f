package ui

// newPages makes the pages of the procedure, in its order.
func newPages() []page {
	return []page{
		newClusterPage(), newAccessPage(), newNetworkPage(), newNodesPage(), newPodGroupPage(),
		newDatabasePage(), newLoginPage(), newRulesPage(), newPolicyPage(), newCNIPage(), newProofPage(),
		newPlanPage(), newRunPage(), newVerdictPage(),
	}
}
