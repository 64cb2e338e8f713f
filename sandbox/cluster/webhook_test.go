package cluster_test

import (
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

const podENI = "vpc.amazonaws.com/pod-eni"

func TestTheWebhookActsOnWhatItIsMeantFor(t *testing.T) {
	cases := []struct {
		name   string
		change func(*corev1.Pod)
		want   string // the limit of the first container
	}{
		{"a pod that the policy selects asks for a branch ENI", func(*corev1.Pod) {}, "1"},
		{"a pod of another label does not", func(p *corev1.Pod) { p.Labels["app"] = "red-pod" }, "0"},
		{"a pod on the host's network does not", func(p *corev1.Pod) { p.Spec.HostNetwork = true }, "0"},
		{"a Windows pod does not", func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"kubernetes.io/os": "windows"} }, "0"},
		{"a pod on Fargate gets the groups in an annotation instead", func(p *corev1.Pod) { p.Labels["eks.amazonaws.com/fargate-profile"] = "fp" }, "0"},
	}
	inWorld(t, nil, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-a", "sg-b")
		for i, c := range cases {
			p := w.run("demo", "pod-"+string(rune('a'+i)), green, c.change)
			if got := podENILimit(p); got != c.want {
				w.Errorf("%s: limit is %s", c.name, got)
			}
			want := ""
			if strings.Contains(c.name, "Fargate") {
				want = "sg-a,sg-b"
			}
			if got := p.Annotations["fargate.amazonaws.com/pod-sg"]; got != want {
				w.Errorf("%s: Fargate annotation is %q", c.name, got)
			}
		}
	})
}

func TestNobodyElseWritesTheAnnotation(t *testing.T) {
	inWorld(t, nil, nil, func(w *world) {
		w.namespace("demo")
		_, err := w.pods().Create(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "copied", Namespace: "demo", Annotations: map[string]string{podENI: "[]"}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "alpine"}}},
		})
		want := `admission webhook "vpod.vpc.k8s.aws" denied the request: pod cannot be created with vpc.amazonaws.com/pod-eni annotation`
		if err == nil || err.Error() != want {
			w.Errorf("create with the annotation: %v", err)
		}
		w.run("demo", "red", "red-pod")
		write := func(user string) error {
			_, err := w.pods().As(access.User{Name: user}).Mutate("demo", "red", func(p *corev1.Pod) error {
				metav1.SetMetaDataAnnotation(&p.ObjectMeta, podENI, "[]")
				return nil
			})
			return err
		}
		want = `admission webhook "vpod.vpc.k8s.aws" denied the request: annotation is not set by vpc-resource-controller`
		if err := write("alice"); err == nil || err.Error() != want {
			w.Errorf("annotate as alice: %v", err)
		}
		if err := write("eks:vpc-resource-controller"); err != nil {
			w.Errorf("annotate as the controller: %v", err)
		}
	})
}

func TestPodsPassUnchangedWhenTheWebhookIsAway(t *testing.T) {
	ways := map[string]func(w *world){
		"its configuration is deleted": func(w *world) {
			configurations := storage.NewClient[*admissionregistrationv1.MutatingWebhookConfiguration](w.store, gvr.MutatingWebhookConfigurations, "kubectl")
			if err := configurations.Delete("", "vpc-resource-mutating-webhook", metav1.DeleteOptions{}); err != nil {
				w.Fatal(err)
			}
		},
		"it does not answer":               func(w *world) { w.cluster.SetWebhook(false) },
		"the controller is down":           func(w *world) { w.cluster.SetResourceController(false) },
		"the policies' definition is gone": func(w *world) { w.deleteDefinition("securitygrouppolicies.vpcresources.k8s.aws") },
	}
	for name, away := range ways {
		t.Run(name, func(t *testing.T) {
			inWorld(t, nil, nil, func(w *world) {
				w.namespace("demo")
				w.policy("demo", "policy", "sg-pod")
				away(w)
				w.pass(2 * time.Second)
				if got := podENILimit(w.run("demo", "green", green)); got != "0" {
					w.Errorf("limit is %s", got)
				}
			})
		})
	}
}

func TestAPodNeedsItsServiceAccount(t *testing.T) {
	inWorld(t, nil, nil, func(w *world) {
		w.namespace("demo")
		_, err := w.pods().Create(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "demo"},
			Spec:       corev1.PodSpec{ServiceAccountName: "app", Containers: []corev1.Container{{Name: "c", Image: "alpine"}}},
		})
		want := `pods "p" is forbidden: error looking up service account demo/app: serviceaccount "app" not found`
		if err == nil || err.Error() != want {
			w.Errorf("create: %v", err)
		}
	})
}

func TestAnOutageOfTheControllerIsCaughtUpWith(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.cluster.SetResourceController(false)
		before := w.leaseRenewed()
		w.enablePodENI()
		w.pass(5 * time.Minute)
		if w.capacity(w.nodes()[0]) != 0 || !w.leaseRenewed().Equal(before) {
			w.Error("the controller works while it is down")
		}
		w.cluster.SetResourceController(true)
		w.until("the trunk is there", func() bool { return w.capacity(w.nodes()[0]) == 9 })
		if !w.leaseRenewed().After(before) {
			w.Error("its lease is not renewed")
		}
	})
}

func TestWithoutItsRoleTheControllerCannotAnnotate(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.namespace("demo")
		w.policy("demo", "policy", "sg-pod")
		w.enablePodENI()
		w.deleteControllerBinding()
		w.run("demo", "green", green)
		w.until("the failure is told", func() bool { return len(w.events("green")["BranchENIAnnotationFailed"]) > 0 })
		want := `failed to annotate pod with branch ENI details: pods "green" is forbidden: User "eks:vpc-resource-controller" cannot patch resource "pods" in API group "" in the namespace "demo"`
		if got := w.events("green")["BranchENIAnnotationFailed"][0]; got != want {
			w.Errorf("event %q", got)
		}
		w.until("the unused branch ENIs are gone", func() bool { return len(w.cloud.allBranches()) == 0 })
	})
}

func TestADeletedCNINodeComesBackAsItWas(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.enablePodENI()
		name := w.nodes()[0].Name
		old := w.cniNodes()[0].GetUID()
		client := storage.NewClient[*unstructured.Unstructured](w.store, gvr.CNINodes, "kubectl")
		if err := client.Delete("", name, metav1.DeleteOptions{}); err != nil {
			w.Fatal(err)
		}
		w.until("there is a new one", func() bool { n := w.cniNodes(); return len(n) == 1 && n[0].GetUID() != old })
		if !w.hasFeature(name) {
			w.Error("it has lost its feature")
		}
	})
}

func TestAddonUpdateRewritesTheEnvironmentAndReportsBack(t *testing.T) {
	managed := func(c *cluster.Config) { c.CNIAddon = true; c.CNIVersion = "v1.22.1-eksbuild.1" }
	inWorld(t, []string{"m5.large", "m5.large"}, managed, func(w *world) {
		w.setEnv(corev1.EnvVar{Name: "WARM_ENI_TARGET", Value: "5"}, corev1.EnvVar{Name: "MY_OWN", Value: "x"})
		w.until("aws-node rolled out", w.rolledOut)
		update := func(values string) {
			w.cloud.onAddon("workshop", "vpc-cni", "v1.23.2-eksbuild.1", values)
			w.until("the add-on is active", func() bool { return w.cloud.addonStatus("vpc-cni") == "ACTIVE" })
			if !w.rolledOut() {
				w.Error("ACTIVE before the rollout was over")
			}
			w.cloud.set(func() { w.cloud.addons["vpc-cni"] = "UPDATING" })
		}
		update(`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`)
		ds := w.awsNode()
		for name, want := range map[string]string{
			"ENABLE_POD_ENI": "true", "POD_SECURITY_GROUP_ENFORCING_MODE": "standard", "WARM_ENI_TARGET": "1", "MY_OWN": "x",
		} {
			if got := envOf(ds, name); got != want {
				w.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if got := ds.Spec.Template.Spec.InitContainers[0].Env[0]; got.Value != "true" {
			w.Errorf("init container has %v", got)
		}
		if image := ds.Spec.Template.Spec.Containers[0].Image; !strings.HasSuffix(image, "/amazon-k8s-cni:v1.23.2-eksbuild.1") {
			w.Errorf("image is %s", image)
		}
		if !w.manages("eks", ds) {
			w.Error("the manager eks does not own the environment")
		}
		// Values that are left out of the next update are gone.
		update(`{"env":{}}`)
		ds = w.awsNode()
		if envOf(ds, "ENABLE_POD_ENI") != "false" || envOf(ds, "POD_SECURITY_GROUP_ENFORCING_MODE") != "" {
			w.Errorf("after an update without values: %v", ds.Spec.Template.Spec.Containers[0].Env)
		}
	})
}

func TestAnAddonWhoseRolloutHangsIsDegraded(t *testing.T) {
	inWorld(t, []string{"m5.large"}, func(c *cluster.Config) { c.CNIAddon = true }, func(w *world) {
		w.cloud.onAddon("workshop", "vpc-cni", "v1.23.2-eksbuild.1", `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"x"}}`)
		w.until("the add-on is degraded", func() bool { return w.cloud.addonStatus("vpc-cni") == "DEGRADED" })
	})
}
