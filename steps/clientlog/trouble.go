package clientlog

import (
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/words"
	"podsg/steps/world"
)

// NetworkIsOpen is what an answer of the database itself proves.
const NetworkIsOpen = "; the network is open, since the database itself has answered"

// Trouble adds a finding about what pods' logs tell.
func Trouble(f *check.Findings, c check.Check, status check.Status, seen []Told, reason string) *check.Finding {
	found := f.Add(c, status, toldNames(seen)+" "+reason)
	for _, x := range seen {
		found.On(x.Pod.Namespace + "/" + x.Pod.Name)
		for _, words := range x.words {
			found.Saw(x.Pod.Name + ": " + words)
		}
	}
	return found
}

// manyNames is how many pods a sentence names at most.
const manyNames = 3

func toldNames(seen []Told) string {
	var names []string
	for _, x := range seen {
		names = append(names, x.Pod.Name)
	}
	return words.JoinAtMost(names, manyNames)
}

func ToldPods(seen []Told) []world.Pod {
	var out []world.Pod
	for _, x := range seen {
		out = append(out, x.Pod)
	}
	return out
}

// Has reports whether the words of any pod's log hold a text.
func Has(seen []Told, text string) bool {
	return slices.ContainsFunc(seen, func(x Told) bool {
		return slices.ContainsFunc(x.words, func(w string) bool { return strings.Contains(w, text) })
	})
}
