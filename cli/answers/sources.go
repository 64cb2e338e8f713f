package answers

import (
	"errors"
	"strings"

	"podsg/cli/environment"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// Sources say by answers key where an answer came from: a flag, a variable, a
// file or what chose it.
type Sources map[string]string

// Named puts, in the problems of answers, the flag or variable that gave an answer
// in place of the answers key that the text begins with: that is where it can be
// mended.
func (s Sources) Named(err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var named []error
		for _, one := range several.Unwrap() {
			named = append(named, s.Named(one))
		}
		return errors.Join(named...)
	}
	p, ok := err.(*world.Problem)
	if !ok || p.Kind != world.ProblemUsage || p.Err == nil {
		return err
	}
	again := *p
	if p.Answer == "" {
		again.Err = s.Named(p.Err)
		return &again
	}
	rest, begins := strings.CutPrefix(p.Err.Error(), p.Answer+": ")
	source := s.of(p.Answer)
	if !begins || source == "" {
		return err
	}
	again.Err = errors.New(source + ": " + rest)
	return &again
}

// of is the flag or variable that answered a key, or the key around it;
// empty: none did.
func (s Sources) of(key string) string {
	a, found := intent.AnswerTo(key)
	if source := s[a.Key]; found && (strings.HasPrefix(source, "--") || strings.HasPrefix(source, environment.Prefix)) {
		return source
	}
	return ""
}
