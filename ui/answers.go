package ui

import (
	"errors"

	"podsg/steps"
)

// source says in a few words where a settled answer came from.
func (m *Session) source(keys ...string) string {
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
func (m *Session) answer(change func(in *steps.Intent)) {
	in := clone(m.intent)
	change(&in)
	m.intent = in
	m.world.settle(m.intent, m.onlyChecks)
	m.touched()
}

// allowed says why a change of the answers cannot be; nil: it can. Answers that
// were impossible before are not held against it.
func (m *Session) allowed(change func(in *steps.Intent)) error {
	in := clone(m.intent)
	before := in.Validate()
	change(&in)
	err := in.Validate()
	if err == nil && m.world.obs != nil && m.world.settled && sameFacts(in, m.intent) {
		_, _, err = steps.Resolve(m.world.snapshot(), in)
	}
	if err == nil || before != nil && before.Error() == err.Error() {
		return nil
	}
	text := leadingKey.ReplaceAllString(err.Error(), "")
	if hint, _ := steps.HintOf(err); hint != "" {
		text += ": " + hint
	}
	return errors.New(text)
}
