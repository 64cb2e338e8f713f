package lint

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps/world"
)

// The parts that the cases are made of.
const (
	goodPolicy = `
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  securityGroups: {groupIds: [sg-0123456789abcdef0]}
`
	goodDeployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, labels: {app: api}}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
      - name: api
        readinessProbe: {httpGet: {path: /, port: 8080}}
`
)

// with replaces a part of a manifest, which must be there.
func with(text, old, changed string) string {
	if !strings.Contains(text, old) {
		panic("no " + old)
	}
	return strings.Replace(text, old, changed, 1)
}

func judged(t *testing.T, text string, cluster *world.Snapshot) []Finding {
	t.Helper()
	m, err := Read([]string{"-"}, func(string) ([]byte, error) { return []byte(text), nil })
	if err != nil {
		t.Fatal(err)
	}
	return Judge(m, cluster)
}

func TestEachRuleFindsItsMistake(t *testing.T) {
	strict := func() *world.Snapshot {
		s := &world.Snapshot{}
		s.Cloud.Cluster = world.Cluster{Name: "workshop", VPCID: "vpc-1", SecurityGroupID: "sg-0000000000000cafe"}
		s.Cloud.SecurityGroups = []world.SecurityGroup{{ID: "sg-0123456789abcdef0"}, {ID: "sg-0000000000000cafe"}}
		s.Kube.CNI = &world.CNI{Env: map[string]string{world.EnvEnforcingMode: world.ModeStrict}, InitEnv: map[string]string{}}
		return s
	}
	network := `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress: [{ports: [{port: 5432}]}]
`
	for name, c := range map[string]struct {
		text    string
		cluster *world.Snapshot
		want    string // rule and level; empty: none
		says    string
	}{
		"all is well":                  {text: goodPolicy + "---" + goodDeployment},
		"a policy alone":               {text: goodPolicy},
		"a name for an id":             {text: with(goodPolicy, "sg-0123456789abcdef0", "POD_SG"), want: "L01 error", says: `"POD_SG" is not the id`},
		"an empty id":                  {text: with(goodPolicy, "sg-0123456789abcdef0", `""`), want: "L01 error"},
		"no groups":                    {text: with(goodPolicy, "[sg-0123456789abcdef0]", "[]"), want: "L01 error", says: "ignores it"},
		"six groups":                   {text: with(goodPolicy, "[sg-0", "[sg-00000001, sg-00000002, sg-00000003, sg-00000004, sg-00000005, sg-0"), want: "L01 warning"},
		"a misspelt field":             {text: with(goodPolicy, "podSelector", "podSelctor") + "---" + goodDeployment, want: "L02 error", says: "spec.podSelctor"},
		"an empty selector":            {text: with(goodPolicy, "{matchLabels: {app: api}}", "{}"), want: "L03 warning"},
		"an operator that is none":     {text: with(goodPolicy, "{matchLabels: {app: api}}", "{matchExpressions: [{key: app, operator: Equals, values: [api]}]}") + "---" + goodDeployment, want: "L04 error"},
		"nothing is selected":          {text: with(goodPolicy, "app: api", "app: web") + "---" + goodDeployment, want: "L05 warning", says: "app=web"},
		"the label of the Deployment":  {text: goodPolicy + "---" + with(goodDeployment, "metadata: {labels: {app: api}}\n    spec", "metadata: {labels: {role: api}}\n    spec"), want: "L05 error", says: "spec.template.metadata.labels"},
		"pods of another namespace":    {text: goodPolicy + "---" + with(goodDeployment, "namespace: shop", "namespace: other")},
		"both selectors":               {text: with(goodPolicy, "  securityGroups", "  serviceAccountSelector: {matchLabels: {app: api}}\n  securityGroups"), want: "L06 warning"},
		"host network":                 {text: goodPolicy + "---" + with(goodDeployment, "containers:", "hostNetwork: true\n      containers:"), want: "L07 warning"},
		"windows":                      {text: goodPolicy + "---" + with(goodDeployment, "containers:", "nodeSelector: {kubernetes.io/os: windows}\n      containers:"), want: "L07 warning"},
		"a copied annotation":          {text: with(goodDeployment, "metadata: {labels: {app: api}}\n", "metadata: {annotations: {vpc.amazonaws.com/pod-eni: x}}\n"), want: "L08 error"},
		"the label of old controllers": {text: with(goodDeployment, "containers:", "nodeSelector: {vpc.amazonaws.com/has-trunk-attached: \"true\"}\n      containers:"), want: "L09 error"},
		"DNS is denied":                {text: goodPolicy + "---" + goodDeployment + "---" + network, want: "L10 warning"},
		"DNS is allowed":               {text: goodPolicy + "---" + goodDeployment + "---" + with(network, "port: 5432", "port: 53, protocol: UDP")},
		"NetworkPolicy of other pods":  {text: goodPolicy + "---" + goodDeployment + "---" + with(network, "podSelector: {}", "podSelector: {matchLabels: {app: web}}")},
		"Fargate":                      {text: goodPolicy + "---" + with(goodDeployment, "metadata: {labels: {app: api}}\n", "metadata: {labels: {app: api, eks.amazonaws.com/fargate-profile: fp}}\n"), want: "L11 warning"},
		"probes, strictly":             {text: goodPolicy + "---" + goodDeployment, cluster: strict(), want: "L12 error"},
		"no probes, strictly":          {text: goodPolicy + "---" + with(goodDeployment, "readinessProbe", "other"), cluster: strict()},
		"a group that is not there":    {text: with(goodPolicy, "sg-0123456789abcdef0", "sg-0123456789abcdef9"), cluster: strict(), want: "L13 error"},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			text := ""
			for _, f := range judged(t, c.text, c.cluster) {
				got = append(got, f.Rule+" "+string(f.Level))
				text += f.Reason.String() + "; " + f.Fix.String() + "\n"
			}
			if strings.Join(got, ", ") != c.want || !strings.Contains(text, c.says) {
				t.Errorf("found %q, want %q with %q; all of it:\n%s", got, c.want, c.says, text)
			}
		})
	}
}

func TestFindingsNameFileAndLine(t *testing.T) {
	text := "apiVersion: v1\nkind: List\nitems:\n- apiVersion: vpcresources.k8s.aws/v1beta1\n  kind: SecurityGroupPolicy\n  metadata: {name: one}\n  spec:\n    podSelector: {matchLabels: {app: x}}\n    securityGroups:\n      groupIds: [nonsense]\n"
	found := judged(t, text, nil)
	if len(found) != 1 || found[0].Line != 10 || found[0].Object != "SecurityGroupPolicy one" {
		t.Fatalf("found %+v", found)
	}
	r := &Result{Findings: found, Summary: Summary{Objects: 1, Errors: 1}}
	if text := r.Text(console.Style{}, console.Width); !strings.HasPrefix(text, "-:10: error L01 SecurityGroupPolicy one\n") || !strings.HasSuffix(text, "\n1 object, 1 error, 0 warnings\n") {
		t.Errorf("got\n%s", text)
	}
}

func TestWhatIsNoManifestIsRefusedWithWhereAndWhy(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"a template of Helm": {"kind: {{ .Values.kind }}\n", "helm template"},
		"no YAML":            {"a: b: c\n", "not YAML"},
		"a list of numbers":  {"[1, 2]\n", "no Kubernetes object"},
		"nothing":            {"# a comment\n", "no object"},
		"a wrong type":       {"kind: SecurityGroupPolicy\nspec: {securityGroups: {groupIds: 3}}\n", "line"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read([]string{"-"}, func(string) ([]byte, error) { return []byte(c.text), nil })
			var p *world.Problem
			if !errors.As(err, &p) || p.Kind != world.ProblemUsage || !strings.Contains(fmt.Sprint(err, " ", p.Hint), c.says) {
				t.Errorf("got %v (%+v), want a usage problem with %q", err, p, c.says)
			}
		})
	}
}

func TestRulesHaveIDsInOrder(t *testing.T) {
	for i, r := range Rules() {
		if r.ID != fmt.Sprintf("L%02d", i+1) || r.Title == "" {
			t.Errorf("rule %d is %s %q", i+1, r.ID, r.Title)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(goodPolicy + "---" + goodDeployment)
	f.Add("kind: List\nitems: [{kind: Pod}, null, 3]")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Read([]string{"-"}, func(string) ([]byte, error) { return []byte(text), nil })
		if err == nil {
			Judge(m, nil)
		}
	})
}
