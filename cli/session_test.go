package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestEveryFlagHasAVariable(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	r := run{
		args:    []string{"plan", "--cluster", "workshop"},
		environ: []string{"PODSG_LOG_FILE=" + log, "PODSG_PROFILE=someone", "PODSG_KUBECONFIG=k", "PODSG_CONTEXT=c", "PODSG_RDS_CA=ca.pem", "PODSG_DB_PROXY=socks5h://h:1", "PODSG_OUTPUT=json"},
		world:   &noWorld{err: os.ErrInvalid},
	}
	r.do()
	s := r.settings
	if got := []string{s.Profile, s.Kubeconfig, s.Context, s.RDSCA, s.DBProxy}; !slices.Equal(got, []string{"someone", "k", "c", "ca.pem", "socks5h://h:1"}) {
		t.Errorf("the settings are %q", got)
	}
	if _, err := os.Stat(log); err != nil {
		t.Errorf("the log was not written: %v", err)
	}
	oneDocument(t, r.out.String())
}
