package sandbox

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/scenario"
)

func TestEveryWorldStartsAndSettles(t *testing.T) {
	t.Parallel()
	for _, s := range scenario.All() {
		if s.Check != "" {
			continue // the broken ones are tested with what is broken in them
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			w, err := Start(t.Context(), Options{Scenario: s.Name, Speed: 500})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			t.Logf("settled after %s", time.Since(started))
			objects, err := w.Objects()
			if err != nil || len(objects) == 0 {
				t.Fatalf("%d objects, %v", len(objects), err)
			}
			if !w.Cluster().CameToRest() {
				t.Error("it took too long to come to rest")
			}
			if len(w.dnsAddresses()) != 2 {
				t.Fatalf("CoreDNS answers at %v", w.dnsAddresses())
			}
		})
	}
}

// A log without a line would leave a check of it without an answer.
func TestInAWorldThatIsSetUpTheGreenPodsHaveSaidWhatTheyFind(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ready", "wrong-password"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := Start(t.Context(), Options{Scenario: name, Speed: 500})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			pods, err := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "").List("sg-per-pod", storage.Selector{})
			if err != nil || len(pods) != 3 {
				t.Fatalf("%d clients, %v", len(pods), err)
			}
			for _, p := range pods {
				if p.Labels["podsg/probe"] != "green" {
					continue // the red one waits for a time-out
				}
				var said strings.Builder
				if err := w.cluster.Logs(t.Context(), p, &corev1.PodLogOptions{}, &said); err != nil || !strings.Contains(said.String(), "podsg-probe") {
					t.Errorf("%s said %q, %v", p.Name, said.String(), err)
				}
			}
		})
	}
}
