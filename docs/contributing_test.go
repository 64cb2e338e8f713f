package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// section is what stands beneath a heading of a page.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(pages(t)[page], "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", page, heading)
	}
	text, _, _ := strings.Cut(rest, "\n## ")
	return text
}

// worked are the files of a worked example: the beginnings of its list's items.
var worked = regexp.MustCompile("(?m)^[0-9]+\\. `([^`]+)`")

func TestTheWorkedExamplesOfContributingAreThere(t *testing.T) {
	for heading, example := range map[string]struct {
		files int
		says  *regexp.Regexp // in each file
	}{
		"Add a check":   {5, regexp.MustCompile(`P05|no-vpc-dns`)},
		"Add an answer": {5, regexp.MustCompile(`(?i)database\.tlsMode|TLSMode`)},
	} {
		files := worked.FindAllStringSubmatch(section(t, "../CONTRIBUTING.md", heading), -1)
		if len(files) == 0 || len(files) > example.files {
			t.Errorf("%s: %d files are written by hand; %d at most", heading, len(files), example.files)
		}
		for _, file := range files {
			text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file[1])))
			if err != nil {
				t.Errorf("%s: %v", heading, err)
			} else if !example.says.Match(text) {
				t.Errorf("%s: %s has nothing of the example", heading, file[1])
			}
		}
	}
}

func TestWhatContributingNamesExists(t *testing.T) {
	named := regexp.MustCompile("`((?:steps|cli|ui|sandbox|acceptance|docs|e2e|house|aws|kube|\\.ci)/[^` ]*)`")
	found := named.FindAllStringSubmatch(pages(t)["../CONTRIBUTING.md"], -1)
	if len(found) < 10 {
		t.Fatalf("only %d files are named", len(found))
	}
	for _, file := range found {
		if there, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(file[1]))); err != nil || len(there) == 0 {
			t.Errorf("CONTRIBUTING.md names %s: not found, %v", file[1], err)
		}
	}
}

func TestTheArchitectureNamesEveryRoom(t *testing.T) {
	page := pages(t)["architecture.md"]
	rooms, err := filepath.Glob("../steps/*")
	if err != nil || len(rooms) < 10 {
		t.Fatalf("%v, %v", rooms, err)
	}
	for _, room := range rooms {
		info, err := os.Stat(room)
		if name := filepath.Base(room); err == nil && info.IsDir() && !regexp.MustCompile(`\b`+name+`\b`).MatchString(page) {
			t.Errorf("docs/architecture.md does not name steps/%s", name)
		}
	}
	for _, named := range regexp.MustCompile("`((?:steps|cli|ui|sandbox|aws|kube|postgres)(?:/[a-z0-9_./]+)?)`").FindAllStringSubmatch(page, -1) {
		if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(named[1]))); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", named[1], err)
		}
	}
}
