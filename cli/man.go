package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page",
		Example: "  podsg man | man -l -",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.print(manual(cmd.Root(), a.Build))
		},
	}
}

// manual writes the command tree as one page for man, in the macros of
// groff_man(7).
func manual(root *cobra.Command, build Build) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH PODSG 1 %s %s\n", roffQuote(build.Date), roffQuote("podsg "+build.Version))
	fmt.Fprintf(&b, ".SH NAME\npodsg \\- %s\n", roff(root.Short))
	b.WriteString(".SH SYNOPSIS\n.B podsg\n.RI [ command ]\n.RI [ flags ]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", roffParagraphs(root.Long))
	b.WriteString(".SH COMMANDS\n")
	for _, cmd := range commandsOf(root) {
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(cmd.UseLine()), roff(cmd.Short)+".")
		if cmd.Long != "" {
			b.WriteString(".PP\n" + roffParagraphs(cmd.Long))
		}
		writeFlags(&b, cmd.NonInheritedFlags())
		if cmd.Example != "" {
			fmt.Fprintf(&b, ".PP\nExamples:\n.PP\n.nf\n%s\n.fi\n", roff(cmd.Example))
		}
	}
	b.WriteString(".SH FLAGS OF ALL COMMANDS\n")
	writeFlags(&b, root.PersistentFlags())
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(root.Example))
	return b.String()
}

// commandsOf lists a command's subcommands and theirs.
func commandsOf(parent *cobra.Command) []*cobra.Command {
	var out []*cobra.Command
	for _, c := range parent.Commands() {
		if c.IsAvailableCommand() {
			out = append(append(out, c), commandsOf(c)...)
		}
	}
	return out
}

func writeFlags(b *strings.Builder, flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		switch {
		case value != "" && f.NoOptDefVal != "":
			name += "[=" + value + "]"
		case value != "":
			name += " " + value
		}
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
	})
}

// roff escapes a text: backslashes and hyphens mean something to groff, and a
// line that begins with a dot or a quote is a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

func roffQuote(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }

func roffParagraphs(text string) string {
	return strings.ReplaceAll(roff(text), "\n\n", "\n.PP\n") + "\n"
}
