package cli

import (
	"github.com/spf13/cobra"

	"podsg/cli/console"
	"podsg/cli/environment"
	"podsg/cli/flags"
	"podsg/cli/help"
	"podsg/cli/practice"
	"podsg/steps/world"
)

// newRoot makes the command tree. The root itself is setup.
func newRoot(p Process, env environment.Variables, out *console.Console, ss *sessions) *cobra.Command {
	root := newSetup(ss)
	root.Use = "podsg"
	root.Short = "Let chosen pods, and only those, reach an RDS database on Amazon EKS, and prove it"
	root.Long = `podsg carries out and proves "security groups for pods" on Amazon EKS with RDS
for PostgreSQL: a wizard at a terminal, or one command without one.

Without a command it is "podsg setup". Every flag can also be given as an
environment variable: PODSG_DB_PORT for --db-port.

Exit codes: 0 done or nothing to do, 1 error, 2 wrong flags or answers,
3 checks failed, 4 credentials or permission, 5 timed out, 6 the world changed
since the plan, 130 interrupted.`
	root.Example = `  podsg --sandbox             the wizard in a practice world, without an account
  podsg --cluster workshop    the wizard on a cluster
  podsg setup --answers FILE --yes -o json
  podsg diagnose --cluster workshop`
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return prepare(cmd, env, out, ss.options) }
	root.SetFlagErrorFunc(flags.Problem)
	root.SetUsageFunc(help.WriteUsage)
	root.Version = p.Build.text()
	ss.options.addCommon(root)

	addGroup(root, "Change a cluster", newSetup(ss), newCleanup(ss))
	addGroup(root, "Look at a cluster", newList(ss), newPlan(ss), newDiagnose(ss), newWatch(ss), newExplain(ss), newLint(ss), newBundle(ss))
	addGroup(root, "Practice", newSandbox(ss, env))
	const about = "About podsg"
	addGroup(root, about, newPermissions(out), newVersion(out, p.Build), newMan(out, p.Build))
	root.SetHelpCommand(help.NewCommand(root))
	root.SetHelpCommandGroupID(about)
	root.SetCompletionCommandGroupID(about)
	addCompletion(root, p.Args, env, p.Practice)
	return root
}

// addGroup adds commands that the help lists under a title.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, cmd := range commands {
		cmd.GroupID = title
	}
	root.AddCommand(commands...)
}

// prepare completes the options before a command runs: the environment stands in
// for flags that are left out.
func prepare(cmd *cobra.Command, env environment.Variables, out *console.Console, o *options) error {
	if err := flags.ApplyEnvironment(cmd.Flags(), env); err != nil {
		return err
	}
	if cmd.Name() != cobra.ShellCompRequestCmd && cmd.Name() != cobra.ShellCompNoDescRequestCmd {
		for _, text := range flags.UnknownVariables(cmd.Root(), env, practice.VariableURL) {
			out.Say("note: %s", text)
		}
	}
	o.timeoutGiven = flags.Given(cmd.Flags(), "timeout")
	if o.timeout < 0 {
		return world.Usage("", "%s: %s is impossible; allowed: a time such as 90s, 10m or 1h, or 0 for no limit",
			flags.Origin(cmd.Flags(), "timeout"), o.timeout)
	}
	if off, err := cmd.Flags().GetBool("no-color"); err == nil && off {
		out.Style = console.Style{}
	}
	out.Terminal.Plain, out.Terminal.Asked = out.Terminal.Plain || o.plain, o.plain
	return nil
}
