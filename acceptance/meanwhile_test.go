package acceptance

import (
	"sync/atomic"
	"testing"

	"podsg/cli"
	"podsg/sandbox/kubeapi/faults"
)

func TestAPlanIsNotCarriedOutWhenAnotherRunHasChangedTheClusterSince(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	before := l.state()
	var once atomic.Bool
	remove := l.Kube().InjectFault(faults.Fault{Mutating: true, When: func() bool {
		if once.CompareAndSwap(false, true) { // the first run asks for the lock: it has looked, and been confirmed
			l.podsg("setup", "--yes").exits(0)
		}
		return false
	}})
	l.podsg("setup", "--yes").exits(cli.ExitChanged).says("another run of podsg", "podsg plan")
	remove()
	password := l.secretPassword()
	l.podsg("setup", "--yes").exits(0)
	if l.secretPassword() != password {
		t.Error("the password was overwritten")
	}
	l.cleanedUp(before)
}
