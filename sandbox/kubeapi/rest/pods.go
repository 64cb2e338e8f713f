package rest

import (
	"fmt"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/codec"
)

// pod is a copy of the pod that the request is about.
func (h *Handler) pod(t *target) (*corev1.Pod, error) {
	obj, err := h.Store.Get(t.stored, t.Namespace, t.Name)
	if err != nil {
		return nil, err
	}
	return obj.(*corev1.Pod).DeepCopy(), nil
}

// refuseExec says that no process can be started in a practice pod.
func (h *Handler) refuseExec(t *target) error {
	if _, err := h.Store.Get(t.stored, t.Namespace, t.Name); err != nil {
		return err
	}
	return apierror.New(http.StatusNotImplemented, "NotImplemented",
		fmt.Sprintf("the practice cluster does not run commands in pods: %s of pod %q refused; its log can be read", t.Subresource, t.Name))
}

// bind assigns a pod to a node, as a scheduler does.
func (h *Handler) bind(w http.ResponseWriter, t *target) error {
	if t.Verb != "create" {
		return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
	}
	binding := &corev1.Binding{}
	if err := codec.DecodeOptions(t.Request, binding); err != nil {
		return err
	}
	if binding.Target.Name == "" {
		return apierrors.NewBadRequest("target.name: Required value")
	}
	opts := t.writeOptions()
	opts.Subresource = ""
	_, err := h.Store.Mutate(t.stored, t.Namespace, t.Name, opts, func(current runtime.Object) (runtime.Object, error) {
		pod := current.(*corev1.Pod)
		if pod.Spec.NodeName != "" {
			return nil, apierrors.NewConflict(t.GroupResource(), pod.Name,
				fmt.Errorf("pod %s is already assigned to node %q", pod.Name, pod.Spec.NodeName))
		}
		pod.Spec.NodeName = binding.Target.Name
		return pod, nil
	})
	if err != nil {
		return err
	}
	opts.Subresource = "status"
	_, err = h.Store.Mutate(t.stored, t.Namespace, t.Name, opts, func(current runtime.Object) (runtime.Object, error) {
		pod := current.(*corev1.Pod)
		pod.Status.Conditions = append(pod.Status.Conditions, corev1.PodCondition{
			Type:               corev1.PodScheduled,
			Status:             corev1.ConditionTrue,
			LastTransitionTime: metav1.NewTime(h.Store.Clock().Now().Truncate(time.Second)),
		})
		return pod, nil
	})
	if err != nil {
		return err
	}
	return codec.WriteJSON(w, http.StatusCreated, success())
}
