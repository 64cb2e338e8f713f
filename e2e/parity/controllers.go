package parity

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"podsg/sandbox/cloud"
)

// controllerSide is one of the clusters, with what was seen happen there.
type controllerSide struct {
	client  kubernetes.Interface
	dynamic dynamic.Interface
	account *cloud.Account

	mu  sync.Mutex
	saw map[string][]string // what → the sequence, without repetitions
}

const controllersNamespace = "controllers"

// compareControllers lets both clusters roll the VPC CNI out and run a green pod
// to its end, and compares what their controllers did: each controller's own
// sequence, because what two of them do has no order.
func (w *Worlds) compareControllers(ctx context.Context) ([]Result, error) {
	practice, real, err := w.configs()
	if err != nil {
		return nil, err
	}
	var seen [2]map[string][]string
	for i, config := range []*rest.Config{practice, real} {
		account := w.Sandbox.Account()
		if i == 1 {
			account = w.Rig.Account()
		}
		if seen[i], err = playControllers(ctx, config, account); err != nil {
			return nil, fmt.Errorf("%s: %w", []string{"sandbox", "rig"}[i], err)
		}
	}
	var out []Result
	for _, q := range controllerQuestions {
		mine, theirs := Answer{}, Answer{}
		for i, s := range seen[0][q] {
			mine[fmt.Sprintf("%02d", i+1)] = s
		}
		for i, s := range seen[1][q] {
			theirs[fmt.Sprintf("%02d", i+1)] = s
		}
		if len(theirs) == 0 {
			theirs["nothing"] = "was seen"
		}
		out = append(out, Result{partControllers, q, compare(mine, theirs)})
	}
	return out, nil
}

// What is compared.
const (
	seenRollout      = "the DaemonSet's status at the end of the rollout"
	seenTrunkNode    = "events of the VPC resource controller on an m5.large"
	seenOtherNode    = "events of the VPC resource controller on a t3.medium"
	seenFeatures     = "features of the CNINodes"
	seenCapacity     = "branch interfaces that an m5.large offers"
	seenPodScheduled = "the green pod's scheduling, before and after there are trunks"
	seenPodEvents    = "events of the VPC resource controller and the scheduler on the green pod"
	seenAnnotation   = "the annotation of the green pod"
	seenInterface    = "the account's branch interface"
	seenDeployment   = "conditions of the green Deployment"
	seenSets         = "events of the Deployment and its ReplicaSet"
	seenCoolDown     = "the branch interface after the pod's end"
)

var controllerQuestions = []string{
	seenRollout, seenTrunkNode, seenOtherNode, seenFeatures, seenCapacity, seenPodScheduled, seenPodEvents, seenAnnotation, seenInterface,
	seenDeployment, seenSets, seenCoolDown,
}

func playControllers(ctx context.Context, config *rest.Config, account *cloud.Account) (map[string][]string, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dyn, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	s := &controllerSide{client: client, dynamic: dyn, account: account, saw: map[string][]string{}}
	for _, step := range []func(context.Context) error{s.makeGreenPod, s.rollOut, s.observeNodes, s.observePod, s.deletePod} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s.saw, nil
}

// see adds to a sequence what was not its last entry.
func (s *controllerSide) see(what, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text = identifiers.ReplaceAllString(podHash.ReplaceAllString(settled(withoutAddress(text)), "NAME-…"), "$1-…")
	text = nodeName.ReplaceAllString(text, "NODE") // the scheduler chooses among equals
	if list := s.saw[what]; len(list) == 0 || list[len(list)-1] != text {
		s.saw[what] = append(list, text)
	}
}

var (
	identifiers = regexp.MustCompile(`\b(sg|eni|i|trunk-assoc)-[0-9a-f]{8,17}\b`)
	nodeName    = regexp.MustCompile(`\bip(-\d+){4}\.[a-z0-9-]+\.compute\.internal\b`)
	podHash     = regexp.MustCompile(`\bNAME-[0-9a-z-]{5,16}\b`)
)

// makeGreenPod makes a policy and a pod that it selects, while no node has a
// trunk interface, and waits until the scheduler says so.
func (s *controllerSide) makeGreenPod(ctx context.Context) error {
	if _, err := s.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: controllersNamespace}}, metav1.CreateOptions{}); err != nil {
		return err
	}
	group := s.account.Nodes("workshop")[0].SecurityGroups[0]
	obj := &unstructured.Unstructured{}
	if err := json.Unmarshal([]byte(strings.ReplaceAll(policy("green", fmt.Sprintf("%q", group)), `"namespace":"parity"`, `"namespace":"`+controllersNamespace+`"`)), &obj.Object); err != nil {
		return err
	}
	gvr := schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"}
	if _, err := s.dynamic.Resource(gvr).Namespace(controllersNamespace).Create(ctx, obj, metav1.CreateOptions{}); err != nil {
		return err
	}
	probe := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "dry", Labels: map[string]string{"app": "green"}}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}}}
	if err := until(ctx, "the webhook knows the policy", func() bool {
		made, err := s.client.CoreV1().Pods(controllersNamespace).Create(ctx, probe, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
		return err == nil && len(made.Spec.Containers[0].Resources.Limits) > 0
	}); err != nil {
		return err
	}
	replicas, none := int32(1), int64(0)
	labels := map[string]string{"app": "green"}
	if _, err := s.client.AppsV1().Deployments(controllersNamespace).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "green"},
		Spec: appsv1.DeploymentSpec{Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{TerminationGracePeriodSeconds: &none, Containers: []corev1.Container{{Name: "c", Image: "busybox", Command: []string{"sleep", "1000000"}}}},
		}},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	return until(ctx, "the green pod cannot be scheduled", func() bool {
		p, ok := s.greenPod(ctx)
		if !ok {
			return false
		}
		for _, c := range p.Status.Conditions {
			if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
				s.see(seenPodScheduled, fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message))
				return true
			}
		}
		return false
	})
}

func (s *controllerSide) greenPod(ctx context.Context) (corev1.Pod, bool) {
	list, err := s.client.CoreV1().Pods(controllersNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=green"})
	if err != nil || len(list.Items) != 1 {
		return corev1.Pod{}, false
	}
	return list.Items[0], true
}

// rollOut attaches the policy and switches branch interfaces on.
func (s *controllerSide) rollOut(ctx context.Context) error {
	if err := attachControllerPolicy(ctx, s.account); err != nil {
		return err
	}
	patch := `{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[{"name":"ENABLE_POD_ENI","value":"true"}]}]}}}}`
	api := s.client.AppsV1().DaemonSets("kube-system")
	patched, err := api.Patch(ctx, "aws-node", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	return until(ctx, "aws-node has rolled out", func() bool {
		ds, err := api.Get(ctx, "aws-node", metav1.GetOptions{})
		if err != nil {
			return false
		}
		st := ds.Status
		if st.ObservedGeneration < patched.Generation || st.UpdatedNumberScheduled != st.DesiredNumberScheduled || st.NumberAvailable != st.DesiredNumberScheduled {
			return false
		}
		s.see(seenRollout, fmt.Sprintf("generation %d, desired %d, current %d, updated %d, ready %d, available %d, unavailable %d, misscheduled %d",
			st.ObservedGeneration, st.DesiredNumberScheduled, st.CurrentNumberScheduled, st.UpdatedNumberScheduled, st.NumberReady, st.NumberAvailable, st.NumberUnavailable, st.NumberMisscheduled))
		return true
	})
}

// observeNodes waits until the controller has dealt with all nodes.
func (s *controllerSide) observeNodes(ctx context.Context) error {
	nodes := s.account.Nodes("workshop")
	if err := until(ctx, "every m5.large offers branch interfaces", func() bool {
		list, err := s.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return false
		}
		offering := 0
		for _, n := range list.Items {
			if q := n.Status.Allocatable[podENIResource]; q.Value() > 0 {
				offering++
			}
		}
		return offering == 3
	}); err != nil {
		return err
	}
	for _, n := range nodes {
		what := seenOtherNode
		if n.TrunkCompatible {
			what = seenTrunkNode
			node, err := s.client.CoreV1().Nodes().Get(ctx, n.PrivateDNSName, metav1.GetOptions{})
			if err != nil {
				return err
			}
			capacity, allocatable := node.Status.Capacity[podENIResource], node.Status.Allocatable[podENIResource]
			s.see(seenCapacity, fmt.Sprintf("capacity %s, allocatable %s", capacity.String(), allocatable.String()))
		}
		if len(s.saw[what]) == 0 {
			if err := s.controllerEvents(ctx, what, metav1.NamespaceDefault, n.PrivateDNSName, 2); err != nil {
				return err
			}
		}
		cniNode, err := s.dynamic.Resource(schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1alpha1", Resource: "cninodes"}).Get(ctx, n.PrivateDNSName, metav1.GetOptions{})
		if err != nil {
			return err
		}
		features, _, err := unstructured.NestedSlice(cniNode.Object, "spec", "features")
		if err != nil {
			return err
		}
		s.see(seenFeatures, fmt.Sprintf("%s: %v, tags %v, finalizers %v, owner %s", n.InstanceType, features, cniNode.Object["spec"].(map[string]any)["tags"], cniNode.GetFinalizers(), cniNode.GetOwnerReferences()[0].Kind))
	}
	return nil
}

const podENIResource = "vpc.amazonaws.com/pod-eni"

// controllerEvents notes an object's events of the controllers, sorted by their
// reason: which of them comes first is not always the same. It waits for some.
func (s *controllerSide) controllerEvents(ctx context.Context, what, namespace, name string, atLeast int) error {
	var found []string
	err := until(ctx, fmt.Sprintf("%d events of %s", atLeast, name), func() bool {
		list, err := s.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=" + name})
		if err != nil {
			return false
		}
		found = nil
		for _, e := range list.Items {
			source := orDefault(e.Source.Component, e.ReportingController)
			if source != "kubelet" && !strings.HasPrefix(source, "node") && !strings.HasPrefix(source, "cloud-node") {
				found = append(found, fmt.Sprintf("%s %s %s: %s", source, e.Type, e.Reason, strings.ReplaceAll(e.Message, name, "NAME")))
			}
		}
		return len(found) >= atLeast
	})
	slices.Sort(found)
	for _, f := range slices.Compact(found) {
		s.see(what, annotationValue.ReplaceAllString(f, "$1…"))
	}
	return err
}

var annotationValue = regexp.MustCompile(`("(?:eniId|ifAddress|privateIp|associationID|subnetCidr)":")[^"]*`)

func (s *controllerSide) observePod(ctx context.Context) error {
	var p corev1.Pod
	if err := until(ctx, "the green pod runs", func() bool {
		var ok bool
		p, ok = s.greenPod(ctx)
		return ok && p.Status.Phase == corev1.PodRunning
	}); err != nil {
		return err
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled {
			s.see(seenPodScheduled, fmt.Sprintf("%s %s: %s", c.Status, c.Reason, c.Message))
		}
	}
	if err := s.controllerEvents(ctx, seenPodEvents, controllersNamespace, p.Name, 3); err != nil {
		return err
	}
	s.see(seenAnnotation, annotationValue.ReplaceAllString(p.Annotations[podENIResource], "$1…"))
	var annotated []struct {
		ENIID string `json:"eniId"`
	}
	if err := json.Unmarshal([]byte(p.Annotations[podENIResource]), &annotated); err != nil {
		return err
	}
	all, err := s.account.Snapshot()
	if err != nil {
		return err
	}
	var eni struct {
		Type, Description, Status string
		Groups                    []string
		Tags                      map[string]string
	}
	if err := json.Unmarshal(all["network-interface/"+annotated[0].ENIID], &eni); err != nil {
		return err
	}
	s.see(seenInterface, fmt.Sprintf("%+v", eni))
	if err := until(ctx, "the Deployment is available", func() bool {
		d, err := s.client.AppsV1().Deployments(controllersNamespace).Get(ctx, "green", metav1.GetOptions{})
		if err != nil || d.Status.AvailableReplicas != 1 {
			return false
		}
		var conditions []string
		for _, c := range d.Status.Conditions {
			conditions = append(conditions, fmt.Sprintf("%s %s %s: %s", c.Type, c.Status, c.Reason, c.Message))
		}
		slices.Sort(conditions)
		s.see(seenDeployment, strings.Join(conditions, "; "))
		return true
	}); err != nil {
		return err
	}
	if err := s.controllerEvents(ctx, seenSets, controllersNamespace, "green", 1); err != nil {
		return err
	}
	return s.controllerEvents(ctx, seenSets, controllersNamespace, p.OwnerReferences[0].Name, 1)
}

// deletePod deletes the Deployment and follows the branch interface to its end.
func (s *controllerSide) deletePod(ctx context.Context) error {
	if err := s.client.AppsV1().Deployments(controllersNamespace).Delete(ctx, "green", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if err := until(ctx, "the pod is gone", func() bool {
		list, err := s.client.CoreV1().Pods(controllersNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=green"})
		return err == nil && len(list.Items) == 0
	}); err != nil {
		return err
	}
	s.see(seenCoolDown, fmt.Sprintf("right after: %d", s.branches()))
	return until(ctx, "the branch interface is gone", func() bool {
		n := s.branches()
		if n == 0 {
			s.see(seenCoolDown, "after the cool-down: 0")
		}
		return n == 0
	})
}

func (s *controllerSide) branches() int {
	all, err := s.account.Snapshot()
	if err != nil {
		return -1
	}
	n := 0
	for _, value := range all {
		if strings.Contains(string(value), `"Description":"aws-k8s-branch-eni"`) {
			n++
		}
	}
	return n
}

// controllersPatience covers the real controller's cool-down, which does not
// follow any clock of ours.
const controllersPatience = 3 * time.Minute

func until(ctx context.Context, what string, holds func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, controllersPatience)
	defer cancel()
	for !holds() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}
