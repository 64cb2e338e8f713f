package controllers

import (
	"encoding/json"
	"fmt"
	"maps"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/cluster/component"
)

// ensureRevision keeps the history that kubectl rollout reads: one
// ControllerRevision for each template that a workload has had.
func ensureRevision(b *component.Base, owner metav1.Object, kind schema.GroupVersionKind, template *corev1.PodTemplateSpec, hash string) error {
	name := revisionName(owner, hash)
	if _, ok := b.Revisions.Get(owner.GetNamespace(), name); ok {
		return nil
	}
	data, err := revisionData(template)
	if err != nil {
		return fmt.Errorf("record revision of %s %q: %w", kind.Kind, component.KeyOf(owner), err)
	}
	var newest int64
	for _, r := range b.Revisions.List(component.ByOwner, string(owner.GetUID())) {
		newest = max(newest, r.Revision)
	}
	labels := map[string]string{appsv1.ControllerRevisionHashLabelKey: hash}
	maps.Copy(labels, template.Labels)
	_, err = b.Revisions.Create(component.ControllerManager, &appsv1.ControllerRevision{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: owner.GetNamespace(), Labels: labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(owner, kind)},
		},
		Data:     runtime.RawExtension{Raw: data},
		Revision: newest + 1,
	})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// revisionName is the name of the ControllerRevision of a template.
func revisionName(owner metav1.Object, hash string) string { return owner.GetName() + "-" + hash }

// revisionData is a template as ControllerRevisions hold it: a patch that
// replaces the owner's template by it.
func revisionData(template *corev1.PodTemplateSpec) ([]byte, error) {
	data, err := json.Marshal(template)
	if err != nil {
		return nil, err
	}
	var content map[string]any
	if err := json.Unmarshal(data, &content); err != nil {
		return nil, err
	}
	content["$patch"] = "replace"
	return json.Marshal(map[string]any{"spec": map[string]any{"template": content}})
}

// revisedTemplate is the template that a ControllerRevision holds.
func revisedTemplate(b *component.Base, namespace, revision string) (*corev1.PodTemplateSpec, bool) {
	r, ok := b.Revisions.Get(namespace, revision)
	if !ok {
		return nil, false
	}
	var held struct {
		Spec struct {
			Template corev1.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	if err := json.Unmarshal(r.Data.Raw, &held); err != nil {
		return nil, false
	}
	return &held.Spec.Template, true
}
