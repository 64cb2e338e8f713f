package kubeapi_test

import (
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	appsac "k8s.io/client-go/applyconfigurations/apps/v1"
	coreac "k8s.io/client-go/applyconfigurations/core/v1"
	metaac "k8s.io/client-go/applyconfigurations/meta/v1"

	"podsg/sandbox/kubeapi/gvr"
)

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "workshop"}, Data: data}
}

func daemonSet(env ...corev1.EnvVar) *appsv1.DaemonSet {
	labels := map[string]string{"k8s-app": "aws-node"}
	return &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Name: "aws-node", Namespace: "kube-system", Labels: labels},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{
					{Name: "aws-node", Image: "cni:v1", Env: env},
					{Name: "aws-eks-nodeagent", Image: "agent:v1"},
				}},
			},
		},
	}
}

func policy(name string, groups ...any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1",
		"kind":       "SecurityGroupPolicy",
		"metadata":   map[string]any{"name": name, "namespace": "workshop"},
		"spec": map[string]any{
			"podSelector":    map[string]any{"matchLabels": map[string]any{"app": "green-pod"}},
			"securityGroups": map[string]any{"groupIds": groups},
		},
	}}
}

func TestCreateFillsInWhatTheServerOwns(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	created, err := w.typed.AppsV1().DaemonSets("kube-system").Create(ctx, daemonSet(), metav1.CreateOptions{FieldManager: "eks"})
	if err != nil {
		t.Fatal(err)
	}
	if created.UID == "" || created.ResourceVersion == "" || created.CreationTimestamp.IsZero() || created.Generation != 1 {
		t.Errorf("metadata = %+v, want uid, version, time and generation 1", created.ObjectMeta)
	}
	if created.Spec.UpdateStrategy.Type != appsv1.RollingUpdateDaemonSetStrategyType || created.Spec.UpdateStrategy.RollingUpdate.MaxUnavailable.IntVal != 1 {
		t.Errorf("update strategy = %+v, want the default", created.Spec.UpdateStrategy)
	}
	if got := created.ManagedFields; len(got) != 1 || got[0].Manager != "eks" || got[0].Operation != metav1.ManagedFieldsOperationUpdate {
		t.Errorf("managed fields = %+v, want one entry of eks", got)
	}
	secret, err := w.typed.CoreV1().Secrets("workshop").Create(ctx, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "rds-"},
		StringData: map[string]string{"password": "p"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(secret.Name) != len("rds-")+5 || string(secret.Data["password"]) != "p" || secret.StringData != nil {
		t.Errorf("secret = %q %v, want a generated name and stringData moved to data", secret.Name, secret.Data)
	}
}

// refusals are requests that the API server must refuse, with the words that a
// real kube-apiserver 1.36 answered them with.
func TestRefusalsHaveTheCodeAndWordsOfARealServer(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	must(t)(w.typed.AppsV1().DaemonSets("kube-system").Create(ctx, daemonSet(), metav1.CreateOptions{}))
	must(t)(w.typed.CoreV1().ConfigMaps("workshop").Create(ctx, configMap("there", nil), metav1.CreateOptions{}))
	policies := w.untyped.Resource(gvr.SecurityGroupPolicies).Namespace("workshop")
	must(t)(policies.Create(ctx, policy("there", "sg-1"), metav1.CreateOptions{}))

	tests := map[string]struct {
		do   func() error
		code int32
		text string
	}{
		"an object that exists": {
			func() error {
				_, err := w.typed.CoreV1().ConfigMaps("workshop").Create(ctx, configMap("there", nil), metav1.CreateOptions{})
				return err
			}, 409, `configmaps "there" already exists`,
		},
		"a namespace that does not exist": {
			func() error {
				_, err := w.typed.CoreV1().Secrets("nope").Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, metav1.CreateOptions{})
				return err
			}, 404, `namespaces "nope" not found`,
		},
		"a name that is no DNS name": {
			func() error {
				_, err := w.typed.CoreV1().ConfigMaps("workshop").Create(ctx, configMap("Bad_Name", nil), metav1.CreateOptions{})
				return err
			}, 422, `ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain`,
		},
		"a workload without selector and containers": {
			func() error {
				_, err := w.typed.AppsV1().Deployments("workshop").Create(ctx, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "bad"}}, metav1.CreateOptions{})
				return err
			}, 422, "Deployment.apps \"bad\" is invalid: [spec.selector: Required value, spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`, spec.template.spec.containers: Required value]",
		},
		"a policy without groups": {
			func() error {
				_, err := policies.Create(ctx, policy("none", []any{}...), metav1.CreateOptions{})
				return err
			}, 422, "spec.securityGroups.groupIds",
		},
		"a policy of the wrong type": {
			func() error {
				wrong := policy("wrong", "sg-1")
				wrong.Object["spec"].(map[string]any)["podSelector"] = "x"
				_, err := policies.Create(ctx, wrong, metav1.CreateOptions{})
				return err
			}, 422, `spec.podSelector: Invalid value: "string": spec.podSelector in body must be of type object: "string"`,
		},
		"an unknown field under strict validation": {
			func() error {
				wrong := policy("strict", "sg-1")
				wrong.Object["spec"].(map[string]any)["foo"] = "x"
				_, err := policies.Create(ctx, wrong, metav1.CreateOptions{FieldValidation: "Strict"})
				return err
			}, 400, `SecurityGroupPolicy in version "v1beta1" cannot be handled as a SecurityGroupPolicy: strict decoding error: unknown field "spec.foo"`,
		},
		"an unknown field in an apply": {
			func() error {
				wrong := policy("there", "sg-1")
				wrong.Object["spec"].(map[string]any)["foo"] = "x"
				_, err := policies.Apply(ctx, "there", wrong, metav1.ApplyOptions{FieldManager: "m"})
				return err
			}, 500, ".spec.foo: field not declared in schema",
		},
		"a strategic merge of a custom resource": {
			func() error {
				_, err := policies.Patch(ctx, "there", types.StrategicMergePatchType, []byte(`{"spec":{}}`), metav1.PatchOptions{})
				return err
			}, 415, "accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
		},
		"a JSON patch whose test fails": {
			func() error {
				_, err := w.typed.AppsV1().DaemonSets("kube-system").Patch(ctx, "aws-node", types.JSONPatchType,
					[]byte(`[{"op":"test","path":"/metadata/name","value":"x"}]`), metav1.PatchOptions{})
				return err
			}, 422, "the server rejected our request due to an error in our request",
		},
		"an unknown field selector": {
			func() error {
				_, err := w.typed.CoreV1().Pods("workshop").List(ctx, metav1.ListOptions{FieldSelector: "spec.foo=x"})
				return err
			}, 400, "field label not supported: spec.foo",
		},
		"a changed selector": {
			func() error {
				_, err := w.typed.AppsV1().DaemonSets("kube-system").Patch(ctx, "aws-node", types.JSONPatchType,
					[]byte(`[{"op":"add","path":"/spec/selector/matchLabels/k8s-app","value":"x"},{"op":"add","path":"/spec/template/metadata/labels/k8s-app","value":"x"}]`), metav1.PatchOptions{})
				return err
			}, 422, "spec.selector: Invalid value: ",
		},
		"the deletion of the default namespace": {
			func() error { return w.typed.CoreV1().Namespaces().Delete(ctx, "default", metav1.DeleteOptions{}) },
			403, `namespaces "default" is forbidden: this namespace may not be deleted`,
		},
		"a patch that changes the name": {
			func() error {
				_, err := policies.Patch(ctx, "there", types.MergePatchType, []byte(`{"metadata":{"name":"other"}}`), metav1.PatchOptions{})
				return err
			}, 400, "the name of the object (other) does not match the name on the URL (there)",
		},
		"a Lease that lasts no time": {
			func() error {
				none := int32(0)
				_, err := w.typed.CoordinationV1().Leases("workshop").Create(ctx, &coordinationv1.Lease{
					ObjectMeta: metav1.ObjectMeta{Name: "x"}, Spec: coordinationv1.LeaseSpec{LeaseDurationSeconds: &none},
				}, metav1.CreateOptions{})
				return err
			}, 422, "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
		},
		"an illegal label selector": {
			func() error {
				_, err := w.typed.CoreV1().Pods("workshop").List(ctx, metav1.ListOptions{LabelSelector: "n in"})
				return err
			}, 400, "unable to parse requirement: found '' expected: '('",
		},
		"an unknown dryRun value": {
			func() error {
				_, err := w.typed.CoreV1().ConfigMaps("workshop").Create(ctx, configMap("x", nil), metav1.CreateOptions{DryRun: []string{"Some"}})
				return err
			}, 422, `dryRun: Unsupported value: ["Some"]`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.do()
			status := apierrors.APIStatus(nil)
			if !asStatus(err, &status) || status.Status().Code != test.code || !strings.Contains(err.Error(), test.text) {
				t.Errorf("error = %v\nwant %d with %q", err, test.code, test.text)
			}
		})
	}
}

func TestStaleUpdateConflicts(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	first, err := maps.Create(ctx, configMap("c", map[string]string{"k": "0"}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	second := first.DeepCopy()
	first.Data["k"] = "1"
	must(t)(maps.Update(ctx, first, metav1.UpdateOptions{}))
	second.Data["k"] = "2"
	_, err = maps.Update(ctx, second, metav1.UpdateOptions{})
	if !apierrors.IsConflict(err) {
		t.Fatalf("stale update = %v, want a conflict", err)
	}
	second.ResourceVersion = ""
	if _, err := maps.Update(ctx, second, metav1.UpdateOptions{}); err != nil {
		t.Errorf("unconditional update = %v", err)
	}
}

func TestStrategicMergeChangesOneVariableAndCountsTheGeneration(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	sets := w.typed.AppsV1().DaemonSets("kube-system")
	before, err := sets.Create(ctx, daemonSet(corev1.EnvVar{Name: "WARM_ENI_TARGET", Value: "1"}), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[{"name":"ENABLE_POD_ENI","value":"true"}]}]}}}}`)
	after, err := sets.Patch(ctx, "aws-node", types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "podsg"})
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, e := range after.Spec.Template.Spec.Containers[0].Env {
		env[e.Name] = e.Value
	}
	if len(after.Spec.Template.Spec.Containers) != 2 || env["WARM_ENI_TARGET"] != "1" || env["ENABLE_POD_ENI"] != "true" {
		t.Errorf("containers = %+v, want both, with both variables", after.Spec.Template.Spec.Containers)
	}
	if after.Generation != before.Generation+1 {
		t.Errorf("generation = %d, want %d", after.Generation, before.Generation+1)
	}
	again, err := sets.Patch(ctx, "aws-node", types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "podsg"})
	if err != nil {
		t.Fatal(err)
	}
	if again.ResourceVersion != after.ResourceVersion {
		t.Errorf("the same patch again moved the version from %s to %s", after.ResourceVersion, again.ResourceVersion)
	}
}

func TestStatusAndSpecAreWrittenApart(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	sets := w.typed.AppsV1().DaemonSets("kube-system")
	created, err := sets.Create(ctx, daemonSet(), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	viaObject, err := sets.Patch(ctx, "aws-node", types.MergePatchType, []byte(`{"status":{"numberReady":7}}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if viaObject.Status.NumberReady != 0 {
		t.Error("the status was written through the object")
	}
	created.Status.NumberReady = 7
	created.Spec.MinReadySeconds = 9
	viaStatus, err := sets.UpdateStatus(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if viaStatus.Status.NumberReady != 7 || viaStatus.Spec.MinReadySeconds != 0 || viaStatus.Generation != 1 {
		t.Errorf("status %d, minReadySeconds %d, generation %d; want 7, 0, 1",
			viaStatus.Status.NumberReady, viaStatus.Spec.MinReadySeconds, viaStatus.Generation)
	}
}

func TestServerSideApplyOwnsFields(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	policies := w.untyped.Resource(gvr.SecurityGroupPolicies).Namespace("workshop")
	first, err := policies.Apply(ctx, "allow", policy("allow", "sg-1"), metav1.ApplyOptions{FieldManager: "podsg"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := policies.Apply(ctx, "allow", policy("allow", "sg-1"), metav1.ApplyOptions{FieldManager: "podsg"})
	if err != nil {
		t.Fatal(err)
	}
	if again.GetResourceVersion() != first.GetResourceVersion() {
		t.Error("applying the same again moved the version")
	}
	_, err = policies.Apply(ctx, "allow", policy("allow", "sg-2"), metav1.ApplyOptions{FieldManager: "kubectl"})
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `Apply failed with 1 conflict: conflict with "podsg": .spec.securityGroups.groupIds`) {
		t.Errorf("another manager's apply = %v, want a conflict that names podsg and the field", err)
	}
	forced, err := policies.Apply(ctx, "allow", policy("allow", "sg-2"), metav1.ApplyOptions{FieldManager: "kubectl", Force: true})
	if err != nil {
		t.Fatal(err)
	}
	groups, _, _ := unstructured.NestedStringSlice(forced.Object, "spec", "securityGroups", "groupIds")
	if len(groups) != 1 || groups[0] != "sg-2" || forced.GetGeneration() != 2 {
		t.Errorf("forced apply: groups %v, generation %d; want [sg-2], 2", groups, forced.GetGeneration())
	}
}

func TestTwoManagersApplyToOneDeployment(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	deployments := w.typed.AppsV1().Deployments("workshop")
	labels := map[string]string{"app": "green-pod"}
	base := appsac.Deployment("green-pod", "workshop").WithSpec(appsac.DeploymentSpec().
		WithSelector(metaac.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(coreac.PodTemplateSpec().WithLabels(labels).WithSpec(coreac.PodSpec().WithContainers(
			coreac.Container().WithName("c").WithImage("postgres:16").WithEnv(coreac.EnvVar().WithName("A").WithValue("1"))))))
	must(t)(deployments.Apply(ctx, base, metav1.ApplyOptions{FieldManager: "one"}))
	extra := appsac.Deployment("green-pod", "workshop").WithSpec(appsac.DeploymentSpec().
		WithTemplate(coreac.PodTemplateSpec().WithSpec(coreac.PodSpec().WithContainers(
			coreac.Container().WithName("c").WithEnv(coreac.EnvVar().WithName("B").WithValue("2"))))))
	must(t)(deployments.Apply(ctx, extra, metav1.ApplyOptions{FieldManager: "two"}))
	// What a manager no longer states goes, the other's stays.
	base.Spec.Template.Spec.Containers[0].Env = nil
	got, err := deployments.Apply(ctx, base, metav1.ApplyOptions{FieldManager: "one"})
	if err != nil {
		t.Fatal(err)
	}
	env := got.Spec.Template.Spec.Containers[0].Env
	if len(env) != 1 || env[0].Name != "B" {
		t.Errorf("env = %+v, want B of the other manager alone", env)
	}
	if *got.Spec.Replicas != 1 {
		t.Errorf("replicas = %d, want the default", *got.Spec.Replicas)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	must(t)(maps.Create(ctx, configMap("kept", map[string]string{"k": "v"}), metav1.CreateOptions{}))
	before := w.store.Version()
	dry := []string{metav1.DryRunAll}

	created, err := maps.Create(ctx, configMap("new", nil), metav1.CreateOptions{DryRun: dry})
	if err != nil || created.UID == "" {
		t.Errorf("dry-run create = %v, %v; want the object as it would be", created, err)
	}
	patched, err := maps.Patch(ctx, "kept", types.MergePatchType, []byte(`{"data":{"k":"w"}}`), metav1.PatchOptions{DryRun: dry})
	if err != nil || patched.Data["k"] != "w" {
		t.Errorf("dry-run patch = %v, %v; want the object as it would be", patched, err)
	}
	must(t)(w.untyped.Resource(gvr.SecurityGroupPolicies).Namespace("workshop").
		Apply(ctx, "p", policy("p", "sg-1"), metav1.ApplyOptions{FieldManager: "m", DryRun: dry}))
	if err := maps.Delete(ctx, "kept", metav1.DeleteOptions{DryRun: dry}); err != nil {
		t.Errorf("dry-run delete = %v", err)
	}
	if after := w.store.Version(); after != before {
		t.Errorf("dry runs moved the version from %d to %d", before, after)
	}
}

func TestUnknownFieldsAreDroppedWithAWarning(t *testing.T) {
	w := newWorld(t)
	warnings := &warningRecorder{}
	w.config.WarningHandler = warnings
	client := dynamicClient(t, w.config)
	object := policy("pruned", "sg-1")
	object.Object["spec"].(map[string]any)["foo"] = "x"
	created, err := client.Resource(gvr.SecurityGroupPolicies).Namespace("workshop").Create(context5(t), object, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, kept, _ := unstructured.NestedString(created.Object, "spec", "foo"); kept {
		t.Error("the unknown field was stored")
	}
	if got := warnings.texts(); len(got) != 1 || got[0] != `unknown field "spec.foo"` {
		t.Errorf("warnings = %q", got)
	}
}
