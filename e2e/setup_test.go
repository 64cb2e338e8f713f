package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/e2e/rig"
)

const (
	namespace = "sg-per-pod"
	podENI    = "vpc.amazonaws.com/pod-eni"
	// branchesOfM5Large is how many branch interfaces the controller gives a node
	// of this type.
	branchesOfM5Large = "9"
)

// TestSetupFromNothingToNothing sets up, looks whether the real parts agree with
// what podsg says, and cleans up, with the VPC CNI managed by EKS and not.
func TestSetupFromNothingToNothing(t *testing.T) {
	for _, c := range []struct {
		name string
		rig.Options
	}{
		{"with the VPC CNI as an EKS add-on", rig.Options{NodeGroups: workshopNodes}},
		{"with a VPC CNI that no add-on manages", rig.Options{NodeGroups: workshopNodes, SelfManagedCNI: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := startWorld(t, c.Options)
			before := w.objects()

			var setup setupResult
			w.mustPodsg(&setup, "setup", "--yes")
			if setup.Outcome != "done" || setup.Verification.Green.Verdict != "connected" || setup.Verification.Red.Verdict != "timed-out" {
				t.Fatalf("setup: %+v", setup)
			}
			w.agreesWithControllers(setup.Verification.Green)
			w.redHasNoBranch(setup.Verification.Red)

			var again planResult
			w.mustPodsg(&again, "plan")
			if len(again.Changes) != 0 {
				t.Errorf("a second plan has changes: %v", again.Changes)
			}
			if d := w.diagnose(); len(d.failed()) != 0 {
				t.Errorf("diagnose after setup:\n%v", d)
			}

			var cleanup struct{ Outcome string }
			w.mustPodsg(&cleanup, "cleanup", "--yes")
			if cleanup.Outcome != "done" {
				t.Errorf("cleanup ended as %q", cleanup.Outcome)
			}
			w.noBranchesLeft()
			for _, d := range difference(before, w.objects()) {
				t.Errorf("after cleanup: %s", d)
			}
		})
	}
}

// agreesWithControllers compares what podsg reported of the green pod with what
// the API server, the VPC resource controller and the account have of it.
func (w *world) agreesWithControllers(green probeResult) {
	w.t.Helper()
	pod, err := w.Client().CoreV1().Pods(namespace).Get(w.t.Context(), green.Pod, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if limit := pod.Spec.Containers[0].Resources.Limits[podENI]; limit.String() != "1" {
		w.t.Errorf("the webhook gave the green pod the limit %q of %s, want 1", limit.String(), podENI)
	}
	var annotated []struct {
		ENIID     string `json:"eniId"`
		PrivateIP string `json:"privateIp"`
		VLANID    int    `json:"vlanId"`
	}
	if err := json.Unmarshal([]byte(pod.Annotations[podENI]), &annotated); err != nil || len(annotated) != 1 {
		w.t.Fatalf("annotation %q: %v", pod.Annotations[podENI], err)
	}
	a := annotated[0]
	if green.ENI.ID != a.ENIID || green.ENI.PrivateIP != a.PrivateIP || green.ENI.VLANID != a.VLANID {
		w.t.Errorf("podsg says %+v, the controller %+v", green.ENI, a)
	}
	if green.ClientAddress != a.PrivateIP || pod.Status.PodIP != a.PrivateIP {
		w.t.Errorf("the database saw %s, the pod has %s, its branch interface %s", green.ClientAddress, pod.Status.PodIP, a.PrivateIP)
	}
	eni := w.networkInterface(a.ENIID)
	if eni.Type != "branch" || eni.Description != "aws-k8s-branch-eni" || !slices.Equal(eni.Groups, green.ENI.Groups) {
		w.t.Errorf("the account's interface is %+v, podsg says the groups %v", eni, green.ENI.Groups)
	}
	w.nodeHasTrunk(pod.Spec.NodeName)
	reasons := w.eventReasons(pod.Namespace, pod.Name)
	for _, want := range []string{"SecurityGroupRequested", "ResourceAllocated"} {
		if !slices.Contains(reasons, want) {
			w.t.Errorf("events of the green pod are %v, want one of %s", reasons, want)
		}
	}
}

func (w *world) nodeHasTrunk(name string) {
	w.t.Helper()
	node, err := w.Client().CoreV1().Nodes().Get(w.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if have := node.Status.Allocatable[podENI]; have.String() != branchesOfM5Large {
		w.t.Errorf("node %s offers %s branch interfaces, want %s", name, have.String(), branchesOfM5Large)
	}
	obj, err := w.Dynamic().Resource(rig.CNINodes).Get(w.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	features, _, err := unstructured.NestedSlice(obj.Object, "spec", "features")
	if err != nil || len(features) != 1 || features[0].(map[string]any)["name"] != "SecurityGroupsForPods" {
		w.t.Errorf("CNINode %s has the features %v", name, features)
	}
	if reasons := w.eventReasons(metav1.NamespaceDefault, name); !slices.Contains(reasons, "NodeTrunkInitiated") {
		w.t.Errorf("events of node %s are %v, want one of NodeTrunkInitiated", name, reasons)
	}
}

func (w *world) redHasNoBranch(red probeResult) {
	w.t.Helper()
	pod, err := w.Client().CoreV1().Pods(namespace).Get(w.t.Context(), red.Pod, metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, has := pod.Spec.Containers[0].Resources.Limits[podENI]; has || pod.Annotations[podENI] != "" {
		w.t.Errorf("the red pod asks for a branch interface")
	}
	if !strings.Contains(red.Error, "timeout expired") {
		w.t.Errorf("the red pod says %q", red.Error)
	}
}

// eventReasons are the reasons of an object's events.
func (w *world) eventReasons(namespace, name string) []string {
	w.t.Helper()
	list, err := w.Client().CoreV1().Events(namespace).List(w.t.Context(), metav1.ListOptions{FieldSelector: "involvedObject.name=" + name})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range list.Items {
		out = append(out, e.Reason)
	}
	return out
}

// networkInterface is an interface of the account.
type networkInterface struct {
	ID, Type, Description string
	Groups                []string
}

func (w *world) networkInterfaces() map[string]networkInterface {
	w.t.Helper()
	all, err := w.Account().Snapshot()
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]networkInterface{}
	for key, value := range all {
		if id, ok := strings.CutPrefix(key, "network-interface/"); ok {
			var e networkInterface
			decode(w.t, string(value), &e)
			out[id] = e
		}
	}
	return out
}

func (w *world) networkInterface(id string) networkInterface { return w.networkInterfaces()[id] }

// noBranchesLeft wants that the controller has deleted its branch interfaces.
func (w *world) noBranchesLeft() {
	w.t.Helper()
	for id, e := range w.networkInterfaces() {
		if e.Description == "aws-k8s-branch-eni" {
			w.t.Errorf("branch interface %s is left", id)
		}
	}
}
