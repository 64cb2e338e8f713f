package kubeapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
)

// serveSubresource answers a request about part of an object or about something
// to be done with it.
func (h *Handler) serveSubresource(w http.ResponseWriter, t *target) error {
	switch {
	case t.subresource == "status" && t.served.hasStatus:
		return h.serveStatus(w, t)
	case t.subresource == "scale" && t.served.hasScale:
		return h.serveScale(w, t)
	case t.subresource == "finalize" && t.served.gvr == Namespaces && t.verb == "update":
		t.subresource = ""
		return h.update(w, t)
	case t.served.gvr != Pods:
		return errNoSuchResource()
	}
	switch t.subresource {
	case "log":
		if t.verb != "get" {
			return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
		}
		pod, err := h.pod(t)
		if err != nil {
			return err
		}
		return serveLog(w, t.request, pod, h.Logs)
	case "portforward":
		pod, err := h.pod(t)
		if err != nil {
			return err
		}
		return servePortForward(w, t.http, pod, h.PortForward)
	case "exec", "attach":
		return h.refuseExec(t)
	case "eviction":
		return h.evict(w, t)
	case "binding":
		return h.bind(w, t)
	}
	return errNoSuchResource()
}

// pod is a copy of the pod that the request is about.
func (h *Handler) pod(t *target) (*corev1.Pod, error) {
	obj, err := h.Store.get(t.stored, t.namespace, t.name)
	if err != nil {
		return nil, err
	}
	return obj.(*corev1.Pod).DeepCopy(), nil
}

func (h *Handler) serveStatus(w http.ResponseWriter, t *target) error {
	switch t.verb {
	case "get":
		return h.get(w, t)
	case "update":
		return h.update(w, t)
	case "patch":
		return h.patch(w, t)
	}
	return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
}

// refuseExec says that no process can be started in a practice pod.
func (h *Handler) refuseExec(t *target) error {
	if _, err := h.Store.get(t.stored, t.namespace, t.name); err != nil {
		return err
	}
	return statusError(http.StatusNotImplemented, "NotImplemented",
		fmt.Sprintf("the practice cluster does not run commands in pods: %s of pod %q refused; its log can be read", t.subresource, t.name))
}

// evict deletes a pod as "kubectl drain" asks for it. There are no disruption
// budgets to be in the way.
func (h *Handler) evict(w http.ResponseWriter, t *target) error {
	if t.verb != "create" {
		return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
	}
	eviction := &policyv1.Eviction{}
	if err := decodeOptions(t.request, eviction); err != nil {
		return err
	}
	opts := metav1.DeleteOptions{}
	if eviction.DeleteOptions != nil {
		opts = *eviction.DeleteOptions
	}
	if t.dryRun {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	if _, _, err := h.Store.remove(t.stored, t.namespace, t.name, opts, t.user); err != nil {
		return err
	}
	return writeJSON(w, http.StatusCreated, success())
}

// bind assigns a pod to a node, as a scheduler does.
func (h *Handler) bind(w http.ResponseWriter, t *target) error {
	if t.verb != "create" {
		return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
	}
	binding := &corev1.Binding{}
	if err := decodeOptions(t.request, binding); err != nil {
		return err
	}
	if binding.Target.Name == "" {
		return apierrors.NewBadRequest("target.name: Required value")
	}
	opts := t.writeOptions()
	opts.subresource = ""
	_, err := h.Store.mutate(t.stored, t.namespace, t.name, opts, func(current runtime.Object) (runtime.Object, error) {
		pod := current.(*corev1.Pod)
		if pod.Spec.NodeName != "" {
			return nil, apierrors.NewConflict(t.groupResource(), pod.Name,
				fmt.Errorf("pod %s is already assigned to node %q", pod.Name, pod.Spec.NodeName))
		}
		pod.Spec.NodeName = binding.Target.Name
		return pod, nil
	})
	if err != nil {
		return err
	}
	opts.subresource = "status"
	_, err = h.Store.mutate(t.stored, t.namespace, t.name, opts, func(current runtime.Object) (runtime.Object, error) {
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
	return writeJSON(w, http.StatusCreated, success())
}

// serveScale reads and writes the number of replicas of a workload.
func (h *Handler) serveScale(w http.ResponseWriter, t *target) error {
	switch t.verb {
	case "get":
		obj, err := h.Store.get(t.stored, t.namespace, t.name)
		if err != nil {
			return err
		}
		scale, err := scaleOf(obj)
		if err != nil {
			return err
		}
		return writeJSON(w, http.StatusOK, scale)
	case "update", "patch":
		return h.writeScale(w, t)
	}
	return apierrors.NewMethodNotSupported(t.groupResource(), t.verb)
}

func (h *Handler) writeScale(w http.ResponseWriter, t *target) error {
	body, err := readBody(t.request)
	if err != nil {
		return err
	}
	opts := t.writeOptions()
	opts.subresource = ""
	obj, err := h.Store.mutate(t.stored, t.namespace, t.name, opts, func(current runtime.Object) (runtime.Object, error) {
		scale, err := scaleOf(current)
		if err != nil {
			return nil, err
		}
		asked := &autoscalingv1.Scale{}
		if t.verb == "patch" {
			document, err := json.Marshal(scale)
			if err != nil {
				return nil, err
			}
			scaleResource := &resource{gvr: t.served.gvr, kind: "Scale"}
			if document, err = applyPatch(types.PatchType(contentType(t.http)), document, body, scale, scaleResource); err != nil {
				return nil, err
			}
			if err := json.Unmarshal(document, asked); err != nil {
				return nil, apierrors.NewBadRequest(err.Error())
			}
		} else {
			info, err := serializer(contentType(t.http))
			if err != nil {
				return nil, err
			}
			if _, _, err := info.Serializer.Decode(body, nil, asked); err != nil {
				return nil, apierrors.NewBadRequest(err.Error())
			}
		}
		accessor(current).SetResourceVersion(asked.ResourceVersion)
		return current, setReplicas(current, asked.Spec.Replicas)
	})
	if err != nil {
		return err
	}
	scale, err := scaleOf(obj)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, scale)
}

func scaleOf(obj runtime.Object) (*autoscalingv1.Scale, error) {
	object := accessor(obj)
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
	var selector *metav1.LabelSelector
	switch obj := obj.(type) {
	case *appsv1.Deployment:
		scale.Spec.Replicas, scale.Status.Replicas, selector = ptr.Deref(obj.Spec.Replicas, 1), obj.Status.Replicas, obj.Spec.Selector
	case *appsv1.ReplicaSet:
		scale.Spec.Replicas, scale.Status.Replicas, selector = ptr.Deref(obj.Spec.Replicas, 1), obj.Status.Replicas, obj.Spec.Selector
	default:
		return nil, fmt.Errorf("scale %T: it has no replicas", obj)
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil, fmt.Errorf("read selector of %q: %w", object.GetName(), err)
	}
	scale.Status.Selector = parsed.String()
	return scale, nil
}

func setReplicas(obj runtime.Object, n int32) error {
	switch obj := obj.(type) {
	case *appsv1.Deployment:
		obj.Spec.Replicas = &n
	case *appsv1.ReplicaSet:
		obj.Spec.Replicas = &n
	default:
		return fmt.Errorf("scale %T: it has no replicas", obj)
	}
	return nil
}
