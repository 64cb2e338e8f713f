package rest

import (
	"errors"
	"fmt"
	"net/http"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// evict deletes a pod as "kubectl drain" asks for it: if its disruption budget
// allows that.
func (h *Handler) evict(w http.ResponseWriter, t *target) error {
	if t.Verb != "create" {
		return apierrors.NewMethodNotSupported(t.GroupResource(), t.Verb)
	}
	eviction := &policyv1.Eviction{}
	if err := codec.DecodeOptions(t.Request, eviction); err != nil {
		return err
	}
	opts := metav1.DeleteOptions{}
	if eviction.DeleteOptions != nil {
		opts = *eviction.DeleteOptions
	}
	if t.DryRun {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	pod, err := h.pod(t)
	if err != nil {
		return err
	}
	if err := h.spendBudget(pod, t.DryRun); err != nil {
		return err
	}
	if _, _, err := h.Store.Delete(t.stored, t.Namespace, t.Name, opts, t.User); err != nil {
		return err
	}
	return codec.WriteJSON(w, http.StatusCreated, success())
}

// spendBudget takes one disruption from the budget of a pod that runs.
func (h *Handler) spendBudget(pod *corev1.Pod, dryRun bool) error {
	switch pod.Status.Phase {
	case corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed:
		return nil
	}
	if pod.DeletionTimestamp != nil {
		return nil
	}
	budgets := storage.NewClient[*policyv1.PodDisruptionBudget](h.Store, gvr.DisruptionBudgets, "")
	all, err := budgets.List(pod.Namespace, storage.Selector{})
	if err != nil {
		return err
	}
	var mine []*policyv1.PodDisruptionBudget
	for _, b := range all {
		selector, err := metav1.LabelSelectorAsSelector(b.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(pod.Labels)) {
			mine = append(mine, b)
		}
	}
	switch {
	case len(mine) == 0:
		return nil
	case len(mine) > 1:
		return apierrors.NewInternalError(errors.New("this pod has more than one PodDisruptionBudget, which the eviction subresource does not support"))
	case !ready(pod) && mine[0].Status.CurrentHealthy >= mine[0].Status.DesiredHealthy && mine[0].Status.DesiredHealthy > 0:
		return nil
	}
	if dryRun {
		return refuseDisruption(mine[0])
	}
	_, err = budgets.MutateStatus(pod.Namespace, mine[0].Name, func(b *policyv1.PodDisruptionBudget) error {
		if err := refuseDisruption(b); err != nil {
			return err
		}
		b.Status.DisruptionsAllowed--
		return nil
	})
	return err
}

// refuseDisruption says why a budget does not allow a disruption now.
func refuseDisruption(b *policyv1.PodDisruptionBudget) error {
	message, cause, wait := "", "", 0
	switch {
	case b.Status.ObservedGeneration < b.Generation:
		message, wait = "Cannot evict pod as it would violate the pod's disruption budget.", 10
		cause = fmt.Sprintf("The disruption budget %s is still being processed by the server.", b.Name)
	case b.Status.DisruptionsAllowed == 0:
		message = "Cannot evict pod as it would violate the pod's disruption budget."
		cause = fmt.Sprintf("The disruption budget %s needs %d healthy pods and has %d currently", b.Name, b.Status.DesiredHealthy, b.Status.CurrentHealthy)
	default:
		return nil
	}
	err := apierrors.NewTooManyRequests(message, wait)
	err.ErrStatus.Details.Causes = append(err.ErrStatus.Details.Causes, metav1.StatusCause{Type: policyv1.DisruptionBudgetCause, Message: cause})
	return err
}

func ready(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
