package wizard

import (
	"errors"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// Source says in a few words where a settled answer came from.
func (s *Session) Source(keys ...string) string {
	for _, key := range keys {
		src, ok := s.World.Target.Sources[key]
		if !ok {
			continue
		}
		from := src.From
		if given := s.Options.Sources[key]; given != "" && from == "answer" {
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
func (s *Session) Answer(change func(in *intent.Intent)) {
	in := Clone(s.Intent)
	change(&in)
	s.Intent = in
	s.World.Settle(s.Intent, s.OnlyChecks)
	s.Touched()
}

// Allowed says why a change of the answers cannot be; nil: it can. Answers that
// were impossible before are not held against it.
func (s *Session) Allowed(change func(in *intent.Intent)) error {
	in := Clone(s.Intent)
	before := in.Validate()
	change(&in)
	err := in.Validate()
	if err == nil && s.World.Obs != nil && s.World.Settled && sameFacts(in, s.Intent) {
		_, _, err = intent.Resolve(s.World.Snapshot(), in)
	}
	if err == nil || before != nil && before.Error() == err.Error() {
		return nil
	}
	text := leadingKey.ReplaceAllString(err.Error(), "")
	if hint, _ := world.HintOf(err); hint != "" {
		text += ": " + hint
	}
	return errors.New(text)
}
