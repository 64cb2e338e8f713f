package cli

import (
	"strings"
	"testing"
)

func TestAPageOfACheckIsInTheProgram(t *testing.T) {
	for _, x := range []struct {
		arg, out, err string
		code          int
	}{
		{"D77", "# D77: Database admits the selected pods\n", "", ExitOK},
		{"d54", "# D54: Pod can have a branch ENI\n", "", ExitOK},
		{"D39z", "", "did you mean D39", ExitUsage},
		{"", "", "there is no check", ExitUsage},
	} {
		r := run{args: []string{"explain", x.arg}}
		if code := r.do(); code != x.code || !strings.HasPrefix(r.out.String(), x.out) || !strings.Contains(r.err.String(), x.err) {
			t.Errorf("%q: exit code %d, %.80q, %q", x.arg, code, r.out.String(), r.err.String())
		}
	}
}
