package kube_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/kube"
	"podsg/kube/facts"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/kubeapi/webhook"
	"podsg/steps/plan"
	"podsg/steps/world"
)

var scope = plan.KubeScope{Namespace: "workshop", Secret: "rds"}

// branchAnnotation is vpc.amazonaws.com/pod-eni as the controller writes it.
const branchAnnotation = `[{"eniId":"eni-0d8a","ifAddress":"06:20:0d:3c:5f:bc","privateIp":"10.0.47.64","ipv6Addr":"","vlanId":7,"subnetCidr":"10.0.32.0/19","subnetV6Cidr":"","associationID":"trunk-assoc-1"}]`

// wantingBranch makes a pod one that the webhook gave the branch ENI limit.
func wantingBranch(p *corev1.Pod) {
	p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{facts.PodENI: resource.MustParse("1")}
	p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{facts.PodENI: resource.MustParse("1")}
}

func observe(t *testing.T, c *kube.Client, scope plan.KubeScope) world.ClusterFacts {
	t.Helper()
	facts, gaps := c.Observe(t.Context(), scope)
	if len(gaps) > 0 {
		t.Fatalf("gaps: %v", gaps)
	}
	return facts
}

func TestObserveReadsNodesWithTheirCNINodes(t *testing.T) {
	w := newWorld(t)
	w.node(t, "b.internal", "m5.large", 9)
	w.node(t, "a.internal", "t3.medium", 0)
	w.cniNode(t, "b.internal", feature("SecurityGroupsForPods"), map[string]any{"name": "CustomNetworking", "value": "us-west-2a"})

	nodes := observe(t, w.connect(t, adminToken), scope).Nodes
	if len(nodes) != 2 || nodes[0].Name != "a.internal" || nodes[0].HasCNINode || nodes[0].PodENIs != 0 {
		t.Fatalf("got %+v", nodes)
	}
	b := nodes[1]
	b.Labels, b.CreatedAt = nil, time.Time{}
	want := world.Node{
		Name: "b.internal", InstanceID: "i-0b.internal", InstanceType: "m5.large", Zone: "us-west-2a", Nodegroup: "workers",
		Arch: "amd64", OS: "linux", InternalIP: "10.0.3.7", Ready: true, MaxPods: 29, PodENIs: 9, HasCNINode: true,
		Features: map[string]string{"SecurityGroupsForPods": "", "CustomNetworking": "us-west-2a"},
	}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("got  %+v\nwant %+v", b, want)
	}
}

func TestObserveReadsTheVPCCNI(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "amazon-vpc-cni", Namespace: "kube-system"}, Data: map[string]string{"warm": "1"}})
	w.cni(t, 3)
	c := w.connect(t, adminToken)
	if err := c.SetCNIEnv(t.Context(), plan.CNIEnv{Env: map[string]*string{"ENABLE_POD_ENI": ptr.To("true")}}); err != nil {
		t.Fatal(err)
	}

	got := observe(t, c, scope).CNI
	want := &world.CNI{
		Image: "registry.example:5000/amazon-k8s-cni:v1.23.1-eksbuild.1", Version: "v1.23.1", AgentVersion: "v1.4.3",
		Env:       map[string]string{"AWS_VPC_K8S_CNI_LOGLEVEL": "DEBUG", "ENABLE_POD_ENI": "true", "WARM_ENI_TARGET": "1"},
		InitEnv:   map[string]string{"ENABLE_IPv6": "false"},
		EnvOwners: map[string]string{"AWS_VPC_K8S_CNI_LOGLEVEL": "eks", "ENABLE_POD_ENI": "podsg", "WARM_ENI_TARGET": "eks", "init/ENABLE_IPv6": "eks"},
		EnvTaken:  []string{"ENABLE_POD_ENI"},
		Strategy:  "RollingUpdate", Generation: 2,
		Rollout: world.Rollout{Observed: false, Desired: 3, Updated: 3, Ready: 3},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestObserveReadsWhereDNSAnswers(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.Services, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "kube-dns", Namespace: "kube-system"},
		Spec: corev1.ServiceSpec{ClusterIP: "172.20.0.10", Ports: []corev1.ServicePort{{Port: 53, Protocol: "UDP"}}}})
	for i, endpoints := range [][]discoveryv1.Endpoint{
		{{Addresses: []string{"10.0.1.5"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(true)}}, {Addresses: []string{"10.0.1.6"}}},
		{{Addresses: []string{"10.0.1.9"}, Conditions: discoveryv1.EndpointConditions{Ready: ptr.To(false)}}},
	} {
		put(t, w, gvr.EndpointSlices, &discoveryv1.EndpointSlice{
			ObjectMeta:  metav1.ObjectMeta{Name: fmt.Sprint("kube-dns-", i), Namespace: "kube-system", Labels: map[string]string{"kubernetes.io/service-name": "kube-dns"}},
			AddressType: "IPv4", Endpoints: endpoints,
		})
	}
	got := observe(t, w.connect(t, adminToken), scope).DNS
	want := world.DNS{ServiceIP: "172.20.0.10", PodIPs: []string{"10.0.1.5", "10.0.1.6"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTheProofByDryRunIsOneThatAComputeQuotaAdmits(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.ServiceAccounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: "workshop"}})
	w.store.AddValidator(func(r *webhook.Request) error {
		pod := r.Object.(*corev1.Pod)
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			for _, list := range []corev1.ResourceList{pod.Spec.Containers[0].Resources.Requests, pod.Spec.Containers[0].Resources.Limits} {
				if q := list[name]; q.IsZero() {
					return fmt.Errorf("failed quota: compute: must specify %s for: %s", name, pod.Spec.Containers[0].Name)
				}
			}
		}
		return nil
	})
	if _, err := w.connect(t, adminToken).ProveInjection(t.Context(), "workshop", map[string]string{"app": "green-pod"}, ""); err != nil {
		t.Error(err)
	}
}

func TestObserveReadsTheMachineryOfAdmission(t *testing.T) {
	w := newWorld(t)
	renewed := metav1.NewMicroTime(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC))
	put(t, w, gvr.Leases, &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: "cp-vpc-resource-controller", Namespace: "kube-system"},
		Spec: coordinationv1.LeaseSpec{RenewTime: &renewed}})
	put(t, w, gvr.MutatingWebhookConfigurations, &admissionregistrationv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "vpc-resource-mutating-webhook"}})
	put(t, w, gvr.ServiceAccounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: "workshop"}})
	c := w.connect(t, adminToken)
	asked := scope
	asked.DryRunLabels = map[string]string{"app": "green-pod"}

	got := observe(t, c, asked).Admission
	if !got.PolicyCRD || !got.CNINodeCRD || !got.MutatingWebhook || got.ValidatingWebhook || !got.ControllerRenewed.Equal(renewed.Time) {
		t.Errorf("got %+v", got)
	}
	if got.DryRunInjected == nil || *got.DryRunInjected {
		t.Errorf("without a webhook the dry run says %v (%s)", got.DryRunInjected, got.DryRunError)
	}

	w.store.AddMutator(func(r *webhook.Request) error {
		if pod, ok := r.Object.(*corev1.Pod); ok && pod.Labels["app"] == "green-pod" {
			wantingBranch(pod)
		}
		return nil
	})
	if got = observe(t, c, asked).Admission; got.DryRunInjected == nil || !*got.DryRunInjected {
		t.Errorf("with a webhook the dry run says %v (%s)", got.DryRunInjected, got.DryRunError)
	}
	if pods, err := c.Pods(t.Context(), "workshop", nil); err != nil || len(pods) > 0 {
		t.Errorf("the dry run left pods %v, %v", pods, err)
	}
	asked.Namespace = "missing"
	if got = observe(t, c, asked).Admission; got.DryRunInjected != nil || !strings.Contains(got.DryRunError, "missing") {
		t.Errorf("in a namespace that is missing the dry run says %v (%s)", got.DryRunInjected, got.DryRunError)
	}
}

func TestObserveReadsThePodsThatMatter(t *testing.T) {
	w := newWorld(t)
	put(t, w, gvr.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "other"}})
	w.pod(t, "other", "plain")
	w.pod(t, "other", "waiting", wantingBranch)
	w.pod(t, "kube-system", "coredns-1", func(p *corev1.Pod) { p.Labels = map[string]string{"k8s-app": "kube-dns"} })
	w.pod(t, "kube-system", "proxy")
	w.pod(t, "workshop", "red")
	labels := map[string]string{"app": "green"}
	set, err := storage.NewClient[*appsv1.ReplicaSet](w.store, gvr.ReplicaSets, "test").Create(&appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "workshop", Name: "green-5c"},
		Spec: appsv1.ReplicaSetSpec{Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "app"}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.pod(t, "workshop", "green", wantingBranch, func(p *corev1.Pod) {
		p.Annotations = map[string]string{facts.PodENI: branchAnnotation}
		p.Labels = map[string]string{"app": "green", "eks.amazonaws.com/fargate-profile": "f"}
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: set.Name, UID: set.UID, Controller: ptr.To(true)}}
		p.Spec.NodeName, p.Spec.ServiceAccountName = "a.internal", "payer"
		p.Spec.TerminationGracePeriodSeconds = ptr.To[int64](5)
		p.Spec.NodeSelector = map[string]string{"disk": "ssd"}
		p.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: "vpc.amazonaws.com/has-trunk-attached", Operator: "In", Values: []string{"true"}},
			}}},
		}}}
		main := &p.Spec.Containers[0]
		main.Ports = []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}
		main.ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("http")}}}
		main.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(9090)}}}
		p.Status = corev1.PodStatus{
			Phase: corev1.PodPending, PodIP: "10.0.47.64",
			ContainerStatuses: []corev1.ContainerStatus{{
				Name: "main", RestartCount: 2,
				State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CreateContainerConfigError", Message: "couldn't find key port"}},
			}},
		}
	})

	pods := observe(t, w.connect(t, adminToken), scope).Pods
	var names []string
	for _, p := range pods {
		names = append(names, p.Namespace+"/"+p.Name)
	}
	if want := []string{"kube-system/coredns-1", "other/waiting", "workshop/green", "workshop/red"}; !slices.Equal(names, want) {
		t.Fatalf("got pods %v, want %v", names, want)
	}
	if pods[1].ENILimitOn != 0 || len(pods[1].ENIs) != 0 || pods[3].ENILimitOn != -1 {
		t.Errorf("got limits on %d and %d", pods[1].ENILimitOn, pods[3].ENILimitOn)
	}
	green := pods[2]
	green.CreatedAt, green.UID = time.Time{}, ""
	want := world.Pod{
		ObjectFacts: world.ObjectFacts{Name: "green", Namespace: "workshop", Labels: map[string]string{"app": "green", "eks.amazonaws.com/fargate-profile": "f"}},
		Node:        "a.internal", Phase: "Pending", Reason: "CreateContainerConfigError", Message: "couldn't find key port", IP: "10.0.47.64",
		ServiceAccount: "payer", Fargate: true, Owner: "ReplicaSet/green-5c", RawENI: branchAnnotation,
		ENIs:         []world.PodENI{{ENIID: "eni-0d8a", MAC: "06:20:0d:3c:5f:bc", PrivateIP: "10.0.47.64", VLAN: 7, SubnetCIDR: "10.0.32.0/19", AssociationID: "trunk-assoc-1"}},
		AffinityKeys: []string{"disk", "vpc.amazonaws.com/has-trunk-attached"}, ProbePorts: []int{8080, 9090},
		ProbeKinds: []string{"httpGet", "tcpSocket"}, GracePeriod: 5, RestartCount: 2, ContainerName: "main", NamedPorts: map[string]int{"http": 8080},
	}
	if !reflect.DeepEqual(green, want) {
		t.Errorf("got  %+v\nwant %+v", green, want)
	}
}

func TestObserveReadsTheChosenNamespace(t *testing.T) {
	w := newWorld(t)
	own := map[string]string{world.LabelManagedBy: world.ManagedBy}
	put(t, w, gvr.ServiceAccounts, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "payer", Namespace: "workshop", Labels: map[string]string{"role": "payer"}}})
	put(t, w, gvr.ConfigMaps, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "podsg-rds-ca", Namespace: "workshop", Labels: own, Annotations: map[string]string{"podsg/template-sum": "abc"}}})
	put(t, w, gvr.Deployments, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "green-pod", Namespace: "workshop", Labels: own},
		Spec: appsv1.DeploymentSpec{
			Replicas: ptr.To[int32](4), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "green-pod"}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "green-pod"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}},
		},
	})
	put(t, w, gvr.Secrets, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "rds", Namespace: "workshop", Labels: own}, Data: map[string][]byte{
		"host": []byte("db.example"), "port": []byte("5432"), "dbname": []byte("workshop"), "username": []byte("app"), "sslmode": []byte("verify-full"), "password": []byte("s3cret"),
	}})
	policy := func(namespace, name string, spec map[string]any) {
		put(t, w, gvr.SecurityGroupPolicies, &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec,
		}})
	}
	groups := map[string]any{"groupIds": []any{"sg-1", "sg-2"}}
	policy("workshop", "everything", map[string]any{"podSelector": map[string]any{}, "securityGroups": groups})
	policy("default", "payers", map[string]any{"serviceAccountSelector": map[string]any{"matchExpressions": []any{
		map[string]any{"key": "role", "operator": "In", "values": []any{"payer"}},
	}}, "securityGroups": groups})

	facts := observe(t, w.connect(t, adminToken), scope)
	if facts.Namespace == nil || facts.Namespace.Phase != "Active" || facts.CAConfigMap == nil || !facts.CAConfigMap.Owned || facts.CAConfigMap.Sum != "abc" {
		t.Errorf("got namespace %+v and ConfigMap %+v", facts.Namespace, facts.CAConfigMap)
	}
	if want := []world.ServiceAccount{{Name: "payer", Labels: map[string]string{"role": "payer"}}}; !reflect.DeepEqual(facts.ServiceAccounts, want) {
		t.Errorf("got service accounts %+v", facts.ServiceAccounts)
	}
	if len(facts.Workloads) != 1 || facts.Workloads[0].Kind != "Deployment" || facts.Workloads[0].Replicas != 4 || facts.Workloads[0].PodLabels["app"] != "green-pod" || !facts.Workloads[0].Owned {
		t.Errorf("got workloads %+v", facts.Workloads)
	}
	secret := facts.Secret
	secret.ObjectFacts = world.ObjectFacts{}
	if want := (&world.SecretFacts{
		Keys: []string{"dbname", "host", "password", "port", "sslmode", "username"}, Host: "db.example", Port: "5432",
		Database: "workshop", Username: "app", SSLMode: "verify-full", HasPassword: true,
	}); !reflect.DeepEqual(secret, want) {
		t.Errorf("got secret %+v", secret)
	}
	if strings.Contains(fmt.Sprintf("%+v", facts), "s3cret") {
		t.Error("the facts hold the password")
	}
	if len(facts.Policies) != 2 {
		t.Fatalf("got policies %+v", facts.Policies)
	}
	payers, everything := facts.Policies[0], facts.Policies[1]
	if payers.PodSelector != nil || payers.ServiceAccountSelector.MatchExpressions[0].Values[0] != "payer" {
		t.Errorf("got %+v", payers)
	}
	if !everything.PodSelector.IsEmpty() || everything.ServiceAccountSelector != nil || !slices.Equal(everything.GroupIDs, []string{"sg-1", "sg-2"}) {
		t.Errorf("got %+v", everything)
	}
}

func TestObserveFindsNothingInAnEmptyCluster(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"securitygrouppolicies.vpcresources.k8s.aws", "cninodes.vpcresources.k8s.aws"} {
		w.dropDefinition(t, name)
	}
	facts := observe(t, w.connect(t, adminToken), plan.KubeScope{Namespace: "missing", Secret: "rds"})
	if facts.CNI != nil || facts.Namespace != nil || facts.Secret != nil || facts.Journal != nil || facts.Admission.PolicyCRD || len(facts.DeniedAccess) > 0 {
		t.Errorf("got %+v", facts)
	}
}

func TestObserveSaysWhatTheUserMayNotDo(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(
			access.DenyRule{Verb: "patch", Resource: "daemonsets.apps"},
			access.DenyRule{Resource: "secrets"},
			access.DenyRule{Verb: "list", Resource: "nodes"},
		)
	})
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	for _, want := range []string{"patch daemonsets.apps in kube-system", "get secrets in workshop", "create secrets in workshop", "list nodes"} {
		if !slices.Contains(facts.DeniedAccess, want) {
			t.Errorf("%q is not among %q", want, facts.DeniedAccess)
		}
	}
	if slices.Contains(facts.DeniedAccess, "get nodes") {
		t.Error("get nodes is denied too")
	}
	for fact, permission := range map[world.Fact]string{world.FactSecret: "get secrets in workshop", world.FactNodes: "list nodes"} {
		var p *world.Problem
		if !errors.As(gaps[fact], &p) || p.Kind != world.ProblemPermission || p.Permission != permission {
			t.Errorf("the gap %q is %+v, want permission %q", fact, gaps[fact], permission)
		}
	}
	if len(gaps) != 2 {
		t.Errorf("got gaps %v", gaps)
	}
}

func TestObserveOfAUserOfOneNamespaceStillSeesItsPods(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = func(a access.Attributes) (bool, string) {
			return a.Namespace == "workshop" || a.Resource == "selfsubjectaccessreviews", ""
		}
	})
	w.pod(t, "workshop", "green")
	facts, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
	if len(facts.Pods) != 1 || gaps[world.FactPods] != nil || !slices.Contains(facts.DeniedAccess, "list pods") {
		t.Errorf("got pods %v with gap %v, denied %v", facts.Pods, gaps[world.FactPods], facts.DeniedAccess)
	}
	for _, fact := range []world.Fact{world.FactPods, world.FactPolicies} {
		if why := facts.Partial[fact]; !strings.Contains(why, "cannot list resource") {
			t.Errorf("%s are not marked as partial: %q", fact, why)
		}
	}
}

func TestObserveOfALargeClusterReadsPagesAndNothingPerObject(t *testing.T) {
	w := newWorld(t)
	pods := storage.NewClient[*corev1.Pod](w.store, gvr.Pods, "")
	nodes := storage.NewClient[*corev1.Node](w.store, gvr.Nodes, "")
	const many = 1200
	for i := range many {
		name := fmt.Sprintf("n%04d", i)
		if _, err := nodes.Create(&corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			t.Fatal(err)
		}
		if _, err := pods.Create(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "i"}}}}); err != nil {
			t.Fatal(err)
		}
	}
	c := w.connect(t, adminToken)
	before := len(w.server.Calls())
	facts := observe(t, c, scope)
	counts := map[string]int{}
	for _, call := range w.server.Calls()[before:] {
		counts[call.Verb+" "+call.Resource]++
		if call.Mutating {
			t.Errorf("observing called %s %s", call.Verb, call.Resource)
		}
	}
	if len(facts.Nodes) != many || counts["list nodes"] != 3 || counts["list pods"] != 3 {
		t.Errorf("got %d nodes by %d lists, and pods by %d lists", len(facts.Nodes), counts["list nodes"], counts["list pods"])
	}
	delete(counts, "create selfsubjectaccessreviews.authorization.k8s.io")
	total := 0
	for _, n := range counts {
		total += n
	}
	if total > 40 {
		t.Errorf("it took %d calls: %v", total, counts)
	}
}

func TestEventsCarryTheTimeAndCountOfTheirLastOccurrence(t *testing.T) {
	w := newWorld(t)
	at := metav1.NewTime(time.Date(2026, 11, 23, 16, 0, 0, 0, time.UTC))
	later := metav1.NewMicroTime(at.Add(time.Minute))
	event := func(name string, change func(*corev1.Event)) {
		e := &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: name, Namespace: "workshop"},
			InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: "workshop", Name: "green"},
			Type:           "Normal", Reason: "R", Message: name,
		}
		change(e)
		put(t, w, gvr.Events, e)
	}
	event("series", func(e *corev1.Event) {
		e.EventTime, e.ReportingController, e.Action, e.ReportingInstance = metav1.NewMicroTime(at.Time), "scheduler", "Binding", "x"
		e.Series = &corev1.EventSeries{Count: 4, LastObservedTime: later}
	})
	event("classic", func(e *corev1.Event) {
		e.FirstTimestamp, e.LastTimestamp, e.Count, e.Source = at, at, 3, corev1.EventSource{Component: "vpc-resource-controller"}
	})
	event("other", func(e *corev1.Event) { e.InvolvedObject.Name, e.LastTimestamp = "red", at })

	c := w.connect(t, adminToken)
	got, err := c.PodEvents(t.Context(), "workshop", "green")
	if err != nil {
		t.Fatal(err)
	}
	want := []world.ClusterEvent{
		{At: at.Time, Type: "Normal", Reason: "R", Message: "classic", Kind: "Pod", Namespace: "workshop", Name: "green", Count: 3, Component: "vpc-resource-controller"},
		{At: later.Time, Type: "Normal", Reason: "R", Message: "series", Kind: "Pod", Namespace: "workshop", Name: "green", Count: 4, Component: "scheduler"},
	}
	for i := range got {
		got[i].At = got[i].At.UTC()
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if all := observe(t, c, scope).Events; len(all) != 3 {
		t.Errorf("observed %d events of the namespace, want 3", len(all))
	}
}
