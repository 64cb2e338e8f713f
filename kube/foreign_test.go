package kube_test

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/kubeapi"
	"podsg/steps"
)

func TestOnlyWhatPeopleMadeIsForeignInANamespace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.connect(t, adminToken)
	maps := kubeapi.NewClient[*corev1.ConfigMap](w.store, kubeapi.ConfigMaps, "test")
	for name, labels := range map[string]map[string]string{
		"kube-root-ca.crt": nil,
		"podsg-rds-ca":     {steps.LabelManagedBy: steps.ManagedBy},
		"settings":         {"app": "shop"},
	} {
		if _, err := maps.Create(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "workshop", Name: name, Labels: labels}}); err != nil {
			t.Fatal(err)
		}
	}
	w.pod(t, "workshop", "alone")
	found, err := c.ForeignObjects(t.Context(), "workshop")
	if err != nil || !slices.Equal(found, []string{"configmap settings", "pod alone"}) {
		t.Fatalf("%q, %v", found, err)
	}
}
