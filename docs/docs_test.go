// Package docs tests what the documentation tells people to type.
package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mvdan.cc/sh/v3/syntax"

	"podsg/cli"
	"podsg/sandbox/scenario"
)

// pages are the texts of the repository's documentation, and of the checks'
// pages, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range []string{"../*.md", "*.md", "checks/*.md", "../steps/*/*.md", "../e2e/*.md"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out[path] = string(text)
		}
	}
	return out
}

var shellBlock = regexp.MustCompile("(?s)```(?:sh|bash|shell|console)\n(.*?)```")

func TestEveryCommandIsAShellCommandAndPodsgKnowsItsOwn(t *testing.T) {
	checked := 0
	for path, text := range pages(t) {
		for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
			file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(block[1]), path)
			if err != nil {
				t.Errorf("%v in\n%s", err, block[1])
				continue
			}
			syntax.Walk(file, func(n syntax.Node) bool {
				if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 && call.Args[0].Lit() == "podsg" {
					understands(t, path, words(t, call.Args[1:]))
					checked++
				}
				return true
			})
		}
	}
	if checked < 50 {
		t.Errorf("only %d commands of podsg were found", checked)
	}
}

// An interactive zsh takes # for a word: a comment that is pasted with its
// command becomes arguments of it.
func TestNoCommandHasACommentThatWouldBePastedWithIt(t *testing.T) {
	for path, text := range pages(t) {
		for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
			file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(block[1]), path)
			if err != nil {
				continue // another test tells of it
			}
			syntax.Walk(file, func(n syntax.Node) bool {
				if comment, ok := n.(*syntax.Comment); ok {
					t.Errorf("%s: say it in the text instead: #%s", path, comment.Text)
				}
				return true
			})
		}
	}
}

// words are the arguments of a command, with something in place of what the
// shell would expand.
func words(t *testing.T, args []*syntax.Word) []string {
	t.Helper()
	var out []string
	for _, arg := range args {
		var b bytes.Buffer
		if err := syntax.NewPrinter().Print(&b, arg); err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Trim(b.String(), `"'`))
	}
	return out
}

// understands fails the test unless podsg knows the command and its flags:
// their values are parsed before the help is printed, and nothing is carried
// out.
func understands(t *testing.T, path string, args []string) {
	t.Helper()
	var stderr bytes.Buffer
	code := cli.Run(cli.Process{Args: append(args, "--help"), Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &stderr})
	if code != 0 {
		t.Errorf("%s: podsg %s: %s", path, strings.Join(args, " "), stderr.String())
	}
}

func TestTheAnswersPageNamesEveryFlagOfSetupAndItsVariable(t *testing.T) {
	var help bytes.Buffer
	if code := cli.Run(cli.Process{Args: []string{"setup", "--help"}, Stdin: strings.NewReader(""), Stdout: &help, Stderr: &help}); code != 0 {
		t.Fatal(help.String())
	}
	page := pages(t)["answers.md"]
	flags := regexp.MustCompile(`(?m)^ +(?:-\w, )?--([a-z-]+)`).FindAllStringSubmatch(help.String(), -1)
	if len(flags) < 30 {
		t.Fatalf("setup --help lists %d flags:\n%s", len(flags), help.String())
	}
	for _, flag := range flags {
		switch name := flag[1]; name {
		case "help", "output", "yes", "answers":
		default:
			if !strings.Contains(page, "`--"+name+"`") {
				t.Errorf("docs/answers.md does not mention --%s", name)
			}
		}
	}
	for _, row := range regexp.MustCompile("`--([a-z-]+)` `(PODSG_[A-Z_]+)`").FindAllStringSubmatch(page, -1) {
		if want := "PODSG_" + strings.ToUpper(strings.ReplaceAll(row[1], "-", "_")); row[2] != want {
			t.Errorf("docs/answers.md gives --%s the variable %s, want %s", row[1], row[2], want)
		}
		if !strings.Contains(help.String(), "--"+row[1]+" ") && !strings.Contains(help.String(), "--"+row[1]+"[") {
			t.Errorf("docs/answers.md describes --%s, which setup does not have", row[1])
		}
	}
}

func TestThePracticeWorldsOfTheDocumentationExist(t *testing.T) {
	worlds := map[string]bool{}
	for _, s := range scenario.All() {
		worlds[s.Name] = true
	}
	_, section, _ := strings.Cut(pages(t)["sandbox.md"], "\n## Worlds\n")
	section, _, _ = strings.Cut(section, "\n## ")
	rows := regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(section, -1)
	if len(rows) < 2 {
		t.Fatalf("docs/sandbox.md describes %d worlds", len(rows))
	}
	for _, row := range rows {
		if !worlds[row[1]] {
			t.Errorf("docs/sandbox.md describes world %s, which does not exist", row[1])
		}
	}
}

func TestEveryLinkToAPageLeadsThere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#]+\.md)`)
	for path, text := range pages(t) {
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), found[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}
