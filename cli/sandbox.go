package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"podsg/steps/plan"
	"podsg/steps/world"
)

func newSandbox(a *app, o *options) *cobra.Command {
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
		return a.scenarioNames(), cobra.ShellCompDirectiveNoFileComp
	}
	list := cmd.Flags().Bool("list", false, "list the practice worlds")
	cmd.Flags().Float64Var(&o.sandboxSpeed, "sandbox-speed", defaultSpeed, speedUsage)
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *list {
			return a.listScenarios(*format)
		}
		if *format == formatJSON {
			return world.Usage("leave -o json out", "a served world is described by export lines; only --list has a JSON form")
		}
		scenario := DefaultScenario
		if len(args) == 1 {
			scenario = args[0]
		}
		return a.serveWorld(cmd.Context(), scenario, o)
	}
	cmd.AddCommand(newSandboxCalls(a))
	return cmd
}

// serveWorld serves a world until the context ends, which is how it is meant to
// end.
func (a *app) serveWorld(ctx context.Context, scenario string, o *options) error {
	s := &session{app: a, options: o}
	defer s.close()
	if err := s.openLog(); err != nil {
		return err
	}
	world, err := a.startWorld(ctx, WorldOptions{Scenario: scenario, Speed: o.sandboxSpeed, Log: s.log})
	if err != nil {
		return err
	}
	defer world.Close()
	if about, ok := a.scenario(scenario); ok && about.Check != "" {
		a.say("%s. %s", about.Title, about.Description)
	}
	var b strings.Builder
	for _, v := range world.Environment() {
		fmt.Fprintf(&b, "export %s=%s\n", v.Name, shellQuote(v.Value))
	}
	b.WriteString("ready\n")
	if err := a.print(b.String()); err != nil {
		return err
	}
	ctx, cancel := s.limitedIfAsked(ctx)
	defer cancel()
	<-ctx.Done()
	return nil
}

func (a *app) listScenarios(format string) error {
	if a.Practice == nil {
		return world.Usage("", "this podsg was built without practice worlds")
	}
	scenarios := a.Practice.Scenarios()
	if format == formatJSON {
		return a.printJSON(struct {
			SchemaVersion int        `json:"schemaVersion"`
			Scenarios     []Scenario `json:"scenarios"`
		}{plan.SchemaVersion, scenarios})
	}
	return a.print(a.scenarioList(scenarios))
}

// scenarioList describes the worlds in lines of at most [listWidth] columns:
// first those in which nothing is broken, then a line for each that is broken.
func (a *app) scenarioList(scenarios []Scenario) string {
	var whole, broken strings.Builder
	table := tabwriter.NewWriter(&broken, 0, 8, 2, ' ', 0)
	some := false
	for _, s := range scenarios {
		if s.Check != "" {
			some = true
			fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Name, s.Check, s.Title)
			continue
		}
		fmt.Fprintf(&whole, "  %s\n", a.style.strong(s.Name))
		for _, text := range []string{s.Title, s.Description} {
			for _, line := range wrapped(text, listWidth-4) {
				fmt.Fprintf(&whole, "    %s\n", line)
			}
		}
	}
	_ = table.Flush() // a strings.Builder does not fail
	out := a.style.strong("Worlds") + "\n" + whole.String()
	if some {
		out += "\n" + a.style.strong("Broken worlds") + "\n" +
			"  Something is not as it must be, and the check beside the name says what.\n" + broken.String() +
			"\nFind the cause with podsg diagnose --sandbox=NAME.\n"
	}
	return out
}

// listWidth is the width of a terminal that everybody has.
const listWidth = 80

// wrapped breaks a text into lines between its words.
func wrapped(text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// worldCall is a call that a served world has seen.
type worldCall struct {
	At       time.Time `json:"at"`
	Service  string    `json:"service"`
	Action   string    `json:"action"`
	Mutating bool      `json:"mutating"`
	Error    string    `json:"error,omitempty"`
}

func newSandboxCalls(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "calls",
		Short: "Print the calls that a served practice world has seen",
		Args:  noArguments,
	}
	mutating := cmd.Flags().Bool("mutating", false, "only calls that change something")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		calls, err := a.worldCalls(cmd.Context())
		if err != nil {
			return err
		}
		shown := []worldCall{}
		for _, c := range calls {
			if c.Mutating || !*mutating {
				shown = append(shown, c)
			}
		}
		if *format == formatJSON {
			return a.printJSON(struct {
				SchemaVersion int         `json:"schemaVersion"`
				Count         int         `json:"count"`
				Calls         []worldCall `json:"calls"`
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
		fmt.Fprintf(&b, "%s\n", counted(len(shown), "call", "calls"))
		return a.print(b.String())
	}
	return cmd
}

// worldCalls asks the served world that the environment names.
func (a *app) worldCalls(ctx context.Context) ([]worldCall, error) {
	base := a.env.get(variableURL)
	if base == "" {
		return nil, world.Usage("run podsg sandbox, and paste its export lines here", "%s is not set: which practice world?", variableURL)
	}
	ctx, cancel := context.WithTimeout(ctx, worldTimeout)
	defer cancel()
	problem := func(err error) error {
		return &world.Problem{Kind: world.ProblemUnreachable, Doing: "ask the practice world", Object: base, Err: err, Hint: "is it still running?"}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/calls", nil)
	if err != nil {
		return nil, problem(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, problem(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("it answers %s", response.Status)
	}
	var calls []worldCall
	if err == nil {
		err = json.Unmarshal(body, &calls)
	}
	if err != nil {
		return nil, problem(err)
	}
	return calls, nil
}

// worldTimeout bounds a question to a served world.
const worldTimeout = 10 * time.Second
