// Command panics shows the screens with an engine in which every call panics:
// what a mistake in the program does to the terminal.
package main

import (
	"context"
	"fmt"
	"os"

	"podsg/cli"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
	"podsg/ui"
)

type engine struct{}

func (engine) Identity(context.Context) (world.Identity, error) {
	return world.Identity{Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/test", Region: "us-west-2"}, nil
}

func (engine) Clusters(context.Context) ([]string, error) { return []string{"workshop"}, nil }

func (engine) Observe(context.Context, intent.Intent, plan.Observer) (*steps.Observation, error) {
	panic("a mistake in a command")
}

func (engine) Apply(context.Context, *steps.Observation, intent.Target, *plan.Plan, plan.Observer) plan.Result {
	panic("a mistake while applying")
}

func (engine) Verify(context.Context, *steps.Observation, intent.Target, plan.Observer) (plan.Verification, error) {
	panic("a mistake while verifying")
}

func main() {
	out, err := ui.Run(context.Background(), ui.Options{Engine: engine{}})
	fmt.Print(out.Summary)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cli.ExitCode(out.Failure()))
}
