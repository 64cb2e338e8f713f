package help

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"podsg/cli/flags"
	"podsg/cli/practice"
)

// Manual writes the command tree as one page for man, in the macros of
// groff_man(7).
func Manual(root *cobra.Command, version, date string) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH PODSG 1 %s %s\n", roffQuote(date), roffQuote("podsg "+version))
	fmt.Fprintf(&b, ".SH NAME\npodsg \\- %s\n", roff(root.Short))
	b.WriteString(".SH SYNOPSIS\n.B podsg\n.RI [ command ]\n.RI [ flags ]\n")
	fmt.Fprintf(&b, ".SH DESCRIPTION\n%s", roffParagraphs(root.Long))
	b.WriteString(".SH COMMANDS\n")
	for _, cmd := range flags.Commands(root) {
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
	for _, section := range manualSections {
		fmt.Fprintf(&b, ".SH %s\n", section.title)
		for _, e := range section.entries {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(e[0]), roff(e[1]))
		}
	}
	fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(root.Example))
	b.WriteString(".SH SEE ALSO\n.BR aws (1),\n.BR kubectl (1),\n.BR psql (1)\n.PP\n" + roff(guideURL) + "\n")
	return b.String()
}

// guideURL is where AWS describes the feature.
const guideURL = "https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html"

// manualSections are the sections of the manual page that no command has.
var manualSections = []struct {
	title   string
	entries [][2]string
}{
	{"EXIT STATUS", [][2]string{
		{"0", "done, or nothing to do"}, {"1", "error"}, {"2", "wrong flag or answer, or a question left open"}, {"3", "checks failed"},
		{"4", "credentials or permission"}, {"5", "timed out"}, {"6", "the world changed since the plan"}, {"130", "interrupted"},
	}},
	{"ENVIRONMENT", [][2]string{
		{"PODSG_FLAG", "stands in for a flag that is left out: PODSG_DB_PORT for --db-port. An empty variable counts as not set."},
		{"AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, AWS_RETRY_MODE, AWS_MAX_ATTEMPTS and the others of the AWS SDKs", "which account and region, and how it is called"},
		{"KUBECONFIG", "the kubeconfig files, as for kubectl"},
		{"HTTPS_PROXY, NO_PROXY", "a proxy for the calls to AWS and Kubernetes"},
		{"NO_COLOR, CLICOLOR_FORCE", "any text switches colours off, or on where the output is no terminal"},
		{"TERM=dumb, ACCESSIBLE", "questions and results line by line, for simple terminals and screen readers"},
		{practice.VariableURL, "where a served practice world answers questions about itself"},
	}},
	{"FILES", [][2]string{
		{"~/.aws/config, ~/.aws/credentials", "profiles and credentials of AWS"},
		{"~/.kube/config", "clusters and contexts of Kubernetes, if KUBECONFIG names no other file"},
		{"podsg-answers.yaml", "answers that the wizard writes when it is told to, in the working directory"},
		{"ConfigMap kube-system/podsg-journal", "in the cluster: what podsg made, and what was there before. podsg keeps no state on this machine."},
	}},
}

func writeFlags(b *strings.Builder, set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			name, usage := described(f)
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(name), roff(usage))
		}
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
