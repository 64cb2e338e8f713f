package cluster

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
)

const (
	branchAttempts     = 6                    // then the pod waits for its next event
	branchRetryBackoff = 5 * time.Millisecond // doubled at each attempt
	podRequeueInterval = time.Second
)

// branchDetails is the annotation's form of a branch ENI. All keys are always
// there.
type branchDetails struct {
	ENIID         string `json:"eniId"`
	MAC           string `json:"ifAddress"`
	PrivateIP     string `json:"privateIp"`
	IPv6          string `json:"ipv6Addr"`
	VLAN          int    `json:"vlanId"`
	SubnetCIDR    string `json:"subnetCidr"`
	SubnetV6CIDR  string `json:"subnetV6Cidr"`
	AssociationID string `json:"associationID"`
}

// wantsBranch says whether any container of a pod requests a branch ENI.
func wantsBranch(p *corev1.Pod) bool {
	for _, c := range p.Spec.Containers {
		if q, ok := c.Resources.Requests[podENI]; ok && !q.IsZero() {
			return true
		}
	}
	return false
}

// syncPod gives a pod its branch ENI once the pod's node can. On a node that is
// full it looks again after the cool-down period, without a word.
func (r *vpcController) syncPod(ctx context.Context, name string) (time.Duration, error) {
	if r.down.Load() {
		return 0, nil
	}
	var err error
	for attempt := range branchAttempts {
		pod, ok := r.pods.get(splitKey(name))
		if !ok || finished(pod) || pod.Annotations[string(podENI)] != "" {
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
		if !r.pause(ctx, branchRetryBackoff<<attempt) {
			return 0, nil
		}
	}
	r.refuse(name, true)
	r.log.Debug("branch not allocated", "pod", name, "error", err)
	return 0, nil
}

// refuse remembers whether a pod was refused its branch ENI; refusedBranch tells.
func (r *vpcController) refuse(pod string, refused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if refused {
		r.refused[pod] = true
	} else {
		delete(r.refused, pod)
	}
}

func (r *vpcController) refusedBranch(pod string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.refused[pod]
}

// assign makes a pod's branch ENI and writes it into the annotation.
func (r *vpcController) assign(ctx context.Context, pod *corev1.Pod, t *trunk) error {
	groups, err := r.securityGroups(pod)
	if err != nil {
		return err
	}
	if len(groups) == 0 {
		r.events.warning(aboutPod(pod), "SecurityGroupRequested",
			"Pod will get the instance security group as the pod didn't match any Security Group from SecurityGroupPolicy")
	} else {
		r.events.normal(aboutPod(pod), "SecurityGroupRequested", "Pod will get the following Security Groups %v", groups)
	}
	branch, err := t.allocate(ctx, pod, groups)
	if err != nil {
		if !errors.Is(err, errAtCapacity) && ctx.Err() == nil {
			r.events.warning(aboutPod(pod), "BranchAllocationFailed", "failed to allocate branch ENI to pod: %v", err)
		}
		return err
	}
	annotation, err := json.Marshal([]branchDetails{detailsOf(branch)})
	if err == nil {
		err = r.annotate(pod, string(annotation))
	}
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		t.release(pod.UID) // the pod went meanwhile
		return nil
	}
	if err != nil {
		t.discard(pod.UID)
		r.events.warning(aboutPod(pod), "BranchENIAnnotationFailed", "failed to annotate pod with branch ENI details: %v", err)
		return err
	}
	r.events.normal(aboutPod(pod), "ResourceAllocated", "Allocated %s to the pod", annotation)
	return nil
}

func detailsOf(b *cloud.Branch) branchDetails {
	return branchDetails{
		ENIID: b.ENIID, MAC: b.MAC, PrivateIP: b.PrivateIP.String(), IPv6: b.IPv6,
		VLAN: b.VLAN, SubnetCIDR: b.SubnetCIDR, SubnetV6CIDR: b.SubnetV6CIDR, AssociationID: b.AssociationID,
	}
}

func (r *vpcController) annotate(pod *corev1.Pod, value string) error {
	if !r.mayAnnotate(pod.Namespace) {
		return apierrors.NewForbidden(corev1.Resource("pods"), pod.Name, fmt.Errorf(
			"User %q cannot patch resource \"pods\" in API group \"\" in the namespace %q", resourceControllerUser, pod.Namespace))
	}
	_, err := r.pods.mutate(resourceControllerActor, pod.Namespace, pod.Name, func(p *corev1.Pod) error {
		if p.UID != pod.UID {
			return apierrors.NewConflict(corev1.Resource("pods"), p.Name, errors.New("the pod is another one now"))
		}
		metav1.SetMetaDataAnnotation(&p.ObjectMeta, string(podENI), value)
		return nil
	})
	return err
}

// mayAnnotate says whether the VPC resource controller may write a pod's
// annotation. Amazon EKS grants it through a cluster role, and the controller
// works only with its role in kube-system.
func (r *vpcController) mayAnnotate(string) bool {
	_, role := r.roles.get(systemNamespace, controllerRole)
	_, binding := r.roleBindings.get(systemNamespace, controllerRoleBinding)
	return role && binding &&
		allowed(r.Base, rbacv1.Subject{Kind: rbacv1.UserKind, Name: resourceControllerUser}, "patch", "", "pods")
}

// release gives up the branch ENI of a pod that is gone or has finished.
func (r *vpcController) release(p *corev1.Pod) {
	r.refuse(keyOf(p), false)
	if t, ok := r.trunkOf(p.Spec.NodeName); ok {
		t.release(p.UID)
	}
}
