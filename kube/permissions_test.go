package kube_test

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"podsg/kube/access"
	"podsg/sandbox/kubeapi"
	practice "podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// granting allows exactly some permissions.
func granting(permissions []access.Permission) practice.Authorizer {
	return func(a practice.Attributes) (bool, string) {
		resource := a.Resource
		if a.Subresource != "" {
			resource += "/" + a.Subresource
		}
		for _, p := range permissions {
			if p.Verb == a.Verb && p.Group == a.Group && p.Resource == resource && (p.Namespace == "" || p.Namespace == a.Namespace) && (p.Name == "" || p.Name == a.Name) {
				return true, ""
			}
		}
		return false, ""
	}
}

func TestPermissionsToReadAreEnoughToObserve(t *testing.T) {
	var reading []access.Permission
	for _, p := range access.Permissions("workshop") {
		if !p.Write {
			reading = append(reading, p)
		}
	}
	book := &logBook{}
	w := newWorld(t, book.serve, func(_ *storage.Config, c *kubeapi.Config) { c.Authorize = granting(reading) })
	w.cni(t, 1)
	w.pod(t, "workshop", "green", wantingBranch, runningSince(time.Now()))
	asked := scope
	asked.DryRunLabels = map[string]string{"app": "green-pod"}
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), asked)
	if len(gaps) > 0 || facts.CNI == nil || len(facts.Pods) != 1 || len(book.names()) != 1 {
		t.Errorf("got gaps %v, CNI %v, pods %v", gaps, facts.CNI, facts.Pods)
	}
}

func TestPermissionsAreEnoughForEveryChange(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = granting(access.Permissions("shop"))
		c.PortForward = echo
		c.Logs = func(_ context.Context, _ *corev1.Pod, _ *corev1.PodLogOptions, out io.Writer) error {
			_, err := io.WriteString(out, "line\n")
			return err
		}
	})
	w.cni(t, 1)
	w.node(t, "a", "m5.large", 9)
	c, ctx := w.connect(t, guestToken), t.Context()
	if denied := observe(t, c, plan.KubeScope{Namespace: "shop", Secret: "rds"}).DeniedAccess; len(denied) > 0 {
		t.Errorf("denied: %v", denied)
	}
	check := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	release, _, err := c.Lock(ctx, "tester", func(plan.Progress) {})
	check("lock", err)
	check("save the journal", c.SaveJournal(ctx, &world.Journal{Version: 1}))
	check("save it again", c.SaveJournal(ctx, &world.Journal{Version: 1, Cluster: "workshop"}))
	check("set the environment", c.SetCNIEnv(ctx, plan.CNIEnv{Env: map[string]*string{"ENABLE_POD_ENI": ptr.To("true")}}))
	w.rolled(t, 1, 1, 1)
	check("wait for the rollout", c.WaitCNIRollout(ctx, nil))
	check("wait for a trunk", c.WaitTrunk(ctx, plan.TrunkWait{Nodes: []string{"a"}}, nil))

	template := map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "green"}},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "main", "image": "example"}}},
	}
	owned := func(apiVersion, kind, name string, fields map[string]any) plan.Manifest {
		m := plan.Manifest{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{
			"name": name, "namespace": "shop", "labels": map[string]any{world.LabelManagedBy: world.ManagedBy},
		}}
		if kind == "Namespace" {
			delete(m["metadata"].(map[string]any), "namespace")
		}
		for k, v := range fields {
			m[k] = v
		}
		return m
	}
	manifests := []plan.Manifest{
		owned("v1", "Namespace", "shop", nil),
		owned("v1", "Secret", "rds", nil),
		owned("v1", "ConfigMap", "podsg-rds-ca", nil),
		owned("v1", "Pod", "relay", map[string]any{"spec": template["spec"]}),
		owned("apps/v1", "Deployment", "green", map[string]any{"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "green"}}, "template": template,
		}}),
		owned("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", "allow", map[string]any{"spec": map[string]any{
			"podSelector": map[string]any{}, "securityGroups": map[string]any{"groupIds": []any{"sg-1"}},
		}}),
	}
	for _, m := range manifests {
		_, err := c.Apply(ctx, m)
		check(fmt.Sprint("apply ", m["kind"]), err)
	}
	setStatus(t, w, gvr.Pods, "shop", "relay", isRunning)
	_, err = c.WaitPods(ctx, "shop", nil, running, nil)
	check("wait for pods", err)
	_, stop, err := c.ForwardPod(ctx, "shop", "relay", 5432)
	check("forward a port", err)
	if err == nil {
		stop()
	}
	_, err = c.SecretPassword(ctx, "shop", "rds", "password")
	if world.KindOf(err) != world.ProblemNotFound {
		t.Errorf("read the password: %v", err)
	}
	_, err = c.PodEvents(ctx, "shop", "relay")
	check("list events", err)

	foreign, err := c.ForeignObjects(ctx, "shop")
	check("look into the namespace", err)
	if len(foreign) > 0 {
		t.Errorf("foreign: %v", foreign)
	}

	check("delete the service account of an older podsg", c.Delete(ctx, plan.ObjectRef{APIVersion: "v1", Kind: "ServiceAccount", Namespace: "shop", Name: "green"}))
	check("release the lock", release(ctx))
	check("delete the journal", c.DeleteJournal(ctx))
	for i := len(manifests) - 1; i >= 0; i-- {
		ref := manifests[i].Ref()
		check("delete "+ref.Kind, c.Delete(ctx, ref))
		// Nobody ends pods or empties namespaces here.
		if ref.Kind != "Pod" && ref.Kind != "Namespace" {
			check("wait until it is gone: "+ref.Kind, c.WaitGone(ctx, ref, nil))
		}
	}
}
