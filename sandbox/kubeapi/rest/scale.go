package rest

import (
	"encoding/json"
	"fmt"
	"net/http"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/resource"
)

// serveScale reads and writes the number of replicas of a workload.
func (h *Handler) serveScale(w http.ResponseWriter, t *target) error {
	switch t.Verb {
	case "get":
		obj, err := h.Store.Get(t.stored, t.Namespace, t.Name)
		if err != nil {
			return err
		}
		scale, err := scaleOf(obj)
		if err != nil {
			return err
		}
		return codec.WriteJSON(w, http.StatusOK, scale)
	case "update", "patch":
		return h.writeScale(w, t)
	}
	return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
}

func (h *Handler) writeScale(w http.ResponseWriter, t *target) error {
	body, err := codec.ReadBody(t.Request)
	if err != nil {
		return err
	}
	opts := t.writeOptions()
	opts.Subresource = ""
	obj, err := h.Store.Mutate(t.stored, t.Namespace, t.Name, opts, func(current runtime.Object) (runtime.Object, error) {
		scale, err := scaleOf(current)
		if err != nil {
			return nil, err
		}
		asked := &autoscalingv1.Scale{}
		if t.Verb == "patch" {
			document, err := json.Marshal(scale)
			if err != nil {
				return nil, err
			}
			scaleResource := &resource.Resource{GVR: t.served.GVR, Kind: "Scale"}
			if document, err = applyPatch(types.PatchType(codec.ContentType(t.HTTP)), document, body, scale, scaleResource); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(document, asked); err != nil {
				return nil, apierrors.NewBadRequest(err.Error())
			}
		} else if err := codec.Decode(codec.ContentType(t.HTTP), body, asked); err != nil {
			return nil, err
		}
		resource.Accessor(current).SetResourceVersion(asked.ResourceVersion)
		replicas, _, _, err := replicasOf(current)
		if err != nil {
			return nil, err
		}
		*replicas = &asked.Spec.Replicas
		return current, nil
	})
	if err != nil {
		return err
	}
	scale, err := scaleOf(obj)
	if err != nil {
		return err
	}
	return codec.WriteJSON(w, http.StatusOK, scale)
}

func scaleOf(obj runtime.Object) (*autoscalingv1.Scale, error) {
	object := resource.Accessor(obj)
	scale := &autoscalingv1.Scale{
		TypeMeta: metav1.TypeMeta{Kind: "Scale", APIVersion: autoscalingv1.SchemeGroupVersion.String()},
		ObjectMeta: metav1.ObjectMeta{
			Name:              object.GetName(),
			Namespace:         object.GetNamespace(),
			UID:               object.GetUID(),
			ResourceVersion:   object.GetResourceVersion(),
			CreationTimestamp: object.GetCreationTimestamp(),
		},
	}
	spec, status, selector, err := replicasOf(obj)
	if err != nil {
		return nil, err
	}
	scale.Spec.Replicas, scale.Status.Replicas = ptr.Deref(*spec, 1), status
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil, fmt.Errorf("read selector of %q: %w", object.GetName(), err)
	}
	scale.Status.Selector = parsed.String()
	return scale, nil
}

// replicasOf finds what there is to scale: how many replicas are wanted, how many
// there are, and by what they are found.
func replicasOf(obj runtime.Object) (spec **int32, status int32, selector *metav1.LabelSelector, err error) {
	switch obj := obj.(type) {
	case *appsv1.Deployment:
		return &obj.Spec.Replicas, obj.Status.Replicas, obj.Spec.Selector, nil
	case *appsv1.StatefulSet:
		return &obj.Spec.Replicas, obj.Status.Replicas, obj.Spec.Selector, nil
	case *appsv1.ReplicaSet:
		return &obj.Spec.Replicas, obj.Status.Replicas, obj.Spec.Selector, nil
	}
	return nil, 0, nil, fmt.Errorf("scale %T: it has no replicas", obj)
}
