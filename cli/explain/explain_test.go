package explain

import (
	"cmp"
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestAPodIsDescribedByAManifestOfAnyWorkload(t *testing.T) {
	for _, c := range []struct{ name, manifest, namespace, app, account string }{
		{"a pod", "kind: Pod\nmetadata: {namespace: shop, labels: {app: web}}\nspec: {serviceAccountName: sa}", "shop", "web", "sa"},
		{"a deployment", "kind: Deployment\nmetadata: {namespace: shop, labels: {app: other}}\nspec: {template: {metadata: {labels: {app: web}}, spec: {}}}", "shop", "web", ""},
		{"a cron job", "kind: CronJob\nmetadata: {}\nspec: {jobTemplate: {spec: {template: {metadata: {labels: {app: web}}}}}}", "", "web", ""},
	} {
		pods, err := podsOfManifest([]byte(c.manifest))
		if err != nil || len(pods) != 1 || pods[0].Namespace != c.namespace || pods[0].labels["app"] != c.app || pods[0].serviceAccount != cmp.Or(c.account, "default") {
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
	selector := &world.Selector{MatchLabels: map[string]string{"app": "web"}}
	s := &world.Snapshot{}
	s.Cloud.SecurityGroups = []world.SecurityGroup{{ID: "sg-1", Name: "pods"}}
	s.Kube.Policies = []world.PodPolicy{
		{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "web"}, PodSelector: selector, GroupIDs: []string{"sg-1", "sg-2"}},
		{ObjectFacts: world.ObjectFacts{Namespace: "elsewhere", Name: "web"}, PodSelector: selector, GroupIDs: []string{"sg-3"}},
		{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "broken"}, GroupIDs: []string{"sg-4"}},
	}
	e, err := Decide(s, Pod{Namespace: "shop", labels: map[string]string{"app": "web"}, serviceAccount: "default"})
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Groups) != 2 || e.Groups[0].Name != "pods" || len(e.Policies) != 1 || !e.BranchENI {
		t.Errorf("got %+v", e)
	}
	if notes := strings.Join(e.Notes, "\n"); !strings.Contains(notes, "policy broken is ignored") || !strings.Contains(notes, "sg-2 does not exist") {
		t.Errorf("notes: %s", notes)
	}
	if e, err = Decide(s, Pod{Namespace: "shop", labels: map[string]string{"app": "web"}, hostNetwork: true}); err != nil || e.BranchENI {
		t.Errorf("a pod of the host network gets %+v, %v", e, err)
	}
}
