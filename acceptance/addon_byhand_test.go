package acceptance

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/steps/plan"
)

const externalSNAT = "AWS_VPC_K8S_CNI_EXTERNALSNAT"

// setEnv sets variables of the container aws-node, as NAME=value, in the way
// that kubectl set env does.
func (l *lab) setEnv(variables ...string) {
	l.t.Helper()
	var list []string
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		list = append(list, `{"name":"`+name+`","value":"`+value+`"}`)
	}
	patch := `{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[` + strings.Join(list, ",") + `]}]}}}}`
	_, err := l.kubernetes().AppsV1().DaemonSets("kube-system").Patch(l.t.Context(), "aws-node", types.StrategicMergePatchType,
		[]byte(patch), metav1.PatchOptions{FieldManager: "kubectl-set"})
	if err != nil {
		l.t.Fatal(err)
	}
	l.eventually("aws-node is rolled out", func() bool {
		ds, err := l.kubernetes().AppsV1().DaemonSets("kube-system").Get(l.t.Context(), "aws-node", metav1.GetOptions{})
		return err == nil && ds.Status.ObservedGeneration >= ds.Generation &&
			ds.Status.UpdatedNumberScheduled == ds.Status.DesiredNumberScheduled && ds.Status.NumberReady == ds.Status.DesiredNumberScheduled
	})
}

// env is the value of a variable of the container aws-node; empty: it is not set.
func (l *lab) env(name string) string {
	l.t.Helper()
	ds, err := l.kubernetes().AppsV1().DaemonSets("kube-system").Get(l.t.Context(), "aws-node", metav1.GetOptions{})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, e := range ds.Spec.Template.Spec.Containers[0].Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

func TestWhatWasSetOnTheCNIByHandIsKept(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.setEnv("ENABLE_POD_ENI=true", externalSNAT+"=true")
	l.podsg("plan").exits(0).says("keeping what was set by hand", externalSNAT+"=true")
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
	if have := l.env(externalSNAT); have != "true" {
		t.Errorf("after the setup %s is %q", externalSNAT, have)
	}
	r := decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
	for _, name := range []string{"ENABLE_POD_ENI", externalSNAT} {
		if have := l.env(name); have != "true" {
			t.Errorf("after the cleanup %s is %q: restored %+v, kept %+v", name, have, r.Restored, r.Kept)
		}
	}
}
