package sandbox

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestEveryWorldStartsAndSettles(t *testing.T) {
	t.Parallel()
	for _, s := range Scenarios() {
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

func TestAWorldIsToldInALineOfATerminal(t *testing.T) {
	const between = 2 + 2 + len("D39d") + 2 // beside the name and the title
	longest := 0
	names := map[string]bool{}
	for _, s := range Scenarios() {
		longest = max(longest, len(s.Name))
		if names[s.Name] || s.Title == "" || s.Description == "" {
			t.Errorf("%q is named twice, or not described", s.Name)
		}
		names[s.Name] = true
	}
	for _, s := range Scenarios() {
		if width := longest + between + len(s.Title); width > 80 {
			t.Errorf("the line of %s has %d columns", s.Name, width)
		}
	}
}

func TestTheDocumentationHasEveryBrokenWorld(t *testing.T) {
	text, err := os.ReadFile("../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Scenarios() {
		row := "| `" + s.Name + "` | " + s.Description + " | [" + s.Check + "](checks/" + s.Check + ".md) |"
		if s.Check != "" && !strings.Contains(string(text), row) {
			t.Errorf("docs/sandbox.md lacks the row\n%s", row)
		}
	}
}
