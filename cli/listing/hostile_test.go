package listing

import (
	"testing"

	"podsg/cli/console"
	"podsg/steps/access"
	"podsg/steps/clean/cleantest"
)

func TestNamesOfOthersAreShownOnOneLine(t *testing.T) {
	t.Parallel()
	const name = cleantest.Name
	l := &List{Cluster: name, NotObserved: []string{name}, Accesses: []access.Access{{
		Namespace: name, Policy: name, Workloads: []string{name}, Groups: []string{name}, Targets: []access.Target{{ID: name, Name: name}}, Why: []string{name},
	}}}
	cleantest.Printed(t, "list", l.Text(console.Style{}))
}
