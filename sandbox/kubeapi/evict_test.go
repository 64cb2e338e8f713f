package kubeapi_test

import (
	"testing"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func TestAnEvictionKeepsToTheDisruptionBudget(t *testing.T) {
	w := newWorld(t)
	runningPod(t, w, "green")
	budgets := storage.NewClient[*policyv1.PodDisruptionBudget](w.store, gvr.DisruptionBudgets, "test")
	must(t)(budgets.Create(&policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "green", Namespace: "workshop"}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{}},
	}))
	allow := func(n int32) {
		must(t)(budgets.MutateStatus("workshop", "green", func(b *policyv1.PodDisruptionBudget) error {
			b.Status.ObservedGeneration, b.Status.DisruptionsAllowed = b.Generation, n
			return nil
		}))
	}
	evict := func() error {
		return w.typed.CoreV1().RESTClient().Post().Namespace("workshop").Resource("pods").Name("green").SubResource("eviction").
			Body(&policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "green"}}).MaxRetries(0).Do(context5(t)).Error()
	}
	if err := evict(); !apierrors.IsTooManyRequests(err) {
		t.Errorf("before the budget is counted: %v", err)
	}
	allow(0)
	if err := evict(); !apierrors.IsTooManyRequests(err) || !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause) {
		t.Errorf("without a budget: %v", err)
	}
	allow(1)
	if err := evict(); err != nil {
		t.Fatal(err)
	}
	b, err := budgets.Get("workshop", "green")
	if err != nil || b.Status.DisruptionsAllowed != 0 {
		t.Errorf("%+v, %v", b.Status, err)
	}
}
