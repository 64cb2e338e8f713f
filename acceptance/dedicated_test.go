package acceptance

import (
	"testing"

	"podsg/steps/plan"
)

func TestDedicatedNodesAreNamedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	l := newLab(t, "dedicated-nodes")
	before := l.state()
	l.unchanged(func() {
		l.podsg("setup", "--yes", "--timeout", "1m").exits(3).says("P08", "dedicated=sgp:NoSchedule", "--probe-tolerations dedicated=sgp:NoSchedule")
		l.podsg("plan", "--verify=false", "--seed=false").exits(0)
	})
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json", "--probe-tolerations", "dedicated=sgp:NoSchedule").exits(0)))
	l.cleanedUp(before)
}
