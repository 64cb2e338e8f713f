package acceptance

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/plan"
)

func TestBadInputIsRefusedBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	state := l.state()
	foreign := "" // a security group of another VPC
	for key, fields := range state {
		if fields[".Name"] == "reports-db" {
			foreign = strings.TrimPrefix(key, "aws security-group/")
		}
	}
	answers := func(text string) []string { return []string{"--answers", file(t, "answers.yaml", text)} }
	for _, c := range []struct {
		name  string
		flags []string
		says  []string
	}{
		{"an unknown cluster", []string{"--cluster", "workshopp"}, []string{`"workshopp"`, "workshop, workshop-2"}},
		{"an unknown database", []string{"--database", "oders-db"}, []string{`"oders-db"`, "orders-db"}},
		{"an unknown key in the answers file", answers("cluster: workshop\nnamespaces: shop\n"), []string{"answers.yaml:2", "namespaces", "namespace"}},
		{"an unknown nested key in the answers file", answers("database:\n  create:\n    clas: db.t4g.micro\n"), []string{"answers.yaml:3", "clas", "class"}},
		{"a wrong type in the answers file", answers("database:\n  port: high\n"), []string{"answers.yaml:2", "port"}},
		{"an answers file that is not there", []string{"--answers", "/nowhere/answers.yaml"}, []string{"/nowhere/answers.yaml"}},
		{"port 0", []string{"--db-port", "0"}, []string{"port"}},
		{"port 70000", []string{"--db-port", "70000"}, []string{"port", "65535"}},
		{"port 0 in the answers file", answers("database:\n  port: 0\n"), []string{"port"}},
		{"a port that is a word", []string{"--db-port", "https"}, []string{"--db-port", "https"}},
		{"an empty selector", []string{"--pod-selector", ""}, []string{"every pod", "--allow-empty-selector"}},
		{"an empty selector in the answers file", answers("policy:\n  podSelector: {}\n"), []string{"every pod"}},
		{"a security group of another VPC for the pods", []string{"--pod-security-group", foreign}, []string{foreign, "VPC"}},
		{"a security group of another VPC for the nodes", []string{"--node-security-group", foreign}, []string{foreign, "VPC"}},
		{"a security group that does not exist", []string{"--pod-security-group", "sg-0123456789abcdef0"}, []string{"sg-0123456789abcdef0"}},
		{"a database in another VPC", []string{"--database", "reports-db"}, []string{"reports-db", "vpc-"}},
		{"no word on which database", nil, []string{"--database", "orders-db"}},
		{"no word on the password of a database", []string{"--database", "orders-db"}, []string{"--db-password-from"}},
		{"a password source of no known kind", []string{"--database", "orders-db", "--db-password-from", "vault:orders"}, []string{"env:", "secretsmanager:"}},
		{"a class that is not offered", []string{"--create-database", "--db-class", "db.z9.huge"}, []string{"db.z9.huge", "db.t4g.micro"}},
		{"a PostgreSQL version that is not offered", []string{"--create-database", "--db-engine-version", "9.6"}, []string{"9.6", "17.7"}},
		{"the identifier of a database of somebody else", []string{"--create-database=orders-db"}, []string{"orders-db", "--database orders-db"}},
		{"a value that an optional one took for a command", []string{"--create-database", "orders-db"}, []string{"--create-database=orders-db"}},
		{"an identifier that RDS refuses", []string{"--create-database=1st_database"}, []string{"1st_database"}},
		{"a namespace that Kubernetes refuses", []string{"--create-database", "--namespace", "My_Shop"}, []string{"My_Shop"}},
		{"an unknown flag", []string{"--databse", "orders-db"}, []string{"--databse"}},
		{"an unknown output format", []string{"-o", "yaml"}, []string{"yaml", "json"}},
		{"an unknown enforcing mode", []string{"--create-database", "--enforcing-mode", "lenient"}, []string{"lenient", "standard"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, command := range []string{"setup --yes", "plan"} {
				l.t = t
				l.unchanged(func() {
					o := l.podsg(append(strings.Fields(command), c.flags...)...).exits(cli.ExitUsage).says(c.says...)
					if o.stdout != "" {
						t.Errorf("on standard output: %q", o.stdout)
					}
				})
			}
		})
	}
}

func TestAnEmptySelectorWithAnExplicitYesIsTaken(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("plan", "--pod-selector", "", "--allow-empty-selector").exits(0).says("every pod")
}

func TestAnEngineThatIsNotPostgreSQLGetsRulesAndPolicy(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	before := l.state()
	l.podsg("plan", "--database", "legacy-mysql").exits(0).says("3306", "mysql", "not PostgreSQL")
	o := l.podsg("setup", "--yes", "-o", "json", "--database", "legacy-mysql").exits(0)
	r := decode[plan.Result](o)
	if r.Outcome != plan.OutcomeDone || r.Verification != nil {
		t.Errorf("the result: %+v", r)
	}
	for _, id := range r.Applied {
		if id == "seed" || id == "green-pod" || id == "red-pod" {
			t.Errorf("%s was done", id)
		}
	}
	o.says("not PostgreSQL")
	l.podsg("setup", "--yes", "--database", "legacy-mysql").exits(0).says("not PostgreSQL")
	if f := finding(decode[plan.Diagnosis](l.podsg("diagnose", "-o", "json", "--database", "legacy-mysql").exits(0)), "D77"); f.Status != check.Pass {
		t.Errorf("the database does not admit the pods: %+v", f)
	}
	l.cleanedUp(before)
}

func TestAWorldThatCannotBeReachedIsExplained(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nowhere := "https://" + closed.Addr().String()
	closed.Close()
	kubeconfig := strings.ReplaceAll(l.readFile("KUBECONFIG"), l.apiServer(), nowhere)
	for _, c := range []struct {
		name      string
		args      []string
		variables []string
		code      int
		says      []string
	}{
		{"no credentials", nil, []string{"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY="}, cli.ExitCredentials, []string{"credentials", "AWS_ACCESS_KEY_ID", "aws configure"}},
		{"a profile that is not there", []string{"--profile", "nobody"}, nil, cli.ExitCredentials, []string{`"nobody"`, "aws configure list-profiles"}},
		{"credentials of nobody", nil, []string{"AWS_ACCESS_KEY_ID=AKIANOBODYNOBODYNOBO"}, cli.ExitCredentials, []string{"invalid"}},
		{"a wrong secret", nil, []string{"AWS_SECRET_ACCESS_KEY=wrong"}, cli.ExitCredentials, []string{"signature"}},
		{"no region", nil, []string{"AWS_REGION=", "AWS_DEFAULT_REGION="}, cli.ExitUsage, []string{"--region"}},
		{"a region that is none", []string{"--region", "us-west-22"}, nil, cli.ExitUsage, []string{"us-west-22"}},
		{"the wrong region", []string{"--region", "eu-west-1"}, nil, cli.ExitUsage, []string{"eu-west-1", "--region"}},
		{"a region that cannot be one", []string{"--region", "Oregon"}, nil, cli.ExitUsage, []string{"Oregon", "us-west-2"}},
		{"a context of another cluster", []string{"--context", "workshop"}, []string{"KUBECONFIG=" + file(t, "kubeconfig", kubeconfig)}, cli.ExitUsage, []string{nowhere}},
		{"an AWS endpoint that is not there", nil, []string{"AWS_ENDPOINT_URL=" + strings.Replace(nowhere, "https", "http", 1)}, cli.ExitError, []string{closed.Addr().String()}},
		{"a kubeconfig that is not one", nil, []string{"KUBECONFIG=" + file(t, "kubeconfig", "{{{")}, cli.ExitUsage, []string{"kubeconfig"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			l.unchanged(func() {
				for _, command := range []string{"setup --yes", "diagnose"} {
					l.process(real, append(strings.Fields(command), c.args...), append(c.variables, "AWS_EC2_METADATA_DISABLED=true")...).
						run(20 * time.Second).exits(c.code).says(c.says...)
				}
			})
		})
	}
	t.Run("an API server that is not there", func(t *testing.T) {
		l := newLab(t, "workshop")
		if err := l.Account().SetClusterEndpoint("workshop", nowhere, nil); err != nil {
			t.Fatal(err)
		}
		l.unchanged(func() {
			for _, command := range []string{"setup", "cleanup"} {
				l.podsg(command, "--yes").exits(cli.ExitError).says(nowhere)
			}
			l.podsg("diagnose").exits(cli.ExitChecks).says(nowhere) // it tells what it can without the API server
		})
	})
	t.Run("an expired token", func(t *testing.T) {
		l.t = t
		l.Account().ExpireCredentials()
		defer l.Account().RenewCredentials()
		l.unchanged(func() {
			l.process(real, []string{"setup", "--yes"}).run(20*time.Second).exits(cli.ExitCredentials).says("expired", "unset AWS_ACCESS_KEY_ID")
		})
	})
}

func TestQuestionsThatNobodyCanBeAskedAreNotWaitedFor(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"which database", []string{"setup", "--yes"}, cli.ExitUsage, "--database"},
		{"whether to carry the plan out", []string{"setup", "--create-database"}, cli.ExitUsage, "--yes"},
		{"whether to clean up", []string{"cleanup"}, 0, "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.t = t
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer write.Close()
			defer read.Close()
			l.unchanged(func() {
				// Nobody writes into the pipe, and nobody closes it either.
				l.podsgWith(cli.Process{Args: c.args, Stdin: read}).exits(c.code).says(c.says)
			})
		})
	}
}
