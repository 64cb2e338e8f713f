package component

import (
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/kubeapi/access"
)

// EKS is what installs and updates add-ons.
var EKS = Actor{Manager: names.AddonManager, User: access.User{Name: "eks:addon-manager", Groups: []string{"system:masters", "system:authenticated"}}}

// An Actor is a component under the names by which its writes are known: the
// field manager that owns what it wrote, and the user that admission sees.
type Actor struct {
	Manager string
	User    access.User
	Applies bool // it makes its objects by server-side apply
}

// Kubelet is the kubelet of a node.
func Kubelet(node string) Actor {
	return Actor{Manager: "kubelet", User: access.User{Name: "system:node:" + node, Groups: []string{"system:nodes", "system:authenticated"}}}
}

// ControllerManager is kube-controller-manager.
var ControllerManager = Actor{Manager: names.KubeControllerManager, User: access.User{Name: "system:kube-controller-manager"}}
