package scenario

import (
	"os"
	"strings"
	"testing"
)

func TestAWorldIsToldInALineOfATerminal(t *testing.T) {
	const between = 2 + 2 + len("D39d") + 2 // beside the name and the title
	longest := 0
	names := map[string]bool{}
	for _, s := range All() {
		longest = max(longest, len(s.Name))
		if names[s.Name] || s.Title == "" || s.Description == "" {
			t.Errorf("%q is named twice, or not described", s.Name)
		}
		names[s.Name] = true
	}
	for _, s := range All() {
		if width := longest + between + len(s.Title); width > 80 {
			t.Errorf("the line of %s has %d columns", s.Name, width)
		}
	}
}

func TestTheDocumentationHasEveryBrokenWorld(t *testing.T) {
	text, err := os.ReadFile("../../docs/sandbox.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range All() {
		row := "| `" + s.Name + "` | " + s.Description + " | [" + s.Check + "]("
		_, link, found := strings.Cut(string(text), row)
		page, _, _ := strings.Cut(link, ")")
		if s.Check != "" && (!found || !strings.HasSuffix(page, "/"+s.Check+".md")) {
			t.Errorf("docs/sandbox.md lacks the row\n%s…/%s.md) |", row, s.Check)
		}
	}
}
