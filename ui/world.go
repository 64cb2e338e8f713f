package ui

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"podsg/steps"
)

// world is what was observed, and what follows from it and the answers.
type world struct {
	scope string // what was asked for, see scopeOf
	obs   *steps.Observation
	err   error // why nothing could be observed
	stale bool  // something has been changed since

	target    steps.Target
	settled   bool // target is of the answers as they are
	answerErr error
	questions []steps.Question
	findings  []steps.Finding
	plan      *steps.Plan
	planErr   error
}

// snapshot is what was observed; nil: nothing yet.
func (w *world) snapshot() *steps.Snapshot {
	if w.obs == nil {
		return nil
	}
	return w.obs.Snapshot
}

// settle works out what follows from the answers. An answer that cannot be
// leaves the last target standing, so that the pages still have something to
// show, beside the reason.
//
// A session that only diagnoses takes what is there as what is wanted, and
// plans nothing.
func (w *world) settle(in steps.Intent, diagnosing bool) {
	s := w.snapshot()
	if s == nil {
		return
	}
	w.plan, w.planErr, w.findings, w.questions = nil, nil, nil, nil
	if diagnosing {
		target, err := steps.ResolveForDiagnosis(s, in)
		if w.answerErr, w.settled = err, err == nil; err == nil {
			w.target = target
			w.findings = steps.Check(s, &w.target)
		}
		return
	}
	target, questions, err := steps.Resolve(s, in)
	w.answerErr, w.settled = err, err == nil
	if err != nil {
		return
	}
	w.target, w.questions = target, questions
	w.findings = steps.Check(s, &w.target)
	if len(questions) == 0 {
		w.plan, w.planErr = steps.MakePlan(s, &w.target)
	}
}

// question returns the open question whose key begins with one of some keys.
func (w *world) question(keys []string) (steps.Question, bool) {
	for _, q := range w.questions {
		if concerns(q.Key, keys) {
			return q, true
		}
	}
	return steps.Question{}, false
}

// concerns reports whether an answers key is one of keys or lies beneath one.
func concerns(key string, keys []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return key == k || strings.HasPrefix(key, k+".") })
}

// answersKey finds the answers key in the text of a refused answer.
var answersKey = regexp.MustCompile(`answers: ([a-zA-Z.]+)`)

// leadingKey finds the key that such a text begins with.
var leadingKey = regexp.MustCompile(`^([a-z][a-zA-Z]*(\.[a-zA-Z]+)*): `)

// refusedKey is the answers key that a refused answer is about, as far as its
// text tells.
func refusedKey(err error) string {
	if err == nil {
		return ""
	}
	if found := leadingKey.FindStringSubmatch(err.Error()); found != nil {
		return found[1]
	}
	hint, _ := steps.HintOf(err)
	if found := answersKey.FindStringSubmatch(hint); found != nil {
		return found[1]
	}
	return ""
}

// findingsOf returns the findings of some steps.
func (w *world) findingsOf(ids []steps.StepID) []steps.Finding {
	var out []steps.Finding
	for _, f := range w.findings {
		if slices.Contains(ids, f.Step) {
			out = append(out, f)
		}
	}
	return out
}

// commandsOf returns the commands of the planned changes of some steps.
func (w *world) commandsOf(ids []steps.StepID) []string {
	if w.plan == nil {
		return nil
	}
	var out []string
	for _, c := range w.plan.Changes {
		if slices.Contains(ids, c.Step) {
			out = append(out, c.Commands()...)
		}
	}
	return out
}

// sameFacts reports whether the facts that were observed for one intent tell
// whether another can be.
func sameFacts(a, b steps.Intent) bool {
	version := func(in steps.Intent) string {
		if in.Database.Create != nil {
			return in.Database.Create.EngineVersion
		}
		return ""
	}
	return a.Cluster == b.Cluster && a.Namespace == b.Namespace && a.Secret.Name == b.Secret.Name && version(a) == version(b)
}

// clone copies an intent so that the copy can be changed.
func clone(in steps.Intent) steps.Intent {
	if p := in.Policy.PodSelector; p != nil {
		c := *p
		c.MatchLabels = maps.Clone(c.MatchLabels)
		in.Policy.PodSelector = &c
	}
	if p := in.Policy.ServiceAccountSelector; p != nil {
		c := *p
		c.MatchLabels = maps.Clone(c.MatchLabels)
		in.Policy.ServiceAccountSelector = &c
	}
	if p := in.Database.Create; p != nil {
		c := *p
		in.Database.Create = &c
	}
	if p := in.Database.Existing; p != nil {
		c := *p
		in.Database.Existing = &c
	}
	return in
}

// scopeOf spells what an observation depends on: when it changes, the world has
// to be read again.
func scopeOf(in steps.Intent) string {
	var database string
	if d := in.Database.Existing; d != nil {
		// Where the password comes from is compared with the Secret.
		database = "existing " + d.Identifier + " " + d.PasswordFrom
	} else if d := in.Database.Create; d != nil {
		database = d.Identifier + " " + d.Class + " " + d.EngineVersion
	}
	parts := []string{in.Cluster, in.Namespace, in.Secret.Name, database, in.Database.CAFile}
	for _, s := range []*steps.Selector{in.Policy.PodSelector, in.Policy.ServiceAccountSelector} {
		parts = append(parts, formatSelector(s))
	}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}
