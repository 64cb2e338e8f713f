package sandbox

import (
	"testing"
	"time"

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
