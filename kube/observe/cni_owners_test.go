package observe

import (
	"maps"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/facts"
)

func TestTheOwnerOfAVariableIsWhoeverElseThanTheAddonSetIt(t *testing.T) {
	t.Parallel()
	const (
		value = `{".":{},"f:name":{},"f:value":{}}`
		entry = `{".":{},"f:name":{}}` // in the manifest, without its value
	)
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	fields := func(manager string, minute int, list, container, variable string) metav1.ManagedFieldsEntry {
		when := metav1.NewTime(at.Add(time.Duration(minute) * time.Minute))
		return metav1.ManagedFieldsEntry{Manager: manager, Time: &when, FieldsV1: metav1.NewFieldsV1(
			`{"f:spec":{"f:template":{"f:spec":{"` + list + `":{"k:{\"name\":\"` + container + `\"}":{"f:env":{"k:{\"name\":\"X\"}":` + variable + `}}}}}}}`)}
	}
	agent := func(manager string, minute int, variable string) metav1.ManagedFieldsEntry {
		return fields(manager, minute, "f:containers", facts.CNIContainer, variable)
	}
	for name, c := range map[string]struct {
		entries []metav1.ManagedFieldsEntry
		owners  map[string]string
		taken   []string
	}{
		"the add-on set it":                      {entries: []metav1.ManagedFieldsEntry{agent("eks", 0, value)}, owners: map[string]string{"X": "eks"}},
		"somebody changed it since":              {entries: []metav1.ManagedFieldsEntry{agent("eks", 0, entry), agent("kubectl-set", 1, value)}, owners: map[string]string{"X": "kubectl-set"}, taken: []string{"X"}},
		"both set the same, the add-on last":     {entries: []metav1.ManagedFieldsEntry{agent("kubectl-set", 0, value), agent("eks", 1, value)}, owners: map[string]string{"X": "kubectl-set"}},
		"both set the same, the add-on first":    {entries: []metav1.ManagedFieldsEntry{agent("eks", 0, value), agent("kubectl-set", 1, value)}, owners: map[string]string{"X": "kubectl-set"}},
		"the add-on's manifest does not have it": {entries: []metav1.ManagedFieldsEntry{agent("kubectl-set", 1, value)}, owners: map[string]string{"X": "kubectl-set"}},
		"two others set it":                      {entries: []metav1.ManagedFieldsEntry{agent("helm", 2, value), agent("kubectl-set", 1, value)}, owners: map[string]string{"X": "helm"}},
		"it is the init container's": {
			entries: []metav1.ManagedFieldsEntry{fields("eks", 0, "f:initContainers", facts.CNIInit, entry), fields("kubectl-set", 1, "f:initContainers", facts.CNIInit, value)},
			owners:  map[string]string{"init/X": "kubectl-set"}, taken: []string{"init/X"},
		},
		"it is known from elsewhere": {
			entries: []metav1.ManagedFieldsEntry{agent("kubectl-set", 0, `{".":{},"f:name":{},"f:valueFrom":{"f:configMapKeyRef":{}}}`)}, owners: map[string]string{"X": "kubectl-set"},
		},
		"what is not a list of fields holds nothing": {entries: []metav1.ManagedFieldsEntry{{Manager: "eks", FieldsV1: metav1.NewFieldsV1(`[1]`)}}},
		"it is another container's":                  {entries: []metav1.ManagedFieldsEntry{fields("eks", 0, "f:containers", "aws-eks-nodeagent", value)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owners, taken := envOwners(c.entries)
			if !maps.Equal(owners, c.owners) || !slices.Equal(taken, c.taken) {
				t.Errorf("owners %v, taken %v", owners, taken)
			}
		})
	}
}
