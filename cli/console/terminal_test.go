package console

import (
	"testing"

	"podsg/cli/environment"
)

func TestColourFollowsTheConventions(t *testing.T) {
	for _, c := range []struct {
		name     string
		terminal bool
		environ  []string
		on       bool
	}{
		{"a terminal has colours", true, nil, true},
		{"a pipe has none", false, nil, false},
		{"NO_COLOR with any text switches them off", true, []string{"NO_COLOR=0"}, false},
		{"an empty NO_COLOR does not", true, []string{"NO_COLOR="}, true},
		{"CLICOLOR_FORCE switches them on in a pipe", false, []string{"CLICOLOR_FORCE=1"}, true},
		{"CLICOLOR_FORCE=0 does not", false, []string{"CLICOLOR_FORCE=0"}, false},
		{"NO_COLOR wins over CLICOLOR_FORCE", true, []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, false},
		{"a dumb terminal has none", true, []string{"TERM=dumb"}, false},
	} {
		if got := newStyle(c.terminal, environment.Parse(c.environ)).On; got != c.on {
			t.Errorf("%s: got %t", c.name, got)
		}
	}
}

func TestPlainPagesAreForDumbTerminalsAndScreenReaders(t *testing.T) {
	for _, c := range []struct {
		environ []string
		plain   bool
	}{{nil, false}, {[]string{"TERM=dumb"}, true}, {[]string{"ACCESSIBLE=1"}, true}, {[]string{"ACCESSIBLE="}, false}} {
		if got := detectTerminal(nil, nil, nil, environment.Parse(c.environ)).Plain; got != c.plain {
			t.Errorf("%v: plain is %t", c.environ, got)
		}
	}
}
