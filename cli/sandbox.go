package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"podsg/cli/console"
	"podsg/cli/environment"
	"podsg/cli/flags"
	"podsg/cli/practice"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func newSandbox(ss *sessions, env environment.Variables) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox [SCENARIO]",
		Short: "Serve a practice world until interrupted",
		Long: `Serve a practice world: an AWS account, a Kubernetes cluster and databases on
loopback. It prints a line "export NAME=value" for each variable that a program
needs to work in it, then "ready". In another shell, paste the exports; podsg,
aws, kubectl and psql then work on the world.`,
		Example: `  podsg sandbox
  podsg sandbox china --sandbox-speed 60
  podsg sandbox calls --mutating`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return world.Usage("podsg sandbox --help shows its flags", "name one practice world, not %d", len(args))
			}
			return nil
		},
	}
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return practice.Names(ss.worlds), cobra.ShellCompDirectiveNoFileComp
	}
	list := cmd.Flags().Bool("list", false, "list the practice worlds")
	cmd.Flags().Float64Var(&ss.options.sandboxSpeed, "sandbox-speed", practice.DefaultSpeed, practice.SpeedUsage)
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *list {
			return listScenarios(ss.out, ss.worlds, *format)
		}
		if *format == flags.FormatJSON {
			return world.Usage("leave -o json out", "a served world is described by export lines; only --list has a JSON form")
		}
		scenario := practice.DefaultScenario
		if len(args) == 1 {
			scenario = args[0]
		}
		return ss.serve(cmd.Context(), scenario)
	}
	cmd.AddCommand(newSandboxCalls(ss.out, env))
	return cmd
}

// serve serves a world until the context ends, which is how it is meant to end.
func (ss *sessions) serve(ctx context.Context, scenario string) error {
	log, closeLog, err := openLog(ss.options.logFile, ss.version)
	if err != nil {
		return err
	}
	defer closeLog()
	world, err := practice.Start(ctx, ss.worlds, practice.Options{Scenario: scenario, Speed: ss.options.sandboxSpeed, Log: log})
	if err != nil {
		return err
	}
	defer world.Close()
	if about, ok := practice.Find(ss.worlds, scenario); ok && about.Check != "" {
		ss.out.Say("%s. %s", about.Title, about.Description)
	}
	if err := ss.out.Print(practice.Exports(world)); err != nil {
		return err
	}
	ctx, cancel := ss.options.limitIfAsked(ctx)
	defer cancel()
	<-ctx.Done()
	return nil
}

func listScenarios(out *console.Console, worlds practice.Worlds, format string) error {
	scenarios, err := practice.Scenarios(worlds)
	if err != nil {
		return err
	}
	if format == flags.FormatJSON {
		return out.PrintJSON(struct {
			SchemaVersion int                 `json:"schemaVersion"`
			Scenarios     []practice.Scenario `json:"scenarios"`
		}{plan.SchemaVersion, scenarios})
	}
	return out.Print(practice.List(scenarios, out.Style))
}

func newSandboxCalls(out *console.Console, env environment.Variables) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "Print the calls that a served practice world has seen",
		Example: `  podsg sandbox calls
  podsg sandbox calls --mutating -o json`,
		Args: flags.NoArguments,
	}
	mutating := cmd.Flags().Bool("mutating", false, "only calls that change something")
	format := flags.AddOutput(cmd, flags.FormatText, flags.FormatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		calls, err := practice.Calls(cmd.Context(), env.Get(practice.VariableURL))
		if err != nil {
			return err
		}
		shown := []practice.Call{}
		for _, c := range calls {
			if c.Mutating || !*mutating {
				shown = append(shown, c)
			}
		}
		if *format == flags.FormatJSON {
			return out.PrintJSON(struct {
				SchemaVersion int             `json:"schemaVersion"`
				Count         int             `json:"count"`
				Calls         []practice.Call `json:"calls"`
			}{plan.SchemaVersion, len(shown), shown})
		}
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
		for _, c := range shown {
			kind := "read"
			if c.Mutating {
				kind = "change"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", c.At.Format(time.TimeOnly), kind, c.Service, c.Action, c.Error)
		}
		_ = w.Flush() // a strings.Builder does not fail
		fmt.Fprintf(&b, "%s\n", console.Counted(len(shown), "call", "calls"))
		return out.Print(b.String())
	}
	return cmd
}
