// Package symptom goes from what somebody sees, a line of a log, an event or a
// status, to the checks that matter. The documentation's table of symptoms is
// made of the same list.
package symptom

import (
	"regexp"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/say"
	"podsg/steps/world"
)

// Symptom is something that is seen, and the checks that look for its cause, the
// likeliest first.
type Symptom struct {
	Seen   string // in Markdown, as the documentation lists it
	Checks []string
	// Open says that the database itself has answered: the network is open.
	Open bool

	words   *regexp.Regexp // that a line holds; nil: no line tells of it
	trouble string         // what a database's client would say, by its check
}

// All lists the symptoms, in the order in which a pod meets them.
func All() []Symptom { return slices.Clone(symptoms) }

// In finds the symptoms that a text tells of, in the order of the list.
func In(text string) []Symptom {
	found := map[int]bool{}
	for line := range strings.Lines(text) {
		trouble, told := clientlog.LogTroubleIn(strings.TrimRight(line, "\r\n"))
		for i, s := range symptoms {
			found[i] = found[i] || s.tells(line, trouble, told)
		}
	}
	var out []Symptom
	for i, s := range symptoms {
		if found[i] {
			out = append(out, s)
		}
	}
	return out
}

func (s Symptom) tells(line string, trouble world.LogTrouble, told bool) bool {
	return s.words != nil && s.words.MatchString(line) || told && s.trouble != "" && s.trouble == trouble.Check
}

// Matters are the ids of the checks that some symptoms call for, with all that
// may explain these.
func Matters(of []Symptom, checks []check.Check) map[string]bool {
	out := map[string]bool{}
	var add func(id string)
	add = func(id string) {
		if out[id] {
			return
		}
		out[id] = true
		for _, by := range check.Find(checks, id).ExplainedBy {
			add(by)
		}
	}
	for _, s := range of {
		for _, id := range s.Checks {
			add(id)
		}
	}
	return out
}

// Note says what a symptom alone proves.
func (s Symptom) Note() say.Text {
	if s.Open {
		return say.T("the network is open")
	}
	return say.Text{}
}

// words is the pattern of what a line holds, in any case of its letters.
func words(pattern string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + pattern) }
