package kube_test

import (
	"net/http"
	"testing"

	"podsg/sandbox/kubeapi/faults"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestRequestsThatAreLostAreAskedAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faults.Fault
		works bool
	}{
		{"the connection is cut", faults.Fault{Reset: true, Times: 3}, true},
		{"the answer is lost", faults.Fault{LoseAnswer: true, Times: 2}, true},
		{"the server has an error", faults.Fault{Status: http.StatusInternalServerError, Times: 3}, true},
		{"the server is unavailable", faults.Fault{Status: http.StatusServiceUnavailable, Times: 3}, true},
		{"the server refuses", faults.Fault{Status: http.StatusForbidden, Times: 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			client := w.connect(t, adminToken)
			c.fault.Resource = "configmaps"
			w.server.InjectFault(c.fault)
			journal := &world.Journal{Version: world.JournalVersion, Cluster: "workshop"}
			if err := client.SaveJournal(t.Context(), journal); (err == nil) != c.works {
				t.Fatalf("save: %v", err)
			}
			if !c.works {
				return
			}
			if got, err := client.LoadJournal(t.Context()); err != nil || got.Cluster != "workshop" {
				t.Errorf("load: %+v, %v", got, err)
			}
		})
	}
}

func TestLockWhoseAnswerWasLostIsHeld(t *testing.T) {
	w := newWorld(t)
	client := w.connect(t, adminToken)
	w.server.InjectFault(faults.Fault{Verb: "create", Resource: "leases.coordination.k8s.io", LoseAnswer: true, Times: 1})
	release, _, err := client.Lock(t.Context(), "alice", func(plan.Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.Lock(t.Context(), "bob", func(plan.Progress) {}); world.KindOf(err) != world.ProblemLocked {
		t.Errorf("a second holder: %v", err)
	}
	if err := release(t.Context()); err != nil {
		t.Error(err)
	}
}
