package acceptance

import (
	"slices"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
)

// Two namespaces share one database. What the second setup does not find in its
// own namespace is not lost: the first one's pods go on with it.
func TestASecondNamespaceKeepsThePasswordOfTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready") // made by podsg, and no journal of it is left
	proven(t, decode[plan.Result](l.podsg("setup", "-n", "shop", "--pod-selector", "app=api", "--yes", "-o", "json").exits(0)))
	if slices.ContainsFunc(l.Account().Calls(), func(c cloud.Call) bool { return c.Action == "ModifyDBInstance" }) {
		t.Error("the database's password was changed under the pods of the first namespace")
	}
	restartGreen(l)
	l.eventually("the green pods of the first namespace are connected", l.greenConnected)
	l.podsg("plan", "-n", "shop", "--pod-selector", "app=api").exits(0).says("nothing to do")
}
