package containers_test

import (
	"context"
	"testing"
	"time"

	"podsg/sandbox/containers"
)

// Whatever a pod's command says, the container starts or is refused, and ends when it is told to.
func FuzzShell(f *testing.F) {
	for _, seed := range []string{
		`while :; do date; sleep 1; done`, `x=$(echo a | tr a b); [ "$x" = b ] && exec echo "${x#b}" >/tmp/f 2>&1`,
		"for i in 1 2 3; do f() { f; }; f; done", "cat <<E\n$HOME\nE", "trap 'exit 3' TERM; wait", "psql -c 'SELECT 1'", "nc -l 80 &",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		w := newWorld(t)
		p, err := containers.Start(t.Context(), w.spec("sh", "-c", script))
		if err != nil {
			return
		}
		time.AfterFunc(20*time.Millisecond, p.Stop)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, err := p.Wait(ctx); err != nil {
			t.Errorf("%q does not end: %v", script, err)
		}
	})
}
