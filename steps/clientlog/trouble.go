package clientlog

import (
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

// NetworkIsOpen goes on with a sentence by what an answer of the database itself
// proves.
func NetworkIsOpen(told say.Text) say.Text {
	return say.T("%s; the network is open, since the database itself has answered", told)
}

// Report adds a finding about what pods' logs tell, with the words as evidence.
func Report(c *check.Context, status check.Status, seen []Told, reason say.Text) *check.Finding {
	found := c.Add(status, reason)
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

// Names are the first of the pods by name, and how many more there are.
func Names(seen []Told) string {
	var names []string
	for _, x := range seen {
		names = append(names, x.Pod.Name)
	}
	return words.JoinAtMost(names, manyNames)
}

// Pods are those whose logs tell it.
func Pods(seen []Told) []world.Pod {
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
