package vpcrc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/cluster/podeni"
	"podsg/sandbox/cluster/podstate"
	"podsg/sandbox/cluster/rbac"
)

const (
	branchAttempts     = 6                    // then the pod waits for its next event
	branchRetryBackoff = 5 * time.Millisecond // doubled at each attempt
	podRequeueInterval = time.Second
)

// syncPod gives a pod its branch ENI once the pod's node can. On a node that is
// full it looks again after the cool-down period, without a word.
func (r *Controller) syncPod(ctx context.Context, name string) (time.Duration, error) {
	if r.down.Load() {
		return 0, nil
	}
	var err error
	for attempt := range branchAttempts {
		pod, ok := r.Pods.Get(component.SplitKey(name))
		if !ok || podstate.Finished(pod) || pod.Annotations[string(names.PodENI)] != "" {
			return 0, nil
		}
		t, ok := r.trunkOf(pod.Spec.NodeName)
		if !ok {
			return podRequeueInterval, nil
		}
		if err = r.assign(ctx, pod, t); err == nil {
			r.refuse(name, false)
			return 0, nil
		}
		if errors.Is(err, errAtCapacity) {
			r.refuse(name, true)
			return r.coolDownPeriod(), nil
		}
		if !r.Pause(ctx, branchRetryBackoff<<attempt) {
			return 0, nil
		}
	}
	r.refuse(name, true)
	r.Log.Debug("branch not allocated", "pod", name, "error", err)
	return 0, nil
}

// refuse remembers whether a pod was refused its branch ENI; refusedBranch tells.
func (r *Controller) refuse(pod string, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refused {
		r.refused[pod] = true
	} else {
		delete(r.refused, pod)
	}
}

func (r *Controller) refusedBranch(pod string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused[pod]
}

// assign makes a pod's branch ENI and writes it into the annotation.
func (r *Controller) assign(ctx context.Context, pod *corev1.Pod, t *trunk) error {
	groups, err := r.securityGroups(pod)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		r.events.Warning(component.AboutPod(pod), "SecurityGroupRequested",
			"Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy")
	} else {
		r.events.Normal(component.AboutPod(pod), "SecurityGroupRequested", "Pod will get the following Security Groups %v", groups)
	}
	branch, err := t.allocate(ctx, pod, groups)
	if err != nil {
		if !errors.Is(err, errAtCapacity) && ctx.Err() == nil {
			r.events.Warning(component.AboutPod(pod), "BranchAllocationFailed", "failed to allocate branch ENI to pod: %v", err)
		}
		return err
	}
	annotation, err := json.Marshal([]podeni.Branch{detailsOf(branch)})
	if err == nil {
		err = r.annotate(pod, string(annotation))
	}
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		t.release(pod.UID) // the pod went meanwhile
		return nil
	}
	if err != nil {
		t.discard(pod.UID)
		r.events.Warning(component.AboutPod(pod), "BranchENIAnnotationFailed", "failed to annotate pod with branch ENI details: %v", err)
		return err
	}
	r.events.Normal(component.AboutPod(pod), "ResourceAllocated", "Allocated %s to the pod", annotation)
	return nil
}

func detailsOf(b *cloud.Branch) podeni.Branch {
	return podeni.Branch{
		ENIID: b.ENIID, MAC: b.MAC, PrivateIP: b.PrivateIP.String(), IPv6: b.IPv6,
		VLAN: b.VLAN, SubnetCIDR: b.SubnetCIDR, SubnetV6CIDR: b.SubnetV6CIDR, AssociationID: b.AssociationID,
	}
}

func (r *Controller) annotate(pod *corev1.Pod, value string) error {
	if !r.mayAnnotate(pod.Namespace) {
		return apierrors.NewForbidden(corev1.Resource("pods"), pod.Name, fmt.Errorf(
			"User %q cannot patch resource \"pods\" in API group \"\" in the namespace %q", names.ResourceControllerUser, pod.Namespace))
	}
	_, err := r.Pods.Mutate(resourceControllerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		if p.UID != pod.UID {
			return apierrors.NewConflict(corev1.Resource("pods"), p.Name, errors.New("the pod is another one now"))
		}
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, string(names.PodENI), value)
		return nil
	})
	return err
}

// mayAnnotate says whether the VPC resource controller may write a pod's
// annotation. Amazon EKS grants it through a cluster role, and the controller
// works only with its role in kube-system.
func (r *Controller) mayAnnotate(string) bool {
	_, role := r.Roles.Get(names.SystemNamespace, names.ControllerRole)
	_, binding := r.RoleBindings.Get(names.SystemNamespace, names.ControllerRoleBinding)
	return role && binding &&
		rbac.Allowed(r.Base, rbacv1.Subject{Kind: rbacv1.UserKind, Name: names.ResourceControllerUser}, "patch", "", "pods")
}

// release gives up the branch ENI of a pod that is gone or has finished.
func (r *Controller) release(p *corev1.Pod) {
	r.refuse(component.KeyOf(p), false)
	if t, ok := r.trunkOf(p.Spec.NodeName); ok {
		t.release(p.UID)
	}
}
