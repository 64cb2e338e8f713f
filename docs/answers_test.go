package docs

import (
	"cmp"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podsg/cli/environment"
	"podsg/steps/intent"
)

// answersTable finds a table of answers keys, after the comment that says what
// they begin with.
var answersTable = regexp.MustCompile(`(?m)^<!-- answers: (.+) -->\n\n(?:\|.*\n)*`)

func TestTheAnswersPageDescribesTheTableOfAnswers(t *testing.T) {
	page := pages(t)["answers.md"]
	var told []string
	want := answersTable.ReplaceAllStringFunc(page, func(table string) string {
		parts := strings.Fields(answersTable.FindStringSubmatch(table)[1])
		told = append(told, parts...)
		head, _, _ := strings.Cut(table, "\n")
		return head + "\n\n| key | type | left out | flag and variable |\n| --- | --- | --- | --- |\n" + answersRows(parts)
	})
	for _, a := range intent.Answers() {
		for _, k := range a.Keys {
			if part, _, _ := strings.Cut(k.Key, "."); !slices.Contains(told, part) {
				t.Errorf("no table of docs/answers.md has the keys of %s", part)
			}
		}
	}
	switch {
	case want == page:
	case *update:
		if err := os.WriteFile("answers.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Error("docs/answers.md does not say what the table of answers does; go test ./docs -update writes it")
	}
}

// answersRows are the rows of the keys of some parts of the answers file, in the
// file's order.
func answersRows(parts []string) string {
	type row struct {
		place int
		text  string
	}
	order := fileOrder("", reflect.TypeFor[intent.Intent]())
	var rows []row
	for _, a := range intent.Answers() {
		for _, k := range a.Keys {
			if part, _, _ := strings.Cut(k.Key, "."); slices.Contains(parts, part) {
				text := fmt.Sprintf("| `%s` | %s | %s | %s |\n", k.Key, cmp.Or(k.Type, oneOf(a.Values...)), k.LeftOut, cmp.Or(k.Instead, flagAndVariable(a)))
				rows = append(rows, row{slices.Index(order, k.Key), text})
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.place, b.place) })
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.text)
	}
	return b.String()
}

// fileOrder lists every key of the answers file in its order.
func fileOrder(key string, t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	out := []string{key}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name != "-" {
			out = append(out, fileOrder(strings.TrimPrefix(key+"."+name, "."), t.Field(i).Type)...)
		}
	}
	return out
}

// oneOf are values in words: `a`, `b` or `c`.
func oneOf(values ...string) string {
	if len(values) == 0 {
		return ""
	}
	last := len(values) - 1
	return "`" + strings.Join(values[:last], "`, `") + "` or `" + values[last] + "`"
}

func flagAndVariable(a intent.Answer) string {
	short := ""
	if a.Short != "" {
		short = "`-" + a.Short + "`, "
	}
	return fmt.Sprintf("%s`--%s` `%s`", short, a.Flag, environment.NameOf(a.Flag))
}
