package cli

import (
	"bufio"
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/clients"
	"podsg/cli/console"
	"podsg/cli/environment"
	"podsg/cli/flags"
	"podsg/cli/practice"
	"podsg/steps/world"
)

// addCompletion lets a shell complete the values of flags, and refuses a shell
// that there is no script for.
func addCompletion(root *cobra.Command, args []string, env environment.Variables, worlds practice.Worlds) {
	root.InitDefaultCompletionCmd(args...)
	for _, cmd := range append(flags.Commands(root), root) {
		for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.PersistentFlags()} {
			set.VisitAll(func(f *pflag.Flag) {
				if complete := valuesOf(f, env, worlds); complete != nil {
					// A flag of several commands is registered once.
					_ = cmd.RegisterFlagCompletionFunc(f.Name, complete)
				}
			})
		}
		if cmd.Name() == "completion" {
			shells := names(cmd.Commands())
			cmd.Example = "  source <(podsg completion bash)"
			for _, sub := range cmd.Commands() {
				sub.Long = narrow(sub.Long)
			}
			cmd.Args = cobra.ArbitraryArgs
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return cmd.Help()
				}
				return world.Usage("there is one for each of: "+strings.Join(shells, ", "), "there is no completion script for %q", args[0])
			}
		}
	}
}

// narrow breaks the lines of a text that are wider than a terminal.
func narrow(text string) string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if len(line) > console.Width {
			out = append(out, console.Wrap(line, console.Width)...)
		} else {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func names(commands []*cobra.Command) []string {
	out := make([]string, len(commands))
	for i, c := range commands {
		out[i] = c.Name()
	}
	return out
}

// valuesOf completes the value of a flag; nil: it is a file, or a switch.
func valuesOf(f *pflag.Flag, env environment.Variables, worlds practice.Worlds) cobra.CompletionFunc {
	fixed := func(values ...string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	later := func(values func() []string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return values(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	switch f.Name {
	case "sandbox":
		return later(func() []string { return practice.Names(worlds) })
	case "context":
		return func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
			file := env.Get(environment.NameOf("kubeconfig"))
			if flags.Given(cmd.Flags(), "kubeconfig") {
				file = cmd.Flags().Lookup("kubeconfig").Value.String()
			}
			return contextNames(file), cobra.ShellCompDirectiveNoFileComp
		}
	case "profile":
		return later(func() []string { return profileNames(env) })
	}
	switch v := f.Value.(type) {
	case *flags.Choice:
		return fixed(v.Allowed...)
	case *flags.Text:
		if len(v.Beginnings) > 0 {
			return cobra.FixedCompletions(v.Beginnings, cobra.ShellCompDirectiveNoSpace)
		}
		return fixed(v.Values...)
	}
	return nil
}

// contextNames are the contexts of the kubeconfig files.
func contextNames(file string) []string {
	config, err := clients.KubeconfigFiles(file, nil).Load()
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(config.Contexts))
}

// profileNames are the profiles of the AWS configuration files.
func profileNames(env environment.Variables) []string {
	found := map[string]bool{}
	for variable, file := range map[string]string{"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"} {
		path := cmp.Or(env.Get(variable), filepath.Join(cmp.Or(env.Get("HOME"), env.Get("USERPROFILE")), ".aws", file))
		data, err := os.Open(path)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(data); lines.Scan(); {
			section, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "[")
			section, _, closed := strings.Cut(section, "]")
			name, isProfile := strings.CutPrefix(strings.TrimSpace(section), "profile ")
			// In the credentials file every section is a profile.
			if ok && closed && (isProfile || name == "default" || file == "credentials") {
				found[strings.TrimSpace(name)] = true
			}
		}
		_ = data.Close()
	}
	return slices.Sorted(maps.Keys(found))
}
