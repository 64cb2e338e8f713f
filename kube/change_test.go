package kube_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// policyManifest is a SecurityGroupPolicy that podsg makes.
func policyManifest(groups ...any) plan.Manifest {
	return plan.Manifest{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy",
		"metadata": map[string]any{"name": "allow-rds", "namespace": "workshop", "labels": map[string]string{world.LabelManagedBy: world.ManagedBy}},
		"spec":     map[string]any{"podSelector": map[string]any{}, "securityGroups": map[string]any{"groupIds": groups}},
	}
}

var policyRef = plan.ObjectRef{APIVersion: "vpcresources.k8s.aws/v1beta1", Kind: "SecurityGroupPolicy", Namespace: "workshop", Name: "allow-rds"}

func TestApplyMakesAnObjectOnceAndThenUpdatesIt(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	for _, step := range []struct {
		group   string
		created bool
	}{{"sg-1", true}, {"sg-1", false}, {"sg-2", false}} {
		created, err := c.Apply(t.Context(), policyManifest(step.group))
		if err != nil || created != step.created {
			t.Fatalf("apply %s: created %v, %v", step.group, created, err)
		}
	}
	live, err := as[*unstructured.Unstructured](w, gvr.SecurityGroupPolicies).Get("workshop", "allow-rds")
	if err != nil {
		t.Fatal(err)
	}
	if managers := live.GetManagedFields(); len(managers) != 1 || managers[0].Manager != "podsg" || live.GetGeneration() != 2 {
		t.Errorf("got generation %d and managers %v", live.GetGeneration(), managers)
	}
}

func TestApplyRefusesToTakeWhatIsNotOurs(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	config := func(owned bool, data map[string]any) plan.Manifest {
		meta := map[string]any{"name": "settings", "namespace": "workshop"}
		if owned {
			meta["labels"] = map[string]any{world.LabelManagedBy: world.ManagedBy}
		}
		return plan.Manifest{"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}
	}
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "settings", Namespace: "workshop"}, Data: map[string]string{"mode": "theirs"}})

	tests := map[string]struct {
		manifest plan.Manifest
		kind     world.ProblemKind
		says     []string
	}{
		"an object that others made": {config(true, map[string]any{"mode": "ours"}), world.ProblemChanged, []string{"workshop/settings", "podsg did not make it"}},
		"a field that others own":    {config(false, map[string]any{"mode": "ours"}), world.ProblemChanged, []string{".data.mode", `"test"`}},
		"a field that does not exist": {plan.Manifest{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "new", "namespace": "workshop"}, "dota": map[string]any{},
		}, world.ProblemFailed, []string{"dota"}},
		"a kind that does not exist": {plan.Manifest{
			"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": map[string]any{"name": "new"},
		}, world.ProblemFailed, []string{"Gadget", "example.com/v1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.Apply(t.Context(), tt.manifest)
			if err == nil || world.KindOf(err) != tt.kind {
				t.Fatalf("got %v of kind %d", err, world.KindOf(err))
			}
			for _, text := range tt.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q does not say %q", err, text)
				}
			}
		})
	}
	live, err := as[*corev1.ConfigMap](w, gvr.ConfigMaps).Get("workshop", "settings")
	if err != nil || live.Data["mode"] != "theirs" || live.Labels != nil {
		t.Errorf("the object is now %+v, %v", live, err)
	}
	if _, err := c.Apply(t.Context(), config(false, map[string]any{"more": "ours"})); err != nil {
		t.Errorf("a field that nobody owns: %v", err)
	}
}

func TestDeleteRemovesOnlyWhatPodsgMade(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	if err := c.Delete(t.Context(), policyRef); err != nil {
		t.Errorf("delete what is missing: %v", err)
	}
	if _, err := c.Apply(t.Context(), policyManifest("sg-1")); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), policyRef); err != nil {
		t.Fatal(err)
	}
	if err := c.WaitGone(t.Context(), policyRef, nil); err != nil {
		t.Errorf("wait until it is gone: %v", err)
	}
	w.pod(t, "workshop", "theirs")
	err := c.Delete(t.Context(), plan.ObjectRef{APIVersion: "v1", Kind: "Pod", Namespace: "workshop", Name: "theirs"})
	if world.KindOf(err) != world.ProblemChanged {
		t.Errorf("deleting what others made gave %v", err)
	}
	if _, err := as[*corev1.Pod](w, gvr.Pods).Get("workshop", "theirs"); err != nil {
		t.Errorf("it is gone: %v", err)
	}
}

func TestWaitGoneSaysWhatHoldsTheObject(t *testing.T) {
	w := newWorld(t)
	c := w.connect(t, adminToken)
	maps := as[*corev1.ConfigMap](w, gvr.ConfigMaps)
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: "held", Namespace: "workshop", Finalizers: []string{"example.com/hold"}, Labels: map[string]string{world.LabelManagedBy: world.ManagedBy},
	}})
	ref := plan.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: "workshop", Name: "held"}
	if err := c.Delete(t.Context(), ref); err != nil {
		t.Fatal(err)
	}
	log, done := newProgressLog(), make(chan error, 1)
	go func() { done <- c.WaitGone(t.Context(), ref, log.add) }()
	log.await(t, func(text string) bool {
		return strings.Contains(text, "held") && strings.Contains(text, "example.com/hold")
	})
	if _, err := maps.Mutate("workshop", "held", func(cm *corev1.ConfigMap) error { cm.Finalizers = nil; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSetCNIEnvTouchesNothingElse(t *testing.T) {
	w := newWorld(t)
	w.cni(t, 1)
	c := w.connect(t, adminToken)
	sets := as[*appsv1.DaemonSet](w, gvr.DaemonSets)
	before, err := sets.Get("kube-system", "aws-node")
	if err != nil {
		t.Fatal(err)
	}
	err = c.SetCNIEnv(t.Context(), plan.CNIEnv{
		Env:     map[string]*string{"ENABLE_POD_ENI": ptr.To("true"), "WARM_ENI_TARGET": ptr.To("2"), "AWS_VPC_K8S_CNI_LOGLEVEL": nil},
		InitEnv: map[string]*string{"DISABLE_TCP_EARLY_DEMUX": ptr.To("true")},
	})
	if err != nil {
		t.Fatal(err)
	}
	after, err := sets.Get("kube-system", "aws-node")
	if err != nil {
		t.Fatal(err)
	}
	want := before.Spec.Template.Spec.DeepCopy()
	// New elements of a list that is merged by key come first.
	want.InitContainers[0].Env = append([]corev1.EnvVar{{Name: "DISABLE_TCP_EARLY_DEMUX", Value: "true"}}, want.InitContainers[0].Env...)
	want.Containers[0].Env = []corev1.EnvVar{{Name: "ENABLE_POD_ENI", Value: "true"}, {Name: "WARM_ENI_TARGET", Value: "2"}}
	if got := after.Spec.Template.Spec; !sameEnv(got.Containers[0].Env, want.Containers[0].Env) || !sameEnv(got.InitContainers[0].Env, want.InitContainers[0].Env) {
		t.Errorf("got %v and %v", got.Containers[0].Env, got.InitContainers[0].Env)
	}
	if got := after.Spec.Template.Spec; got.Containers[1].Env[0].Value != "x" || got.Containers[0].Image != want.Containers[0].Image || len(got.Containers) != 2 {
		t.Errorf("other parts changed: %+v", got.Containers)
	}
}

// sameEnv compares environments without regard to order.
func sameEnv(a, b []corev1.EnvVar) bool {
	values := func(list []corev1.EnvVar) map[string]string {
		m := map[string]string{}
		for _, v := range list {
			m[v.Name] = v.Value
			if v.ValueFrom != nil {
				m[v.Name] = "from " + v.ValueFrom.String()
			}
		}
		return m
	}
	x, y := values(a), values(b)
	if len(x) != len(y) {
		return false
	}
	for k := range x {
		if x[k] != y[k] {
			return false
		}
	}
	return true
}

func TestSetCNIEnvNeverAddsAContainer(t *testing.T) {
	w := newWorld(t)
	w.cni(t, 1)
	if _, err := as[*appsv1.DaemonSet](w, gvr.DaemonSets).Mutate("kube-system", "aws-node", func(ds *appsv1.DaemonSet) error {
		ds.Spec.Template.Spec.InitContainers = nil
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	err := w.connect(t, adminToken).SetCNIEnv(t.Context(), plan.CNIEnv{InitEnv: map[string]*string{"DISABLE_TCP_EARLY_DEMUX": ptr.To("true")}})
	if world.KindOf(err) != world.ProblemChanged || !strings.Contains(err.Error(), "aws-vpc-cni-init") {
		t.Errorf("got %v", err)
	}
}

func TestSecretPasswordNamesTheKeysThereAre(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.Secrets, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "db", Namespace: "workshop"}, Data: map[string][]byte{"pw": []byte("s3cret"), "host": nil}})
	c := w.connect(t, adminToken)
	password, err := c.SecretPassword(t.Context(), "workshop", "db", "pw")
	if err != nil || password.Reveal() != "s3cret" {
		t.Errorf("got %v, %v", password, err)
	}
	_, err = c.SecretPassword(t.Context(), "workshop", "db", "password")
	if world.KindOf(err) != world.ProblemNotFound || !strings.Contains(err.Error(), "host, pw") {
		t.Errorf("got %v", err)
	}
}
