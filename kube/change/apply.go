// Package change changes objects, and keeps podsg's own records, the journal and
// the lock, in the cluster. Every write names the field manager podsg; nothing
// that others own is taken over.
package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// A Writer changes a cluster, and keeps podsg's own records in it.
type Writer struct{ *api.Client }

// Apply implements [plan.Kube]. A manifest that carries podsg's mark of
// ownership is not applied to an object that exists without it: what others
// made is never adopted.
func (c Writer) Apply(ctx context.Context, m plan.Manifest) (created bool, err error) {
	body, err := json.Marshal(m)
	if err != nil {
		return false, fmt.Errorf("write manifest as JSON: %w", err)
	}
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(body); err != nil {
		return false, fmt.Errorf("read manifest: %w", err)
	}
	doing, name := "apply "+object.GetKind(), facts.Qualified(object.GetNamespace(), object.GetName())
	resource, namespaced, err := c.ResourceFor(object.GetAPIVersion(), object.GetKind())
	if err != nil {
		return false, c.Problem(doing, name, err)
	}
	if facts.OwnedBy(object) {
		if err := c.refuseOthers(ctx, doing, resource, object); err != nil {
			return false, err
		}
	}
	var status int
	err = c.Raw.Patch(types.ApplyPatchType).
		AbsPath(resourcePath(resource, namespaced, object.GetNamespace(), object.GetName())...).
		Param("fieldManager", world.FieldManager).
		Param("fieldValidation", metav1.FieldValidationStrict).
		Body(body).
		Do(ctx).StatusCode(&status).Error()
	if apierrors.IsConflict(err) {
		return false, conflictProblem(doing, name, err)
	}
	if err != nil {
		return false, c.Problem(doing, name, err)
	}
	return status == http.StatusCreated, nil
}

// refuseOthers fails when an object exists that podsg did not make.
func (c Writer) refuseOthers(ctx context.Context, doing string, resource schema.GroupVersionResource, wanted *unstructured.Unstructured) error {
	name := facts.Qualified(wanted.GetNamespace(), wanted.GetName())
	live, err := c.Objects.Resource(resource).Namespace(wanted.GetNamespace()).Get(ctx, wanted.GetName(), metav1.GetOptions{})
	if err != nil {
		return c.UnlessMissing(doing, name, err)
	}
	if facts.OwnedBy(live) {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemChanged, Doing: doing, Object: name,
		Err:  errors.New("it exists already, and podsg did not make it"),
		Hint: "Choose another name, or delete the object if nobody needs it.",
	}
}

// conflictProblem says who owns which field that podsg would have changed.
func conflictProblem(doing, name string, err error) *world.Problem {
	p := &world.Problem{
		Kind: world.ProblemChanged, Doing: doing, Object: name, Err: err,
		Hint: "Leave the field to its owner, or let the owner give it up; podsg does not take fields over.",
	}
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return p
	}
	var conflicts []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Type == metav1.CauseTypeFieldManagerConflict {
			// The message is: conflict with "MANAGER" using VERSION.
			conflicts = append(conflicts, fmt.Sprintf("field %s belongs to field manager %q", cause.Field, api.Quoted(cause.Message)))
		}
	}
	if len(conflicts) > 0 {
		p.Err = errors.New(strings.Join(conflicts, "; "))
	}
	return p
}

// resourcePath is the path of an object in the REST API.
func resourcePath(resource schema.GroupVersionResource, namespaced bool, namespace, name string) []string {
	path := []string{"api", resource.Version}
	if resource.Group != "" {
		path = []string{"apis", resource.Group, resource.Version}
	}
	if namespaced {
		path = append(path, "namespaces", namespace)
	}
	return append(path, resource.Resource, name)
}
