package wizard

import (
	"errors"

	"podsg/steps"
)

// Source says in a few words where a settled answer came from.
func (m *Session) Source(keys ...string) string {
	for _, key := range keys {
		src, ok := m.World.Target.Sources[key]
		if !ok {
			continue
		}
		from := src.From
		if given := m.Options.Sources[key]; given != "" && from == "answer" {
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

// Answer changes the answers and works out what follows.
func (m *Session) Answer(change func(in *steps.Intent)) {
	in := Clone(m.Intent)
	change(&in)
	m.Intent = in
	m.World.Settle(m.Intent, m.OnlyChecks)
	m.Touched()
}

// Allowed says why a change of the answers cannot be; nil: it can. Answers that
// were impossible before are not held against it.
func (m *Session) Allowed(change func(in *steps.Intent)) error {
	in := Clone(m.Intent)
	before := in.Validate()
	change(&in)
	err := in.Validate()
	if err == nil && m.World.Obs != nil && m.World.Settled && sameFacts(in, m.Intent) {
		_, _, err = steps.Resolve(m.World.Snapshot(), in)
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
