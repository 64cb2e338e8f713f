package cli

import (
	"cmp"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"podsg/steps"
)

func diagnosis() *steps.Diagnosis {
	checks := []steps.Finding{
		{ID: "D01", Step: steps.StepIdentity, Title: "Credentials", Status: steps.Pass, Reason: "they work"},
		{ID: "D11", Step: steps.StepIAM, Title: "Role | policy", Status: steps.Fail, Reason: "role <eks> lacks it",
			Evidence: []string{"attached: none"}, Fix: &steps.Fix{Text: "attach it", Command: "aws iam attach-role-policy"}},
		{ID: "D33", Step: steps.StepInstances, Title: "Types", Status: steps.Warn, Reason: "2 of 5"},
		{ID: "D40", Step: steps.StepPolicy, Title: "Webhook", Status: steps.Skip, Reason: "no policy yet"},
	}
	return &steps.Diagnosis{SchemaVersion: 1, Cluster: "workshop", Summary: steps.Summarize(checks), Checks: checks}
}

func TestADiagnosisAsJUnitIsReadByCI(t *testing.T) {
	text, err := junit(diagnosis())
	if err != nil {
		t.Fatal(err)
	}
	var suites junitSuites
	if err := xml.Unmarshal([]byte(text), &suites); err != nil || len(suites.Suites) != 1 || suites.Time == "" {
		t.Fatalf("%v in %s", err, text)
	}
	suite := suites.Suites[0]
	if suite.Tests != 4 || suite.Failures != 1 || suite.Skipped != 1 || len(suite.Cases) != 4 {
		t.Errorf("got %+v", suite)
	}
	failed := suite.Cases[1]
	if failed.Failure == nil || failed.Failure.Message != "role <eks> lacks it" || !strings.Contains(failed.Failure.Text, "aws iam attach-role-policy") {
		t.Errorf("the failed check is %+v", failed)
	}
	if warned := suite.Cases[2]; warned.Failure != nil || !strings.Contains(warned.Output, "2 of 5") {
		t.Errorf("a warning is %+v", warned)
	}
}

func TestADiagnosisAsTextEndsWithWhatFailed(t *testing.T) {
	short, long := diagnosisText(style{}, diagnosis(), false), diagnosisText(style{}, diagnosis(), true)
	for _, want := range []string{"fail  D11  Role | policy: role <eks> lacks it\n", "attached: none", "aws iam attach-role-policy", "pass  D01\n", "skip  D40"} {
		if !strings.Contains(short, want) {
			t.Errorf("no %q in\n%s", want, short)
		}
	}
	for _, text := range []string{short, long} {
		if !strings.HasSuffix(text, "Cluster workshop: 1 pass, 1 warn, 1 fail, 1 skip\nfail  D11\nwarn  D33\n") {
			t.Errorf("the end of\n%s", text)
		}
	}
	if !strings.Contains(long, "pass  D01  Credentials: they work\n") {
		t.Errorf("what passes is not in\n%s", long)
	}
}

func TestASetupAsTextCountsAndNamesWhatItDid(t *testing.T) {
	plan := &steps.Plan{Changes: []steps.Change{{ID: "vpc-cni", Op: steps.Update, Kind: steps.KindAddonConfig}}}
	r := &steps.Result{Cluster: "workshop", Outcome: steps.OutcomeFailed, Applied: []string{"vpc-cni"}, Skipped: []string{"a", "b"}, Failed: &steps.Failure{ID: "x"},
		Resources: []steps.Resource{
			{Kind: steps.KindSecurityGroup, ID: "sg-1", Name: "POD_SG", Created: true},
			{Kind: steps.KindRolePolicy, ID: "eks arn:aws:iam::aws:policy/P", Name: "eks", Created: true},
			{Kind: steps.KindAddonConfig, ID: "workshop/vpc-cni"}, {Kind: steps.KindDBInstance, ID: "orders-db"},
		}}
	text := setupText(style{}, r, plan, false)
	for _, want := range []string{
		"1 change made, 1 failed, 2 left.", "SecurityGroup sg-1 POD_SG (made by podsg)", "RolePolicyAttachment eks arn:aws:iam::aws:policy/P (made by podsg)",
		"AddonConfiguration workshop/vpc-cni (changed)", "DBInstance orders-db (was there)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	v := &steps.Verification{Green: steps.GreenResult{ClientAddress: "10.0.0.9", ENI: steps.ProbeENI{ID: "eni-1", Groups: []string{"sg-1"}}}}
	unproven := setupText(style{}, &steps.Result{Cluster: "workshop", Outcome: steps.OutcomeDone, Verification: v, Resources: r.Resources}, plan, false)
	for _, want := range []string{"branch ENI eni-1 with sg-1 POD_SG", "podsg diagnose --cluster workshop"} {
		if !strings.Contains(unproven, want) {
			t.Errorf("no %q in\n%s", want, unproven)
		}
	}
}

func TestADiagnosisAsMarkdownKeepsItsTable(t *testing.T) {
	text := markdown(diagnosis())
	if !strings.Contains(text, `| fail | D11 | Role \| policy | role &lt;eks> lacks it |`) {
		t.Errorf("got\n%s", text)
	}
}

func TestRolesCoverThePermissionsAndReadingChangesNothing(t *testing.T) {
	for _, write := range []bool{false, true} {
		text, err := rbac("shop", write)
		if err != nil {
			t.Fatal(err)
		}
		changes := 0
		for _, document := range strings.Split(text, "---\n")[1:] {
			var object struct {
				Kind  string
				Rules []struct{ Resources, Verbs []string }
			}
			if err := yaml.UnmarshalStrict([]byte(document), &object, yaml.DisallowUnknownFields); err != nil && object.Kind == "" {
				t.Fatal(err)
			}
			for _, r := range object.Rules {
				for _, v := range r.Verbs {
					// The proof by dry run needs create on pods.
					dryRun := v == "create" && len(r.Resources) == 1 && r.Resources[0] == "pods"
					if v != "get" && v != "list" && v != "watch" && !dryRun {
						changes++
					}
				}
			}
		}
		if (changes > 0) != write {
			t.Errorf("write %t: %d verbs that change something in\n%s", write, changes, text)
		}
	}
}

func TestAPodIsDescribedByAManifestOfAnyWorkload(t *testing.T) {
	for _, c := range []struct{ name, manifest, namespace, app, account string }{
		{"a pod", "kind: Pod\nmetadata: {namespace: shop, labels: {app: web}}\nspec: {serviceAccountName: sa}", "shop", "web", "sa"},
		{"a deployment", "kind: Deployment\nmetadata: {namespace: shop, labels: {app: other}}\nspec: {template: {metadata: {labels: {app: web}}, spec: {}}}", "shop", "web", ""},
		{"a cron job", "kind: CronJob\nmetadata: {}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {app: web}}}}}}", "", "web", ""},
	} {
		pods, err := podsOfManifest([]byte(c.manifest))
		if err != nil || len(pods) != 1 || pods[0].namespace != c.namespace || pods[0].labels["app"] != c.app || pods[0].serviceAccount != cmp.Or(c.account, "default") {
			t.Errorf("%s: got %+v, %v", c.name, pods, err)
		}
	}
}

func TestEveryWorkloadOfAManifestIsFound(t *testing.T) {
	deployment := "kind: Deployment\nmetadata: {name: %}\nspec: {template: {metadata: {labels: {app: %}}}}\n"
	of := func(name string) string { return strings.ReplaceAll(deployment, "%", name) }
	for _, c := range []struct{ name, manifest, want string }{
		{"a Service before a Deployment", "kind: Service\nspec: {selector: {app: web}}\n---\n" + of("web"), "web"},
		{"two Deployments and comments", "# two\n---\n" + of("web") + "---\n---\n" + of("api"), "web api"},
		{"a List, as kubectl get prints it", `{"kind":"List","items":[{"kind":"Deployment","metadata":{"name":"web"},"spec":{"template":{}}},{"kind":"Service","spec":{}},{"kind":"Pod","metadata":{"name":"one"}}]}`, "web one"},
		{"a DeploymentList", "kind: DeploymentList\nitems:\n- {kind: Deployment, metadata: {name: web}, spec: {template: {}}}", "web"},
	} {
		pods, err := podsOfManifest([]byte(c.manifest))
		var got []string
		for _, p := range pods {
			_, name, _ := strings.Cut(p.workload, " ")
			got = append(got, name)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
	for _, c := range []struct{ manifest, want string }{
		{"kind: Service\nspec: {}", "no object in it has a pod template: Service"}, {"# nothing\n", "it holds no object"}, {"a: [", "not YAML"},
	} {
		if _, err := podsOfManifest([]byte(c.manifest)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.manifest, err, c.want)
		}
	}
	pods, err := podsOfManifest([]byte("kind: Pod\nspec: {nodeSelector: {kubernetes.io/os: windows}}"))
	if err != nil || len(pods) != 1 || !strings.Contains(pods[0].exempt(), "Windows") {
		t.Errorf("a pod on Windows: %+v, %v", pods, err)
	}
}

func TestExplainDecidesAsTheWebhookDoes(t *testing.T) {
	selector := &steps.Selector{MatchLabels: map[string]string{"app": "web"}}
	s := &steps.Snapshot{}
	s.Cloud.SecurityGroups = []steps.SecurityGroup{{ID: "sg-1", Name: "pods"}}
	s.Kube.Policies = []steps.PodPolicy{
		{ObjectFacts: steps.ObjectFacts{Namespace: "shop", Name: "web"}, PodSelector: selector, GroupIDs: []string{"sg-1", "sg-2"}},
		{ObjectFacts: steps.ObjectFacts{Namespace: "elsewhere", Name: "web"}, PodSelector: selector, GroupIDs: []string{"sg-3"}},
		{ObjectFacts: steps.ObjectFacts{Namespace: "shop", Name: "broken"}, GroupIDs: []string{"sg-4"}},
	}
	e, err := explain(s, podDescription{namespace: "shop", labels: map[string]string{"app": "web"}, serviceAccount: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Groups) != 2 || e.Groups[0].Name != "pods" || len(e.Policies) != 1 || !e.BranchENI {
		t.Errorf("got %+v", e)
	}
	if notes := strings.Join(e.Notes, "\n"); !strings.Contains(notes, "policy broken is ignored") || !strings.Contains(notes, "sg-2 does not exist") {
		t.Errorf("notes: %s", notes)
	}
	if e, err = explain(s, podDescription{namespace: "shop", labels: map[string]string{"app": "web"}, hostNetwork: true}); err != nil || e.BranchENI {
		t.Errorf("a pod of the host network gets %+v, %v", e, err)
	}
}

func TestProgressIsToldWhenItChangesAndNotTooOften(t *testing.T) {
	var out buffer
	r := newReporter(newConsole(nil, io.Discard, &out, nil), slog.New(slog.DiscardHandler))
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for i, text := range []string{"1 of 9", "1 of 9", "2 of 9", "3 of 9"} {
		r.observe(steps.Event{Type: steps.EventChangeProgress, Change: "cni", Summary: "roll out", At: start.Add(time.Duration(i) * 6 * time.Second), Progress: &steps.Progress{Text: text}})
	}
	if got := out.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, "1 of 9") || !strings.Contains(got, "2 of 9") {
		t.Errorf("got %q", got)
	}
}

func TestTheCallsOfAServedWorldAreListed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `[{"at":"2026-03-01T10:00:00Z","service":"ec2","action":"DescribeVpcs","mutating":false},
			{"at":"2026-03-01T10:00:01Z","service":"ec2","action":"CreateSecurityGroup","mutating":true,"error":"InvalidGroup.Duplicate"}]`)
	}))
	defer server.Close()
	r := run{args: []string{"sandbox", "calls", "--mutating"}, environ: []string{"PODSG_SANDBOX_URL=" + server.URL}}
	if code := r.do(); code != 0 || !strings.Contains(r.out.String(), "CreateSecurityGroup") || strings.Contains(r.out.String(), "DescribeVpcs") || !strings.Contains(r.out.String(), "1 call\n") {
		t.Errorf("exit code %d, %s%s", code, r.out.String(), r.err.String())
	}
	server.Close()
	if code := (&run{args: r.args, environ: r.environ}).do(); code != ExitError {
		t.Errorf("with the world gone: exit code %d", code)
	}
}
