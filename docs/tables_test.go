package docs

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podsg/cli/lint"
	"podsg/sandbox/scenario"
	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/symptom"
)

var update = flag.Bool("update", false, "write the generated tables into the pages")

func TestTheTableOfChecksIsThatOfTheRegistry(t *testing.T) {
	blocks, seen := map[string]bool{}, map[string]bool{}
	for _, c := range steps.Registry() {
		blocks[c.ID] = c.Blocks
	}
	table := "| id | title | step | severity |\n| --- | --- | --- | --- |\n"
	for _, c := range slices.Concat(steps.Checks(), follow.PodChecks()) {
		if seen[c.ID] {
			continue // a pod's check may share the page of the procedure's
		}
		seen[c.ID] = true
		page := checkPage(t, c.ID)
		severity := string(c.Severity)
		if c.Severity == check.Pass {
			severity = "error" // without it podsg cannot look at anything
		}
		if blocks[c.ID] {
			severity += ", blocks"
		}
		table += fmt.Sprintf("| [%s](../%s) | %s | %s | %s |\n", c.ID, page, c.Title, c.Step, severity)
	}
	generated(t, "checks/README.md", "checks", table)
}

func TestTheTableOfBrokenWorldsIsThatOfTheScenarios(t *testing.T) {
	table := "| name | what you see | check |\n| --- | --- | --- |\n"
	for _, s := range scenario.All() {
		if s.Check != "" {
			table += fmt.Sprintf("| `%s` | %s | [%s](%s) |\n", s.Name, s.Description, s.Check, checkPage(t, s.Check))
		}
	}
	generated(t, "sandbox.md", "broken-worlds", table)
}

func TestTheTableOfSymptomsIsThatOfTheList(t *testing.T) {
	table := "| you see | look at |\n| --- | --- |\n"
	for _, s := range symptom.All() {
		var links []string
		for _, id := range s.Checks {
			links = append(links, fmt.Sprintf("[%s](../%s)", id, checkPage(t, id)))
		}
		row := strings.Join(links, ", ")
		if note := s.Note(); !note.IsZero() {
			row += "; " + note.String()
		}
		table += fmt.Sprintf("| %s | %s |\n", s.Seen, row)
	}
	generated(t, "checks/README.md", "symptoms", table)
}

func TestTheTableOfLintRulesIsThatOfTheList(t *testing.T) {
	table := "| rule | what holds |\n| --- | --- |\n"
	for _, r := range lint.Rules() {
		table += fmt.Sprintf("| %s | %s |\n", r.ID, r.Title)
	}
	generated(t, "lint.md", "lint-rules", table)
}

// checkPage is the page of a check, which lies in a room of the procedure.
func checkPage(t *testing.T, id string) string {
	t.Helper()
	found, err := filepath.Glob("../steps/*/" + id + ".md")
	if err != nil || len(found) != 1 {
		t.Fatalf("%s has the pages %v, %v; want one", id, found, err)
	}
	return filepath.ToSlash(found[0])
}

// generated compares what stands in a page between the two markers of a table
// with the table, or with -update writes it there.
func generated(t *testing.T, page, name, table string) {
	t.Helper()
	begin := "<!-- " + name + ": go test ./docs -update -->\n"
	end := "<!-- end of " + name + " -->\n"
	text := pages(t)[page]
	before, rest, found := strings.Cut(text, begin)
	old, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has not the markers\n%s%s", page, begin, end)
	}
	if old == table {
		return
	}
	if !*update {
		t.Errorf("table %s of docs/%s is not what it would be; write it with: go test ./docs -update", name, page)
		return
	}
	if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
