package acceptance

import (
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/sandbox/kubeapi/faults"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// everyCall, if set in the environment, kills at every single call instead of a
// sample of them.
const everyCall = "PODSG_TEST_EVERY_CALL"

// sampled are the numbers from 1 to n at which to kill: the first ones, where
// lock and journal are made, the last one, and those between at even distances.
func sampled(n int) []int {
	var out []int
	for k := 1; k <= n; k++ {
		if os.Getenv(everyCall) != "" || k == 3 || k == n || k%12 == 0 {
			out = append(out, k)
		}
	}
	return out
}

// killAt runs a command in a process of its own and kills it when it makes the
// nth call, AWS and Kubernetes counted together, that would change the world;
// that call is lost. It reports whether the process got that far.
func (l *lab) killAt(n int, args ...string) bool {
	l.t.Helper()
	p := l.process(attached, append(args, "--sandbox", fmt.Sprintf("--sandbox-speed=%d", speed)))
	var count atomic.Int64
	killed := false
	hit := func() bool {
		at := count.Add(1)
		if at == int64(n) {
			killed = true
			p.kill()
		}
		return at >= int64(n)
	}
	l.Account().InjectFault(cloud.Fault{MutatingOnly: true, When: hit, Reset: true})
	remove := l.Kube().InjectFault(faults.Fault{Mutating: true, When: hit, Reset: true})
	p.run(time.Minute)
	l.Account().ClearFaults()
	remove()
	return killed
}

// expireLock makes the lock of a run that died as old as it would be after half
// a minute.
func (l *lab) expireLock() {
	l.t.Helper()
	leases := l.kubernetes().CoordinationV1().Leases(world.JournalNamespace)
	lease, err := leases.Get(l.t.Context(), world.LockName, metav1.GetOptions{})
	if err != nil {
		return // it died before it had the lock
	}
	at := metav1.NewMicroTime(time.Now().Add(-time.Hour))
	lease.Spec.RenewTime = &at
	if _, err := leases.Update(l.t.Context(), lease, metav1.UpdateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func TestASetupThatIsKilledAtAnyCallGoesOnWhenRunAgain(t *testing.T) {
	t.Parallel()
	whole := newLab(t, "workshop")
	calls := len(whole.mutations(func() { whole.podsg("setup", "--yes").exits(0) }))
	for _, k := range sampled(calls) {
		t.Run("call "+strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			l.killAt(k, "setup", "--yes")
			l.expireLock()
			proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
			l.cleanedUp(before)
		})
	}
}

func TestACleanupThatIsKilledAtAnyCallGoesOnWhenRunAgain(t *testing.T) {
	t.Parallel()
	whole := newLab(t, "workshop")
	whole.podsg("setup", "--yes").exits(0)
	calls := len(whole.mutations(func() { whole.podsg("cleanup", "--yes").exits(0) }))
	for _, k := range sampled(calls) {
		t.Run("call "+strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			l.podsg("setup", "--yes").exits(0)
			l.killAt(k, "cleanup", "--yes")
			l.expireLock()
			l.cleanedUp(before)
		})
	}
}

func TestASetupThatWasKilledAndOnlyCleanedUpLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, k := range sampled(60) {
		if k%16 != 0 {
			continue
		}
		t.Run("call "+strconv.Itoa(k), func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			l.killAt(k, "setup", "--yes")
			l.expireLock()
			l.cleanedUp(before)
		})
	}
}

func TestASecondRunSaysWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	if !l.killAt(20, "setup", "--yes") {
		t.Fatal("the setup ended before it was killed")
	}
	l.unchanged(func() { l.podsg("setup", "--yes").exits(1).says("holds it since", "the lock expires at") })
}
