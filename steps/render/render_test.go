package render

import (
	"context"
	"encoding/json"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"

	"podsg/steps/check"
	"podsg/steps/check/checktest"
	"podsg/steps/clean/cleantest"
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/probe"
	"podsg/steps/world"
)

// wholePlan is a plan with an action of every sort, and texts that are hard to
// quote.
func wholePlan() *plan.Plan {
	tags := world.OwnershipTags("workshop")
	secret := plan.SecretRef{Namespace: "sg-per-pod", Name: "rds"}
	pods, db := intent.OutputRef(intent.OutputPodGroup, "POD_SG"), intent.OutputRef(intent.OutputDBGroup, "RDS_SG")
	group := func(output, name string) network.CreateSecurityGroup {
		return network.CreateSecurityGroup{Output: output, Name: name, Description: `it's the "pods" of ${x}`, VPCID: "vpc-0aa", Tags: tags}
	}
	p := &plan.Plan{Cluster: "workshop"}
	add := func(id string, step check.StepID, op plan.Op, needs []string, a plan.Action) {
		p.Add(plan.Change{ID: id, Step: step, Op: op, Summary: "do " + id, Why: "because", Needs: needs, Undo: "podsg cleanup", Action: a, Expected: time.Minute})
	}
	add("pod-group", check.StepPodGroup, plan.Create, nil, group(intent.OutputPodGroup, "POD_SG"))
	add("db-group", check.StepDatabase, plan.Create, nil, group(intent.OutputDBGroup, "RDS_SG"))
	add("db-rule", check.StepDatabase, plan.Create, []string{"pod-group", "db-group"},
		network.AddRule{Group: db, Direction: world.Ingress, Protocol: "tcp", Port: 5432, Peer: pods, Description: "database", Tags: tags})
	add("dns-rule", check.StepDNS, plan.Create, []string{"pod-group"},
		network.AddRule{Group: intent.IDRef("sg-0123456789abcdef0", "nodes"), Direction: world.Ingress, Protocol: "udp", Port: 53, Peer: pods, Description: "DNS", Tags: tags})
	add("role", check.StepIAM, plan.Create, nil, iam.AttachPolicy{Role: "eks", PolicyARN: "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"})
	add("addon", check.StepCNI, plan.Update, []string{"role"}, cni.ConfigureAddon{Cluster: "workshop", Current: `{"enableNetworkPolicy":"true"}`,
		Settings: world.CNISettings{Env: map[string]string{world.EnvPodENI: "true"}}})
	add("daemonset", check.StepCNI, plan.Update, nil, cni.PatchDaemonSet{Settings: world.CNISettings{
		Env: map[string]string{world.EnvPodENI: "true"}, InitEnv: map[string]string{world.EnvEarlyDemux: "true"}}})
	add("trunk", check.StepCNI, plan.Update, []string{"addon"}, cni.AwaitTrunk{})
	add("namespace", check.StepPolicy, plan.Create, nil, plan.ApplyObject{Kind: world.KindNamespace, Manifest: plan.Object("v1", "Namespace", "", "sg-per-pod")})
	add("policy", check.StepPolicy, plan.Create, []string{"namespace", "pod-group"}, policy.ApplyPolicy{Namespace: "sg-per-pod", Name: "allow-rds-access",
		PodSelector: &world.Selector{MatchLabels: map[string]string{"app": "green-pod"}}, Groups: []intent.Ref{pods}})
	add("password", check.StepSecret, plan.Create, []string{"namespace"}, database.StoreConnection{Secret: secret, Identifier: "rds-workshop",
		Database: "workshop", Username: "workshop", Port: 5432, SSLMode: "verify-full", Generate: true})
	add("subnets", check.StepDatabase, plan.Create, nil, database.CreateSubnetGroup{Name: "rds-workshop", Description: "podsg", SubnetIDs: []string{"subnet-1", "subnet-2"}, Tags: tags})
	add("database", check.StepDatabase, plan.Create, []string{"password", "subnets", "db-group"}, database.CreateDatabaseInstance{Identifier: "rds-workshop",
		Name: "workshop", Username: "workshop", Class: "db.t4g.micro", EngineVersion: "17.4", StorageGiB: 20, Port: 5432,
		SubnetGroup: "rds-workshop", Group: db, Tags: tags, Secret: secret})
	p.Changes[len(p.Changes)-1].Bills = &plan.Bill{USDPerMonth: 13.98, Source: "price table of a day"}
	add("secret", check.StepSecret, plan.Update, []string{"database"}, database.StoreConnection{Secret: secret, Identifier: "rds-workshop",
		Database: "workshop", Username: "workshop", Port: 5432, SSLMode: "verify-full", AwaitHost: true})
	return p
}

func TestAPlanAsTextShowsEveryChangeItsCostAndItsUndo(t *testing.T) {
	text := RenderPlanText(wholePlan())
	for _, want := range []string{"14 changes: 10 to create, 4 to update", "  + do pod-group\n", "  ~ do addon\n", "why:  because", "undo: podsg cleanup",
		"cost: about 13.98 USD a month (price table of a day)", "Cost: about 13.98 USD a month", "Usual time: about"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if text := RenderPlanText(&plan.Plan{Cluster: "workshop"}); !strings.Contains(text, "nothing to do") {
		t.Errorf("an empty plan reads %q", text)
	}
}

func TestAPlanAsJSONKeepsItsContract(t *testing.T) {
	data, err := json.Marshal(PlanDocument(wholePlan()))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		SchemaVersion int
		Cluster       string
		Changes       []map[string]any
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.SchemaVersion != plan.SchemaVersion || doc.Cluster != "workshop" || len(doc.Changes) != len(wholePlan().Changes) {
		t.Fatalf("got %s", data)
	}
	for _, c := range doc.Changes {
		for _, key := range []string{"id", "step", "op", "summary", "why", "command", "needs", "bills", "undo"} {
			if _, ok := c[key]; !ok {
				t.Errorf("change %v has no %q", c["id"], key)
			}
		}
		if _, isList := c["needs"].([]any); !isList {
			t.Errorf("needs of %v is %v, not a list", c["id"], c["needs"])
		}
	}
	data, _ = json.Marshal(PlanDocument(&plan.Plan{Cluster: "workshop"}))
	if !strings.Contains(string(data), `"changes":[]`) {
		t.Errorf("an empty plan is %s", data)
	}
}

// toolCall is one run of a program by a script.
type toolCall struct {
	args  []string
	stdin string
}

// runScript runs a script in a shell whose programs are stand-ins: the calls
// of aws and kubectl are recorded, and answered with ids.
func runScript(t *testing.T, script string) (calls []toolCall, out string) {
	t.Helper()
	calls, out, err := runScriptAt(t, script, "https://ABC.eks.example Q0E=")
	if err != nil {
		t.Errorf("the script ends with %v\n%s", err, script)
	}
	return calls, out
}

// runScriptAt runs a script where kubectl's context has a server and an
// authority, and tells how it ended.
func runScriptAt(t *testing.T, script, server string) (calls []toolCall, out string, err error) {
	t.Helper()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(script), "plan.sh")
	if err != nil {
		t.Fatalf("%v in\n%s", err, script)
	}
	var stdout strings.Builder
	programs := func(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
		return func(ctx context.Context, args []string) error {
			hc := interp.HandlerCtx(ctx)
			call := toolCall{args: args}
			answer := ""
			switch args[0] {
			case "head": // of /dev/urandom
				answer = "s3cretPassw0rdOf30Characters00"
			case "aws":
				if slices.Contains(args, "file:///dev/stdin") {
					in, _ := io.ReadAll(hc.Stdin)
					call.stdin = string(in)
				}
				switch {
				case args[2] == "describe-cluster":
					answer = "https://ABC.eks.example\tQ0E=\n"
				case args[2] == "create-security-group":
					answer = "sg-" + args[slices.Index(args, "--group-name")+1] + "\n"
				case args[2] == "describe-db-instances":
					answer = "db.example.com\n"
				}
			case "base64":
				in, _ := io.ReadAll(hc.Stdin)
				answer = string(in)
			case "tr", "cut":
				in, _ := io.ReadAll(hc.Stdin)
				answer = string(in)
			case "kubectl":
				if slices.Contains(args, "-f") || slices.Contains(args, "--from-file=password=/dev/stdin") {
					in, _ := io.ReadAll(hc.Stdin)
					call.stdin = string(in)
				}
				if slices.Contains(args, "jsonpath={.data.password}") {
					answer = "s3cretPassw0rdOf30Characters00"
				}
				if args[1] == "config" {
					answer = server
				}
				if slices.Contains(args, "--dry-run=client") {
					answer = "kind: Secret\n"
				}
			default:
				t.Errorf("the script runs %q", args)
			}
			calls = append(calls, call)
			_, err := io.WriteString(hc.Stdout, answer)
			return err
		}
	}
	shell, err := interp.New(interp.StdIO(nil, &stdout, &stdout), interp.Env(expand.ListEnviron("PATH=/none")), interp.ExecHandlers(programs))
	if err != nil {
		t.Fatal(err)
	}
	err = shell.Run(t.Context(), file)
	return calls, stdout.String(), err
}

func TestAScriptChangesNothingInAnotherClusterThanThePlans(t *testing.T) {
	p := wholePlan()
	p.Region = "eu-west-1"
	script := RenderPlanShell(p)
	if !strings.Contains(script, "export AWS_REGION=eu-west-1 ") || strings.Contains(script, "psql, ") {
		t.Errorf("the script begins\n%.400s", script)
	}
	for server, same := range map[string]bool{
		"https://ABC.eks.example Q0E=": true,
		"https://127.0.0.1:8443 Q0E=":  true, // through a tunnel
		"https://XYZ.eks.example UFE=": false,
		"https://XYZ.eks.example ":     false,
	} {
		calls, out, err := runScriptAt(t, script, server)
		if (err == nil) != same || (len(calls) == 2) == same || !same && !strings.Contains(out, "aws eks update-kubeconfig --name workshop") {
			t.Errorf("%s: %d calls, %v\n%s", server, len(calls), err, out)
		}
	}
}

func TestAPlanAsScriptRunsAndKeepsThePasswordOffEveryCommandLine(t *testing.T) {
	script := RenderPlanShell(wholePlan())
	if !strings.HasPrefix(script, "#!/usr/bin/env bash\n") || !strings.Contains(script, "set -euo pipefail\n") {
		t.Errorf("the script begins\n%.200s", script)
	}
	calls, out := runScript(t, script)
	var all []string
	var database, rule, policy, secret string
	for _, c := range calls {
		line := strings.Join(c.args, " ")
		all = append(all, line)
		switch {
		case strings.Contains(line, "create-db-instance"):
			database = line + c.stdin
		case strings.Contains(line, "sg-RDS_SG") && strings.Contains(line, "authorize-security-group-ingress"):
			rule = line
		case strings.Contains(c.stdin, "SecurityGroupPolicy"):
			policy = c.stdin
		case strings.Contains(line, "create secret generic rds") && strings.Contains(line, "--from-literal=host=db.example.com"):
			secret = c.stdin
		}
	}
	const password = "s3cretPassw0rdOf30Characters00"
	if lines := strings.Join(all, "\n"); strings.Contains(lines, password) || strings.Contains(out, password) {
		t.Errorf("the password is on a command line or in the output:\n%s\n%s", lines, out)
	}
	if !strings.HasSuffix(database, password) || !strings.Contains(database, "--vpc-security-group-ids sg-RDS_SG") {
		t.Errorf("the database was made with %s", database)
	}
	if !strings.Contains(rule, "GroupId=sg-POD_SG") {
		t.Errorf("the rule of the database was made with %q", rule)
	}
	if !strings.Contains(policy, "sg-POD_SG") {
		t.Errorf("the policy was made with %q", policy)
	}
	if secret != password {
		t.Errorf("the secret was made with %q", secret)
	}
}

func TestAScriptOfAHalfDonePlanTakesThePasswordFromTheSecret(t *testing.T) {
	p := wholePlan()
	p.Changes = slices.DeleteFunc(p.Changes, func(c plan.Change) bool { return c.ID == "password" })
	calls, _ := runScript(t, RenderPlanShell(p))
	if first := strings.Join(calls[0].args, " "); first != "kubectl -n sg-per-pod get secret rds -o jsonpath={.data.password}" {
		t.Errorf("the script begins with %q", first)
	}
}

func TestAPlanAsTerraformRefersToWhatItMakes(t *testing.T) {
	config := RenderPlanTerraform(wholePlan(), "us-west-2")
	blanks := regexp.MustCompile(` +`) // equals signs are aligned
	for _, want := range []string{
		`resource "aws_security_group" "pod_sg"`,
		`resource "aws_vpc_security_group_egress_rule" "pod_sg_all"`,
		`referenced_security_group_id = aws_security_group.pod_sg.id`,
		`security_group_id            = "sg-0123456789abcdef0"`,
		`"it's the \"pods\" of $${x}"`,
		`vpc_security_group_ids = [aws_security_group.db_sg.id]`,
		`password_wo            = var.database_password`,
		`groupIds = [aws_security_group.pod_sg.id]`,
		`id = "workshop:vpc-cni"`,
		`init_container = "aws-vpc-cni-init"`,
		`host     = aws_db_instance.rds_workshop.address`,
		`# Not here: do trunk`,
		`preserve = true`,
		`# "terraform state rm aws_eks_addon.vpc_cni"`,
		`version = "~> 6.0"`,
	} {
		if !strings.Contains(blanks.ReplaceAllString(config, " "), blanks.ReplaceAllString(want, " ")) {
			t.Errorf("no %s in\n%s", want, config)
		}
	}
	if n := strings.Count(config, `"kubernetes_secret_v1"`); n != 1 {
		t.Errorf("the Secret is there %d times", n)
	}
	if want := "depends_on = [kubernetes_manifest.namespace, aws_db_instance.rds_workshop]"; !strings.Contains(blanks.ReplaceAllString(config, " "), want) {
		t.Errorf("the Secret does not wait for its namespace: no %s", want)
	}
	for _, ref := range regexp.MustCompile(`(?m)depends_on = \[(.*)\]`).FindAllStringSubmatch(config, -1) {
		seen := map[string]bool{}
		for _, address := range strings.Split(ref[1], ", ") {
			if seen[address] {
				t.Errorf("%s is there twice", ref[0])
			}
			seen[address] = true
			kind, name, _ := strings.Cut(address, ".")
			if !strings.Contains(config, `resource "`+kind+`" "`+name+`" {`) {
				t.Errorf("a resource depends on %s, which is not there", address)
			}
		}
	}
}

func TestNamesOfOthersStayWordsInAnExportedPlan(t *testing.T) {
	t.Parallel()
	texts := map[string]bool{}
	checktest.Texts(everyAction(), func(text string) { texts[text] = true })
	for _, own := range []string{"", intent.OutputPodGroup, intent.OutputDBGroup, string(plan.Create), string(plan.Update), string(plan.Delete)} {
		delete(texts, own) // podsg's own names of variables, and its signs
	}
	for _, hostile := range checktest.Hostile() {
		p := everyAction()
		for text := range texts {
			checktest.Replace(p, text, hostile(text))
		}
		var commands []string
		for _, c := range p.Changes {
			commands = append(commands, c.Commands()...)
		}
		checktest.Harmless(t, "sh", commands...)
		checktest.Harmless(t, "bash", RenderPlanShell(p))
	}
}

// everyAction is a plan with an action of every sort, those of cleaning up too.
func everyAction() *plan.Plan {
	p := wholePlan()
	p.Region = "us-west-2"
	prior := "prior-value"
	for i, a := range []plan.Action{
		database.DeleteDatabaseInstance{Identifier: "rds-gone"}, database.DeleteSubnetGroup{Name: "subnets-gone"},
		database.AwaitDatabase{Identifier: "rds-waits"}, database.ResetDatabasePassword{Identifier: "rds-reset", Wait: true},
		database.StoreConnection{Secret: plan.SecretRef{Namespace: "shop", Name: "theirs"}, Host: "db.example", Database: "orders", Username: "app", PasswordFrom: "secret:shop/other"},
		network.RevokeRule{GroupID: "sg-rule", RuleID: "sgr-1", Direction: world.Ingress}, network.DeleteSecurityGroup{ID: "sg-gone"}, network.AwaitInterfacesGone{GroupID: "sg-waits"},
		network.AddRule{Group: intent.IDRef("sg-a", "a"), Direction: world.Egress, Protocol: "tcp", Port: 53, Peer: intent.IDRef("sg-b", "b"), Description: "DNS of others"},
		iam.DetachPolicy{Role: "role-gone", PolicyARN: "arn:policy-gone"}, cni.RestoreDaemonSet{Prior: map[string]*string{"KEPT": &prior, "UNSET": nil}},
		cni.RestoreAddon{Cluster: "cluster-gone", Current: "env: {A: b}\n", Role: "arn:role-addon"},
		plan.DeleteObject{Kind: world.KindPolicy, Ref: plan.ObjectRef{Kind: "SecurityGroupPolicy", Namespace: "ns-gone", Name: "policy-gone"}},
		plan.DeleteObject{Kind: world.KindNamespace, Ref: plan.ObjectRef{Kind: "Namespace", Name: "namespace-gone"}},
		plan.AwaitPodsGone{Namespace: "ns-waits", Labels: map[string]string{"key": "value"}},
		policy.ApplyPolicy{Namespace: "ns-policy", Name: "policy-id", SASelector: &world.Selector{MatchLabels: map[string]string{"team": "shop"}}, Groups: []intent.Ref{intent.IDRef("sg-policy", "")}},
		probe.StartProbe{Manifest: plan.Object("apps/v1", "Deployment", "ns-probe", "green"), Labels: map[string]string{"app": "green"}},
		probe.RestartProbe{StartProbe: probe.StartProbe{Manifest: plan.Object("apps/v1", "Deployment", "ns-restart", "green-again")}},
	} {
		p.Add(plan.Change{ID: "more-" + strconv.Itoa(i), Step: check.StepCNI, Op: plan.Delete, Summary: "undo", Action: a})
	}
	return p
}

func TestNamesOfOthersAreShownOnOneLineOfAPlan(t *testing.T) {
	t.Parallel()
	const name = cleantest.Name
	p := &plan.Plan{Cluster: name, Notes: []string{name}, Kept: []plan.Kept{{ID: name, Reason: name}}}
	p.Add(plan.Change{ID: "a", Step: check.StepCNI, Op: plan.Create, Summary: "make " + name, Why: name, Undo: name, Action: cni.AwaitTrunk{}})
	cleantest.Printed(t, "plan", RenderPlanText(p))
}

func TestLinesForAnotherToolStayLines(t *testing.T) {
	t.Parallel()
	p := &plan.Plan{}
	p.Add(plan.Change{ID: "cni", Op: plan.Update, Summary: "x", Owner: &world.Owner{Tool: world.ToolHelm, Name: "cni\x1b[2J"}, Instead: "env:\n  A: \"\x1b]0;title\a1\"\n"})
	text := RenderPlanText(p)
	if !strings.Contains(text, "      for Helm (release cni):\n        env:\n          A: \"1\"\n") {
		t.Errorf("the lines are:\n%q", text)
	}
}
