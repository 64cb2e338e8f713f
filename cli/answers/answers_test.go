package answers

import (
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"podsg/cli/environment"
	"podsg/cli/flags"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// read reads an intent from a command line.
func read(t *testing.T, args []string, environ []string, answers string) (intent.Intent, Sources, error) {
	t.Helper()
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	AddFlags(set)
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := flags.ApplyEnvironment(set, environment.Parse(environ)); err != nil {
		t.Fatal(err)
	}
	file := ""
	if answers != "" {
		file = "-"
	}
	return Read(set, file, func(string) ([]byte, error) { return []byte(answers), nil })
}

func TestAFlagWinsOverAVariableAndThatOverTheFile(t *testing.T) {
	in, sources, err := read(t,
		[]string{"--cluster", "by-flag"},
		[]string{"PODSG_CLUSTER=by-variable", "PODSG_NAMESPACE=by-variable", "PODSG_DB_PORT="},
		"cluster: by-file\nnamespace: by-file\nregion: us-west-2\n")
	if err != nil {
		t.Fatal(err)
	}
	if in.Cluster != "by-flag" || in.Namespace != "by-variable" || in.Region != "us-west-2" {
		t.Errorf("got %+v", in)
	}
	for key, want := range map[string]string{"cluster": "--cluster", "namespace": "PODSG_NAMESPACE", "region": "-"} {
		if sources[key] != want {
			t.Errorf("%s comes from %q, want %q", key, sources[key], want)
		}
	}
}

func TestEveryAnswerCanBeGivenByFlags(t *testing.T) {
	yes, no := true, false
	intents := []intent.Intent{
		{},
		{
			Cluster: "workshop", Region: "us-west-2", Namespace: "shop",
			Policy: intent.PolicyIntent{
				Name: "p", PodSelector: &world.Selector{MatchLabels: map[string]string{"app": "web"}},
				ServiceAccountSelector: &world.Selector{MatchExpressions: []world.SelectorRequirement{{Key: "tier", Operator: "In", Values: []string{"a", "b"}}}},
				AllowEmptySelector:     true,
			},
			Workloads: intent.WorkloadNames{"deployment/api", "job/x"}, Restart: "rolling", LostFlows: "add-rules",
			PodSecurityGroup: intent.GroupIntent{Name: "pods"}, NodeSecurityGroup: intent.NodeGroupIntent{Tag: "nodes-*"},
			Database: intent.DatabaseIntent{
				Create: &intent.CreateDatabase{Identifier: "db", Name: "shop", Username: "shop", Class: "db.t4g.micro", EngineVersion: "17.4", StorageGiB: 30, Subnets: "public"},
				Port:   5433, SecurityGroup: intent.GroupIntent{Name: "db"}, Seed: &no, TLSMode: "require",
			},
			CNI:    intent.CNIIntent{EnforcingMode: "strict", DisableTCPEarlyDemux: "true"},
			Secret: intent.SecretIntent{Name: "rds"}, Verify: &yes, KeepNodeGroups: &yes,
			Probe: intent.ProbeIntent{
				Image: "registry.example.com/postgres:17", PullSecret: "registry", NodeSelector: map[string]string{"pool": "sgp", "zone": "a"},
				Tolerations: []world.Toleration{{Key: "dedicated", Operator: "Equal", Value: "sgp", Effect: "NoSchedule"}, {Operator: "Exists"}},
			},
		},
		{
			PodSecurityGroup: intent.GroupIntent{ID: "sg-0123456789abcdef0"}, NodeSecurityGroup: intent.NodeGroupIntent{ID: "sg-0123456789abcdef1"},
			Database: intent.DatabaseIntent{
				Existing:      &intent.ExistingDatabase{Identifier: "db", Username: "App User", Database: "app", PasswordFrom: "env:DB_PASSWORD"},
				SecurityGroup: intent.GroupIntent{ID: "sg-0123456789abcdef2"}, Seed: &yes,
			},
		},
	}
	given := map[string]bool{}
	for _, want := range intents {
		args := Arguments(want)
		for _, a := range args {
			name, _, _ := strings.Cut(strings.TrimPrefix(a, "--"), "=")
			given[name] = true
		}
		got, _, err := read(t, args, nil, "")
		if err != nil {
			t.Errorf("%v: %v", args, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v\ngot  %+v\nwant %+v", args, got, want)
		}
	}
	for _, f := range answerFlags() {
		if !given[f.Flag] {
			t.Errorf("no test gives --%s", f.Flag)
		}
	}
}

func TestFlagsThatContradictEachOtherAreRefused(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--database", "a", "--create-database"}, "exclude each other"},
		{[]string{"--database", "a", "--db-storage", "30"}, "--db-storage: this is about a new database"},
		{[]string{"--db-password-from", "env:X"}, "--db-password-from: a password source needs an existing database"},
		{[]string{"--pod-selector", "app in"}, "--pod-selector: "},
		{[]string{"--pod-selector", ""}, "an empty selector catches every pod"},
		{[]string{"--seed=perhaps"}, "neither true nor false"},
		{[]string{"--db-port", "0"}, "--db-port: 0 is impossible"},
		{[]string{"--db-port", "five"}, `--db-port: "five" is no whole number`},
	} {
		_, _, err := read(t, c.args, nil, "")
		if world.KindOf(err) != world.ProblemUsage || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.args, err, c.want)
		}
	}
}

func TestAFlagReplacesTheFilesChoiceOfADatabase(t *testing.T) {
	in, _, err := read(t, []string{"--database", "mine"}, nil, "database:\n  create: {identifier: new}\n")
	if err != nil || in.Database.Create != nil || in.Database.Existing.Identifier != "mine" {
		t.Errorf("got %+v, %v", in.Database, err)
	}
}

func TestAFlagReplacesTheVariablesChoiceOfADatabase(t *testing.T) {
	in, _, err := read(t, []string{"--create-database"}, []string{"PODSG_DATABASE=old", "PODSG_DB_PASSWORD_FROM=env:OLD", "PODSG_DB_USER=app"}, "")
	if err != nil || in.Database.Existing != nil || in.Database.Create == nil || in.Database.Create.Username != "app" {
		t.Errorf("got %+v, %v", in.Database, err)
	}
	in, _, err = read(t, []string{"--database", "mine"}, []string{"PODSG_CREATE_DATABASE=new", "PODSG_DB_CLASS=db.t3.micro"}, "")
	if err != nil || in.Database.Create != nil || in.Database.Existing == nil || in.Database.Existing.Identifier != "mine" {
		t.Errorf("got %+v, %v", in.Database, err)
	}
	if _, _, err := read(t, nil, []string{"PODSG_DATABASE=a", "PODSG_CREATE_DATABASE=b"}, ""); world.KindOf(err) != world.ProblemUsage {
		t.Errorf("two variables that contradict each other: %v", err)
	}
}
