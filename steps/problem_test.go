package steps

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"podsg/steps/world"
)

func TestTheKindOfAProblemIsTheFirstThatSaysMoreThanThatSomethingFailed(t *testing.T) {
	permission := &world.Problem{Kind: world.ProblemPermission, Doing: "describe cluster", Err: errors.New("denied")}
	for _, c := range []struct {
		name string
		err  error
		want world.ProblemKind
	}{
		{"none", nil, world.ProblemFailed},
		{"an error that is no problem", errors.New("x"), world.ProblemFailed},
		{"a problem", permission, world.ProblemPermission},
		{"a problem in an error", fmt.Errorf("read the cluster: %w", permission), world.ProblemPermission},
		{"a problem in a problem that only failed", &world.Problem{Doing: "plan", Err: permission}, world.ProblemPermission},
		{"a problem deep in others", &world.Problem{Doing: "plan", Err: fmt.Errorf("read: %w", &world.Problem{Doing: "read", Err: permission})}, world.ProblemPermission},
		{"a problem beside one that only failed", errors.Join(&world.Problem{Doing: "read"}, permission), world.ProblemPermission},
		{"a problem in one that says its own kind", &world.Problem{Kind: world.ProblemUsage, Err: permission}, world.ProblemUsage},
		{"a deadline", &world.Problem{Doing: "wait", Err: context.DeadlineExceeded}, world.ProblemTimeout},
		{"a cancelled context", &world.Problem{Doing: "wait", Err: context.Canceled}, world.ProblemInterrupted},
		{"a cancelled context with a problem", fmt.Errorf("%w: %w", context.Canceled, permission), world.ProblemPermission},
	} {
		if got := world.KindOf(c.err); got != c.want {
			t.Errorf("%s: got kind %d, want %d", c.name, got, c.want)
		}
	}
}
