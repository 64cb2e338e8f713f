package kube_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"

	"podsg/kube"
	"podsg/sandbox/kubeapi/faults"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestJournalIsKeptInTheCluster(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	if j, err := c.LoadJournal(t.Context()); j != nil || err != nil {
		t.Fatalf("got %v, %v", j, err)
	}
	journal := &world.Journal{Version: world.JournalVersion, Cluster: "workshop", Entries: []world.JournalEntry{{
		Change: "cni", Kind: world.KindCNIEnv, Object: "kube-system/aws-node", Prior: map[string]*string{"A": nil, "B": ptr.To("x")}, Done: true,
	}}}
	for range 2 { // the second time there is nothing to write
		if err := c.SaveJournal(t.Context(), journal); err != nil {
			t.Fatal(err)
		}
	}
	journal.Entries[0].Done = false
	w.server.InjectFault(faults.Fault{Verb: "update", Resource: "configmaps", Status: 409, Times: 2})
	if err := c.SaveJournal(t.Context(), journal); err != nil {
		t.Fatalf("after two conflicts: %v", err)
	}
	got, err := c.LoadJournal(t.Context())
	if err != nil || !reflect.DeepEqual(got, journal) {
		t.Errorf("got %+v, %v", got, err)
	}
	cm, err := as[*corev1.ConfigMap](w, gvr.ConfigMaps).Get("kube-system", "podsg-journal")
	if err != nil || cm.Labels[world.LabelManagedBy] != world.ManagedBy || cm.Data["journal.json"] == "" {
		t.Errorf("the ConfigMap is %+v, %v", cm, err)
	}
	if err := c.DeleteJournal(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j, err := c.LoadJournal(t.Context()); j != nil || err != nil {
		t.Errorf("after deleting: %v, %v", j, err)
	}
}

func TestJournalIsRefusedWhenItCannotBeRight(t *testing.T) {
	t.Run("it would not fit", func(t *testing.T) {
		w := newWorld(t)
		j := &world.Journal{Version: 1, Entries: []world.JournalEntry{{Object: strings.Repeat("x", 1<<20)}}}
		if err := w.connect(t, adminToken).SaveJournal(t.Context(), j); err == nil || !strings.Contains(err.Error(), "bytes") {
			t.Errorf("got %v", err)
		}
	})
	for name, tt := range map[string]struct {
		data string
		says string
	}{
		"a newer podsg wrote it": {`{"version":99}`, "version 99"},
		"it is no JSON":          {`{`, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "podsg-journal", Namespace: "kube-system"}, Data: map[string]string{"journal.json": tt.data}})
			c := w.connect(t, adminToken)
			if _, err := c.LoadJournal(t.Context()); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v", err)
			}
			if err := c.SaveJournal(t.Context(), &world.Journal{Version: 1}); world.KindOf(err) != world.ProblemChanged {
				t.Errorf("somebody else's ConfigMap was written: %v", err)
			}
		})
	}
}

// start is the time at which the clocks of the lock's tests begin.
var start = time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC)

func TestLockSaysWhoHoldsItAndSinceWhen(t *testing.T) {
	w := newWorld(t)
	clock := clocktesting.NewFakeClock(start)
	c := w.connect(t, adminToken, withClock(clock))
	release, _, err := c.Lock(t.Context(), "alice@laptop (process 7)", func(plan.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	clock.SetTime(start.Add(5 * time.Second))
	_, _, err = c.Lock(t.Context(), "bob@desk", func(plan.Progress) {})
	if world.KindOf(err) != world.ProblemLocked || !containing("alice@laptop (process 7)", "2026-11-23 16:00:00 UTC")(err.Error()) {
		t.Fatalf("got %v", err)
	}
	if err := release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := release(t.Context()); err != nil {
		t.Errorf("releasing twice: %v", err)
	}
	if leases, err := as[*coordinationv1.Lease](w, gvr.Leases).List("kube-system", storage.Selector{}); err != nil || len(leases) > 0 {
		t.Errorf("the released lock leaves %v, %v", leases, err)
	}
	release, _, err = c.Lock(t.Context(), "bob@desk", func(plan.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLockIsRenewedAndTakenOverOnlyWhenItHasExpired(t *testing.T) {
	w := newWorld(t)
	leases := as[*coordinationv1.Lease](w, gvr.Leases)
	clock := clocktesting.NewFakeClock(start)
	alice := w.connect(t, adminToken, withClock(clock))
	_, lost, err := alice.Lock(t.Context(), "alice", func(plan.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	step(t, clock, 10*time.Second) // it is renewed
	eventually(t, func() bool {
		lease, err := leases.Get("kube-system", "podsg")
		return err == nil && lease.Spec.RenewTime.Equal(ptr.To(metav1.NewMicroTime(start.Add(10*time.Second))))
	})

	// Bob's clock shows that the lease has run out; Alice, whose machine was
	// asleep, learns at the next renewal that it is not hers any more.
	late := clocktesting.NewFakeClock(start.Add(39 * time.Second))
	bob := w.connect(t, adminToken, withClock(late))
	if _, _, err := bob.Lock(t.Context(), "bob", func(plan.Progress) {}); world.KindOf(err) != world.ProblemLocked {
		t.Fatalf("a second before it expires: %v", err)
	}
	late.SetTime(start.Add(41 * time.Second))
	var release func(context.Context) error
	taken := make(chan error, 1)
	var told []plan.Progress
	go func() {
		var err error
		release, _, err = bob.Lock(t.Context(), "bob", func(p plan.Progress) { told = append(told, p) })
		taken <- err
	}()
	for range 15 { // it looks expired: Bob watches it for half a minute
		step(t, late, 2*time.Second)
	}
	if err := <-taken; err != nil {
		t.Fatalf("after it expired: %v", err)
	}
	want := plan.Progress{Text: "the run of alice seems to have died: its lock is taken over unless it is renewed within 30s", Done: 14, Total: 30}
	if len(told) < 8 || told[7] != want {
		t.Errorf("told of the wait: %+v, want %+v among it", told, want)
	}
	step(t, clock, 10*time.Second)
	select {
	case <-lost:
	case <-time.After(10 * time.Second):
		t.Error("the first holder does not learn that the lock is lost")
	}
	if err := release(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestLockThatOnlyLooksExpiredIsNotTakenOver(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, leases *storage.Client[*coordinationv1.Lease])
		kind   world.ProblemKind
		says   string
	}{
		"because its holder renews it by a clock that is slow": {
			change: func(t *testing.T, leases *storage.Client[*coordinationv1.Lease]) {
				if _, err := leases.Mutate("kube-system", "podsg", func(l *coordinationv1.Lease) error {
					l.Spec.RenewTime = ptr.To(metav1.NewMicroTime(start.Add(10 * time.Second)))
					return nil
				}); err != nil {
					t.Error(err)
				}
			},
			kind: world.ProblemLocked, says: "alice holds it since 2026-11-23 16:00:00 UTC, and renewed it 0s ago",
		},
		"and is free as soon as its holder releases it": {
			change: func(t *testing.T, leases *storage.Client[*coordinationv1.Lease]) {
				if err := leases.Delete("kube-system", "podsg", metav1.DeleteOptions{}); err != nil {
					t.Error(err)
				}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			leases := as[*coordinationv1.Lease](w, gvr.Leases)
			alice := w.connect(t, adminToken, withClock(clocktesting.NewFakeClock(start)))
			if _, _, err := alice.Lock(t.Context(), "alice", func(plan.Progress) {}); err != nil {
				t.Fatal(err)
			}
			fast := clocktesting.NewFakeClock(start.Add(10 * time.Minute))
			bob := w.connect(t, adminToken, withClock(fast))
			done := make(chan error, 1)
			go func() {
				_, _, err := bob.Lock(t.Context(), "bob", func(plan.Progress) {})
				done <- err
			}()
			step(t, fast, 2*time.Second)
			eventually(t, fast.HasWaiters)
			c.change(t, leases)
			fast.Step(2 * time.Second)
			err := <-done
			if c.says == "" && err != nil || c.says != "" && (world.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestLockThatIsDeadByEveryClockIsTakenOverAtOnce(t *testing.T) {
	w := newWorld(t)
	if _, _, err := w.connect(t, adminToken, withClock(clocktesting.NewFakeClock(start))).Lock(t.Context(), "alice", func(plan.Progress) {}); err != nil {
		t.Fatal(err)
	}
	hourLater := clocktesting.NewFakeClock(start.Add(time.Hour))
	if _, _, err := w.connect(t, adminToken, withClock(hourLater)).Lock(t.Context(), "bob", func(plan.Progress) {}); err != nil {
		t.Error(err)
	}
}

func TestLockIsLostWhenItCannotBeRenewedInTime(t *testing.T) {
	w := newWorld(t)
	clock := clocktesting.NewFakeClock(start)
	c := w.connect(t, adminToken, withClock(clock))
	release, lost, err := c.Lock(t.Context(), "alice", func(plan.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	heal := w.server.InjectFault(faults.Fault{Verb: "update", Resource: "leases.coordination.k8s.io", Status: 500})
	step(t, clock, 10*time.Second)
	for range 10 {
		step(t, clock, 2*time.Second)
	}
	select {
	case <-lost:
		t.Fatal("it was given up before it expired")
	default:
	}
	step(t, clock, 2*time.Second)
	select {
	case <-lost:
	case <-time.After(10 * time.Second):
		t.Error("it was not given up")
	}
	heal()
	if err := release(t.Context()); err != nil {
		t.Error(err)
	}
}

// step moves a clock on once somebody waits for it.
func step(t *testing.T, clock *clocktesting.FakeClock, d time.Duration) {
	t.Helper()
	eventually(t, clock.HasWaiters)
	clock.Step(d)
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline:
			t.Fatal("it does not come about")
		case <-tick.C:
		}
	}
}

func TestProblemsOfTheTokenKeepTheirKind(t *testing.T) {
	w := newWorld(t)
	expired := &world.Problem{Kind: world.ProblemCredentials, Doing: "sign a token", Err: errors.New("ExpiredToken"), Command: "aws sso login --profile work"}
	calls := 0
	settings := kube.Settings{Kubeconfig: emptyKubeconfig(t), Token: func(context.Context, string) (string, time.Time, error) {
		if calls++; calls > 1 {
			return "", time.Time{}, expired
		}
		return adminToken, time.Now(), nil // expires at once
	}}
	opened, err := kube.NewConnector(settings).Connect(t.Context(), w.cluster)
	if err != nil {
		t.Fatal(err)
	}
	_, err = opened.Pods(t.Context(), "workshop", nil)
	if world.KindOf(err) != world.ProblemCredentials {
		t.Errorf("got %v", err)
	}
	if _, command := world.HintOf(err); command != expired.Command {
		t.Errorf("the command is %q", command)
	}
}
