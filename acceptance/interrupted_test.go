package acceptance

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"podsg/cli"
	"podsg/sandbox/kubeapi/faults"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestAnInterruptedSetupStopsInOrderAndGoesOnWhenRunAgain(t *testing.T) {
	t.Parallel()
	for _, at := range []int64{2, 10, 20, 30} {
		t.Run("call "+strconv.FormatInt(at, 10), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			signals := make(chan os.Signal, 1)
			var count atomic.Int64
			l.Kube().InjectFault(faults.Fault{Mutating: true, When: func() bool {
				if count.Add(1) == at {
					signals <- os.Interrupt
				}
				return false
			}})
			o := l.podsgWith(cli.Process{Args: []string{"setup", "--yes", "-o", "json"}, Signals: signals}).exits(cli.ExitInterrupted).says("stopping")
			r := decode[plan.Result](o)
			if r.Outcome != plan.OutcomeInterrupted || len(r.Applied)+len(r.Skipped) == 0 {
				t.Errorf("interrupted at call %d: %+v", at, r)
			}
			if _, locked := l.state()["k8s leases.coordination.k8s.io "+world.JournalNamespace+"/"+world.LockName]; locked {
				t.Errorf("interrupted at call %d: the lock is still there", at)
			}
			proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
			l.cleanedUp(before)
		})
	}
}

func TestAWorldThatHasChangedSinceThePlanIsNotChangedFurther(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	vpc := ""
	for key := range l.state() {
		if id, ok := strings.CutPrefix(key, "aws vpc/"); ok {
			vpc = id
		}
	}
	var once atomic.Bool
	l.Kube().InjectFault(faults.Fault{Mutating: true, When: func() bool {
		if once.CompareAndSwap(false, true) { // the lock: nothing has been changed yet
			if _, err := l.Account().AddSecurityGroup(vpc, intent.DefaultDBGroupName, "somebody else's", nil); err != nil {
				t.Error(err)
			}
		}
		return false
	}})
	o := l.podsg("setup", "--yes", "-o", "json").exits(cli.ExitChanged).says(intent.DefaultDBGroupName, "already exists")
	if r := decode[plan.Result](o); slices.Contains(r.Applied, "database") || r.Failed == nil || r.Failed.ID != "database-security-group" {
		t.Errorf("the result: %+v, %+v", r, r.Failed)
	}
	// The group is somebody else's: it is not adopted silently.
	l.podsg("setup", "--yes").exits(cli.ExitUsage).says(intent.DefaultDBGroupName, "--db-security-group")
	l.podsg("cleanup", "--yes").exits(0)
	for key, fields := range l.state() {
		if strings.HasPrefix(key, "aws security-group/") && fields[".Name"] == intent.DefaultDBGroupName {
			return
		}
	}
	t.Error("cleanup removed a group that somebody else made")
}
