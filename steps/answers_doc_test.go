package steps

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestEveryAnswersKeyIsDescribedAndNoOther(t *testing.T) {
	page, err := os.ReadFile("../docs/answers.md")
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-zA-Z.]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		described = append(described, row[1])
	}
	keys := answersKeys("", reflect.TypeFor[intent.Intent]())
	for _, key := range keys {
		if !slices.Contains(described, key) {
			t.Errorf("docs/answers.md does not describe %s", key)
		}
	}
	for _, key := range described {
		if !slices.Contains(keys, key) {
			t.Errorf("docs/answers.md describes %s, which no answers file can have", key)
		}
	}
}

// answersKeys lists the keys that have a value of their own. A selector or a toleration has one
// too, which a flag gives, beside those of its parts.
func answersKeys(key string, t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{key}
	}
	var out []string
	switch t {
	case reflect.TypeFor[world.Selector](), reflect.TypeFor[world.SelectorRequirement](), reflect.TypeFor[world.Toleration]():
		out = append(out, key)
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "-" {
			continue // no answer
		}
		out = append(out, answersKeys(strings.TrimPrefix(key+"."+name, "."), t.Field(i).Type)...)
	}
	return out
}

func TestTheAnswersFilesOfTheDocumentationAreValid(t *testing.T) {
	for _, name := range []string{"../docs/answers.md", "../README.md"} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
			if !strings.Contains(block[1], "cluster:") {
				continue
			}
			found = true
			if _, err := intent.ParseAnswers(name, []byte(block[1])); err != nil {
				t.Errorf("%v", err)
			}
		}
		if !found {
			t.Errorf("%s shows no answers file", name)
		}
	}
}
