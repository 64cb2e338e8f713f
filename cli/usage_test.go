package cli

import (
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/cli/flags"
)

func TestBadInputIsReportedWhereItWasGiven(t *testing.T) {
	for _, c := range []struct {
		name    string
		args    []string
		environ []string
		want    string
	}{
		{"a flag", []string{"plan", "--db-port", "70000"}, nil, "error: --db-port: 70000"},
		{"a variable", []string{"plan"}, []string{"PODSG_DB_PORT=70000"}, "error: PODSG_DB_PORT: 70000"},
		{"a flag of both databases", []string{"plan", "--database", "d", "--db-user", strings.Repeat("x", 70)}, nil, "error: --db-user: "},
		{"an id", []string{"plan", "--pod-security-group", "sg-1"}, nil, `error: --pod-security-group: "sg-1"`},
		{"a time without its unit", []string{"plan", "--timeout", "5"}, nil, `error: --timeout: "5" is impossible; allowed: a time with its unit`},
		{"a variable that is no time", []string{"plan"}, []string{"PODSG_TIMEOUT=5"}, `error: PODSG_TIMEOUT: "5" is impossible; allowed: a time`},
		{"a variable that is no switch", []string{"plan"}, []string{"PODSG_PLAIN=perhaps"}, `error: PODSG_PLAIN: "perhaps" is impossible; allowed: true or false`},
		{"a time that is over before it begins", []string{"plan", "--timeout", "-5s"}, nil, "error: --timeout: -5s is impossible"},
		{"an output format", []string{"plan", "-o", "yaml"}, nil, `error: --output: "yaml" is impossible; allowed: text, json`},
		{"a selector", []string{"plan", "--pod-selector", "app in"}, nil, "allowed: conditions such as app=api"},
		{"labels", []string{"explain", "--labels", "app=web=x"}, nil, "--labels app=web,tier=front"},
		{"a misspelt flag", []string{"plan", "--databse", "x"}, nil, "hint: did you mean --database?"},
		{"a flag like no other", []string{"plan", "--zzzzzzz"}, nil, "hint: podsg plan --help"},
		{"a speed of no world", []string{"plan", "--sandbox-speed", "60"}, nil, "--sandbox-speed is about a practice world"},
		{"labels beside a manifest", []string{"explain", "-f", "x", "--labels", "a=b"}, nil, "-f and --labels exclude each other"},
		{"answers of a command that failed", []string{"plan", "--answers", "-"}, nil, "standard input has no answers"},
		{"help about nothing", []string{"help", "nope"}, nil, `unknown command "nope"`},
		{"completion for a shell without a script", []string{"completion", "tcsh"}, nil, "bash, fish, powershell, zsh"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := run{args: c.args, environ: c.environ}
			if code := r.do(); code != ExitUsage || !strings.Contains(r.err.String(), c.want) || r.out.String() != "" {
				t.Errorf("exit code %d, want %q in %q", code, c.want, r.err.String())
			}
		})
	}
}

func TestAVariableThatDoesNothingIsTold(t *testing.T) {
	r := run{args: []string{"version"}, environ: []string{"PODSG_DB_PRT=5433", "PODSG_DB_PORT=5433", "PODSG_SANDBOX_URL=x"}}
	if code := r.do(); code != 0 || r.err.String() != "podsg: note: PODSG_DB_PRT is no variable of podsg, and does nothing; did you mean PODSG_DB_PORT?\n" {
		t.Errorf("exit code %d, %q", code, r.err.String())
	}
}

func TestTheHelpIsInGroupsAndHidesWhatMeansNothing(t *testing.T) {
	setup := run{args: []string{"setup", "--help"}}
	if code := setup.do(); code != 0 {
		t.Fatal(setup.err.String())
	}
	last := -1
	for _, title := range []string{"\nExamples:\n", "\nFlags:\n", "\nCluster:\n", "\nPods:\n", "\nDatabase:\n", "\nVPC CNI:\n", "\nPractice world:\n", "\nOutput:\n"} {
		at := strings.Index(setup.out.String(), title)
		if at <= last {
			t.Errorf("no %q in its place in\n%s", title, setup.out.String())
		}
		last = at
	}
	for _, artefact := range []string{"(URL)", "(SCENARIO)", "(NAME)"} {
		if strings.Contains(setup.out.String(), artefact) {
			t.Errorf("%s in\n%s", artefact, setup.out.String())
		}
	}
	for _, args := range [][]string{{"version", "--help"}, {"man", "--help"}, {"completion", "bash", "--help"}} {
		r := run{args: args}
		if r.do(); strings.Contains(r.out.String(), "--timeout") || strings.Contains(r.out.String(), "--plain") {
			t.Errorf("%v shows\n%s", args, r.out.String())
		}
	}
}

func TestTheHelpOfEveryCommandFitsATerminalAndHasExamples(t *testing.T) {
	root := newApp(Process{}).root
	for _, cmd := range append(flags.Commands(root), root) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		r := run{args: args}
		if code := r.do(); code != 0 {
			t.Errorf("%v: exit code %d, %s", args, code, r.err.String())
		}
		for line := range strings.Lines(r.out.String()) {
			if line = strings.TrimRight(line, "\n"); len(line) > console.Width {
				t.Errorf("%v: a line of %d columns: %s", args, len(line), line)
			}
		}
		if args[0] != "completion" && !strings.Contains(r.out.String(), "\nExamples:\n") {
			t.Errorf("%v has no examples", args)
		}
		if strings.Contains(r.out.String(), "--lang") {
			t.Errorf("%v offers a choice of one language", args)
		}
	}
}

func TestTheCommandsAreListedByWhatTheyDoToACluster(t *testing.T) {
	r := run{args: []string{"--help"}}
	r.do()
	last := -1
	for _, text := range []string{"\nChange a cluster:\n  cleanup ", "\n  setup ", "\nLook at a cluster:\n  bundle ", "\n  watch ", "\nPractice:\n  sandbox ", "\nAbout podsg:\n  completion ", "\n  help "} {
		at := strings.Index(r.out.String(), text)
		if at <= last {
			t.Errorf("no %q in its place in\n%s", text, r.out.String())
		}
		last = at
	}
}

func TestAShellCompletesTheValuesOfFlags(t *testing.T) {
	config := t.TempDir() + "/config"
	write(t, config, "[default]\n[profile work]\nregion = x\n[sso-session s]\n")
	kubeconfig := t.TempDir() + "/kubeconfig"
	write(t, kubeconfig, "apiVersion: v1\nkind: Config\ncontexts: [{name: blue, context: {cluster: c}}]\n")
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"plan", "--output", ""}, []string{"text", "json", "shell", "terraform"}},
		{[]string{"diagnose", "--output", ""}, []string{"text", "json", "junit", "markdown"}},
		{[]string{"plan", "--enforcing-mode", ""}, []string{"standard", "strict"}},
		{[]string{"plan", "--db-tls", ""}, []string{"verify-full", "require"}},
		{[]string{"plan", "--lang", ""}, []string{"en"}},
		{[]string{"plan", "--sandbox="}, []string{"workshop"}},
		{[]string{"sandbox", ""}, []string{"workshop", "calls"}},
		{[]string{"plan", "--profile", ""}, []string{"default", "work"}},
		{[]string{"plan", "--kubeconfig", kubeconfig, "--context", ""}, []string{"blue"}},
		{[]string{"help", "ver"}, []string{"version"}},
	} {
		r := run{args: append([]string{"__complete"}, c.args...), environ: []string{"AWS_CONFIG_FILE=" + config, "AWS_SHARED_CREDENTIALS_FILE=/nowhere"}, worlds: toyPractice{}}
		r.do()
		var got []string
		for line := range strings.Lines(r.out.String()) {
			if value, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); !strings.HasPrefix(value, ":") {
				got = append(got, value)
			}
		}
		for _, want := range c.want {
			if !slices.Contains(got, want) {
				t.Errorf("%v completes to %v, want %v", c.args, got, c.want)
				break
			}
		}
	}
}

func TestABuildFromSourceKnowsItsCommit(t *testing.T) {
	info := &debug.BuildInfo{Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.time", Value: "2026-03-01T10:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	info.Main.Version = "(devel)"
	if got := (Build{Version: "dev"}).completed(info); got != (Build{"dev", "0123456789ab with changes", "2026-03-01T10:00:00Z"}) {
		t.Errorf("got %+v", got)
	}
	release := Build{"1.2.0", "abc", "2026-01-01"}
	if got := release.completed(info); got != release {
		t.Errorf("a release became %+v", got)
	}
	for _, args := range [][]string{{"--version"}, {"version"}} {
		r := run{args: args}
		if code := r.do(); code != 0 || !strings.HasPrefix(r.out.String(), "podsg version test (") {
			t.Errorf("%v: exit code %d, %q", args, code, r.out.String())
		}
	}
}

func TestMoreTimeIsProposedThanWasNotEnough(t *testing.T) {
	r := run{args: []string{"plan", "--timeout=20ms", "--cluster", "workshop"}, world: &noWorld{started: make(chan struct{})}}
	if code := r.do(); code != ExitTimeout || !strings.Contains(r.err.String(), "try: podsg plan --cluster workshop --timeout 40ms\n") {
		t.Errorf("exit code %d, %s", code, r.err.String())
	}
}

func TestWatchAndSandboxEndAfterATimeoutThatWasGiven(t *testing.T) {
	r := run{args: []string{"watch", "--timeout", "20ms", "--cluster", "workshop"}, world: &noWorld{started: make(chan struct{})}}
	if code := r.do(); code != ExitTimeout {
		t.Errorf("watch: exit code %d, %s", code, r.err.String())
	}
	practice := toyPractice{closed: make(chan struct{})}
	r = run{args: []string{"sandbox", "--timeout", "20ms"}, worlds: practice}
	if code := r.do(); code != 0 || !strings.HasSuffix(r.out.String(), "ready\n") {
		t.Errorf("sandbox: exit code %d, %s", code, r.err.String())
	}
}

func TestTheManualPageHasWhatAPageOfSectionOneHas(t *testing.T) {
	r := run{args: []string{"man"}}
	if code := r.do(); code != 0 {
		t.Fatal(r.err.String())
	}
	for _, want := range []string{
		"\n.SH NAME\n", "\n.SH SYNOPSIS\n", "\n.SH EXIT STATUS\n", "\n.B 130\ninterrupted\n", "\n.SH ENVIRONMENT\n", "\n.SH FILES\n", "\n.SH EXAMPLES\n", "\n.SH SEE ALSO\n",
		`(default 1h0m0s)`, `podsg setup \-\-answers`,
	} {
		if !strings.Contains(r.out.String(), want) {
			t.Errorf("no %q in the manual page", want)
		}
	}
}
