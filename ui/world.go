package ui

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Shown is what was observed, and what follows from it and the answers.
type Shown struct {
	scope string // what was asked for, see scopeOf
	obs   *steps.Observation
	err   error // why nothing could be observed
	stale bool  // something has been changed since

	target    intent.Target
	settled   bool // target is of the answers as they are
	answerErr error
	questions []intent.Question
	findings  []check.Finding
	plan      *plan.Plan
	planErr   error
}

// snapshot is what was observed; nil: nothing yet.
func (w *Shown) snapshot() *world.Snapshot {
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
func (w *Shown) settle(in intent.Intent, diagnosing bool) {
	s := w.snapshot()
	if s == nil {
		return
	}
	w.plan, w.planErr, w.findings, w.questions = nil, nil, nil, nil
	if diagnosing {
		target, err := intent.ResolveForDiagnosis(s, in)
		if w.answerErr, w.settled = err, err == nil; err == nil {
			w.target = target
			w.findings = steps.Check(s, &w.target)
		}
		return
	}
	target, questions, err := intent.Resolve(s, in)
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
func (w *Shown) question(keys []string) (intent.Question, bool) {
	for _, q := range w.questions {
		if concerns(q.Key, keys) {
			return q, true
		}
	}
	return intent.Question{}, false
}

// concerns reports whether an answers key is one of keys or lies beneath one.
func concerns(key string, keys []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return key == k || strings.HasPrefix(key, k+".") })
}

// refusedKey is the answers key that a refused answer is about, the first of
// several; empty: the error is about none.
func refusedKey(err error) string {
	keys := world.AnswersOf(err)
	if len(keys) == 0 {
		return ""
	}
	return keys[0]
}

// refuses reports whether an error is about an answer of some keys, or beneath
// them.
func refuses(err error, keys []string) bool {
	return slices.ContainsFunc(world.AnswersOf(err), func(key string) bool { return concerns(key, keys) })
}

// findingsOf returns the findings of some steps.
func (w *Shown) findingsOf(ids []check.StepID) []check.Finding {
	var out []check.Finding
	for _, f := range w.findings {
		if slices.Contains(ids, f.Step) {
			out = append(out, f)
		}
	}
	return out
}

// commandsOf returns the commands of the planned changes of some steps.
func (w *Shown) commandsOf(ids []check.StepID) []string {
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

// source says in a few words where a settled answer came from.
func (m *Model) source(keys ...string) string {
	for _, key := range keys {
		src, ok := m.world.target.Sources[key]
		if !ok {
			continue
		}
		from := src.From
		if given := m.options.Sources[key]; given != "" && from == "answer" {
			from = "from " + given
		} else if from == "answer" {
			from = "your answer"
		}
		if src.Detail != "" {
			from += ": " + src.Detail
		}
		return from
	}
	return ""
}

// answer changes the answers and works out what follows.
func (m *Model) answer(change func(in *intent.Intent)) {
	in := clone(m.intent)
	change(&in)
	m.intent = in
	m.world.settle(m.intent, m.onlyChecks)
	m.touched()
}

// allowed says why a change of the answers cannot be; nil: it can. Answers that
// were impossible before are not held against it.
func (m *Model) allowed(change func(in *intent.Intent)) error {
	in := clone(m.intent)
	before := in.Validate()
	change(&in)
	err := in.Validate()
	if err == nil && m.world.obs != nil && m.world.settled && sameFacts(in, m.intent) {
		_, _, err = intent.Resolve(m.world.snapshot(), in)
	}
	if err == nil || before != nil && before.Error() == err.Error() {
		return nil
	}
	text := strings.TrimPrefix(err.Error(), refusedKey(err)+": ")
	if hint, _ := world.HintOf(err); hint != "" {
		text += ": " + hint
	}
	return errors.New(text)
}

// sameFacts reports whether the facts that were observed for one intent tell
// whether another can be.
func sameFacts(a, b intent.Intent) bool {
	version := func(in intent.Intent) string {
		if in.Database.Create != nil {
			return in.Database.Create.EngineVersion
		}
		return ""
	}
	return a.Cluster == b.Cluster && a.Namespace == b.Namespace && a.Secret.Name == b.Secret.Name && version(a) == version(b)
}

// clone copies an intent so that the copy can be changed.
func clone(in intent.Intent) intent.Intent {
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
func scopeOf(in intent.Intent) string {
	var database string
	if d := in.Database.Existing; d != nil {
		// Where the password comes from is compared with the Secret.
		database = "existing " + d.Identifier + " " + d.PasswordFrom
	} else if d := in.Database.Create; d != nil {
		database = d.Identifier + " " + d.Class + " " + d.EngineVersion
	}
	parts := []string{in.Cluster, in.Namespace, in.Secret.Name, database, in.Database.CAFile}
	for _, s := range []*world.Selector{in.Policy.PodSelector, in.Policy.ServiceAccountSelector} {
		parts = append(parts, intent.FormatSelector(s))
	}
	for i, p := range parts {
		parts[i] = strconv.Quote(p)
	}
	return strings.Join(parts, " ")
}
