package intent

import (
	"slices"
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestEveryAnswerIsListedOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range Answers() {
		names := []string{"answer " + a.Key, "--" + a.Flag}
		for _, k := range a.Keys {
			names = append(names, "key "+k.Key)
			if found, ok := AnswerTo(k.Key + ".beneath"); !ok || found.Key != a.Key {
				t.Errorf("%s is an answer to %s, want %s", k.Key, found.Key, a.Key)
			}
		}
		for _, name := range names {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
	}
	if a, ok := AnswerTo("policy.podSelectors"); ok {
		t.Errorf("a key that is none is an answer to %s", a.Key)
	}
}

func TestAnAnswerTakesTheValuesThatItLists(t *testing.T) {
	for _, a := range Answers() {
		for _, value := range a.Values {
			var in Intent
			if err := a.Set(&in, value); err != nil || slices.Contains(world.AnswersOf(in.Validate()), a.Key) {
				t.Errorf("%s: %s is refused: %v, %v", a.Key, value, err, in.Validate())
			}
			if value != "false" && a.Text(in) != value {
				t.Errorf("%s: %s is written as %q", a.Key, value, a.Text(in))
			}
		}
		if len(a.Values) == 0 {
			continue
		}
		var in Intent
		if err := a.Set(&in, "another"); err == nil && !slices.Contains(world.AnswersOf(in.Validate()), a.Key) {
			t.Errorf("%s takes another value than %s", a.Key, strings.Join(a.Values, ", "))
		}
	}
}

func TestAMistakeSaysWhichAnswerItIsAboutByAField(t *testing.T) {
	in := Intent{Namespace: "Prod", Database: DatabaseIntent{Port: 70000}}
	if got := world.AnswersOf(in.Validate()); !slices.Equal(got, []string{"namespace", "database.port"}) {
		t.Errorf("Validate names %v", got)
	}
	_, err := ParseAnswers("answers.yaml", []byte("database: {prot: 5432}\nverify: perhaps\n"))
	if got := world.AnswersOf(err); !slices.Equal(got, []string{"database.prot", "verify"}) {
		t.Errorf("the file's mistakes name %v", got)
	}
}
