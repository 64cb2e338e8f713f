package world

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestTheKindOfAProblemIsTheFirstThatSaysMoreThanThatSomethingFailed(t *testing.T) {
	permission := &Problem{Kind: ProblemPermission, Doing: "describe cluster", Err: errors.New("denied")}
	for _, c := range []struct {
		name string
		err  error
		want ProblemKind
	}{
		{"none", nil, ProblemFailed},
		{"an error that is no problem", errors.New("x"), ProblemFailed},
		{"a problem", permission, ProblemPermission},
		{"a problem in an error", fmt.Errorf("read the cluster: %w", permission), ProblemPermission},
		{"a problem in a problem that only failed", &Problem{Doing: "plan", Err: permission}, ProblemPermission},
		{"a problem deep in others", &Problem{Doing: "plan", Err: fmt.Errorf("read: %w", &Problem{Doing: "read", Err: permission})}, ProblemPermission},
		{"a problem beside one that only failed", errors.Join(&Problem{Doing: "read"}, permission), ProblemPermission},
		{"a problem in one that says its own kind", &Problem{Kind: ProblemUsage, Err: permission}, ProblemUsage},
		{"a deadline", &Problem{Doing: "wait", Err: context.DeadlineExceeded}, ProblemTimeout},
		{"a cancelled context", &Problem{Doing: "wait", Err: context.Canceled}, ProblemInterrupted},
		{"a cancelled context with a problem", fmt.Errorf("%w: %w", context.Canceled, permission), ProblemPermission},
	} {
		if got := KindOf(c.err); got != c.want {
			t.Errorf("%s: got kind %d, want %d", c.name, got, c.want)
		}
	}
}
