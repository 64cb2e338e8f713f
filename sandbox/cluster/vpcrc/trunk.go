package vpcrc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/aws/amazon-vpc-resource-controller-k8s/pkg/aws/vpc"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
)

// A trunk is a node's trunk ENI with its branch ENIs: those that pods hold, and
// those that cool down before they are deleted.
type trunk struct {
	controller *Controller
	id         string
	limit      int
	groups     []string // of the instance, for pods that no policy matches any more

	mu      sync.Mutex
	held    map[types.UID]*cloud.Branch // by pod; nil while it is being created
	cooling []*coolingBranch            // oldest first
}

// createTrunk makes a node's trunk ENI. On failure it tells why in events and
// returns nil.
func (r *Controller) createTrunk(ctx context.Context, node *corev1.Node, machine cloud.Node) *trunk {
	if !r.Spend(ctx, trunkCreateTime) {
		return nil
	}
	eni, err := r.Cloud.CreateTrunk(r.Name, machine.InstanceID)
	if err != nil {
		var refusal *cloud.APIError
		if errors.As(err, &refusal) {
			message := "Failed to create trunk interface: Error Code: " + refusal.Code
			if refusal.Code == "UnauthorizedOperation" {
				message += ": Please verify the cluster IAM role has AmazonEKSVPCResourceController policy"
			}
			r.events.Warning(component.AboutNodeObject(node), "TrunkENICreationFailed", "%s", message)
		}
		r.events.Normal(component.AboutNode(node.Name), "NodeTrunkFailedInit", "The node failed initializing trunk interface")
		r.Log.Debug("trunk not created", "node", node.Name, "error", err)
		return nil
	}
	r.events.Normal(component.AboutNode(node.Name), "NodeTrunkInitiated", "The node has trunk interface initialized successfully")
	return &trunk{
		controller: r,
		id:         eni.ID,
		limit:      vpc.Limits[machine.InstanceType].BranchInterface,
		groups:     machine.SecurityGroups,
		held:       map[types.UID]*cloud.Branch{},
	}
}

// errAtCapacity says that a node has all the branch ENIs it can have, those
// that cool down included.
var errAtCapacity = errors.New("currently at maximum capacity")

// allocate makes a branch ENI for a pod.
func (t *trunk) allocate(ctx context.Context, pod *corev1.Pod, groups []string) (*cloud.Branch, error) {
	if err := t.reserve(pod.UID); err != nil {
		return nil, err
	}
	if !t.controller.Spend(ctx, branchCreateTime) {
		t.cancel(pod.UID)
		return nil, ctx.Err()
	}
	if len(groups) == 0 {
		groups = t.groups
	}
	branch, err := t.controller.Cloud.CreateBranch(t.controller.Name, t.id, groups)
	if err != nil {
		t.cancel(pod.UID)
		return nil, sdkError(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held[pod.UID] = &branch
	return &branch, nil
}

func (t *trunk) reserve(pod types.UID) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if older, ok := t.held[pod]; ok {
		return fmt.Errorf("cannot create new eni entry already exist, older entry : %v", older)
	}
	if len(t.held)+len(t.cooling) >= t.limit {
		return errAtCapacity
	}
	t.held[pod] = nil
	return nil
}

func (t *trunk) cancel(pod types.UID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.held, pod)
}

// sdkError words a refusal of EC2 as the AWS SDK does. The account has put the
// controller's step before it.
func sdkError(err error) error {
	var refusal *cloud.APIError
	if !errors.As(err, &refusal) {
		return fmt.Errorf("assigning vlad id, %w", err) // the controller's own spelling
	}
	operation, status := "CreateNetworkInterface", refusal.Status
	if strings.HasPrefix(err.Error(), "associating") {
		operation = "AssociateTrunkInterface"
	}
	if status == 0 {
		status = http.StatusBadRequest
	}
	said := fmt.Sprintf("operation error EC2: %s, https response error StatusCode: %d, RequestID: %s, api error %s",
		operation, status, names.UUID(err.Error()), refusal.Error())
	return &branchError{text: strings.Replace(err.Error(), refusal.Error(), said, 1), cause: err}
}

type branchError struct {
	text  string
	cause error
}

func (e *branchError) Error() string { return e.text }
func (e *branchError) Unwrap() error { return e.cause }
