package controller

import (
	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// What Amazon EKS gives the VPC resource controller in namespace kube-system.
// https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/docs/troubleshooting.md
const (
	controllersRole    = "eks-vpc-resource-controller-role"
	controllersBinding = "eks-vpc-resource-controller-rolebinding"
)

// role tells what is missing of the controller's permissions, and the pods that
// show it. It is reported only where something is missing.
func role(c *check.Context) {
	var saw, on []string
	reason, unknown := c.Missing(world.FactSettings)
	if unknown {
		saw = append(saw, reason)
	}
	for _, pod := range c.UnallocatedPods(c.Target.Namespace) {
		if m, ok := Met(c.Snapshot, pod, c.Target); ok && m.check == "D60" {
			saw, on = append(saw, m.line()), append(on, pod.Namespace+"/"+pod.Name)
		}
	}
	refusal, _ := find(annotationFailures, `cannot patch resource "pods"`)
	has := c.Kube.Settings
	var lacking say.Text
	switch {
	case unknown:
	case !has.ControllerRole && !has.ControllerBinding:
		lacking = say.T("Role %s and RoleBinding %s of kube-system are missing: the controller cannot do its work", controllersRole, controllersBinding)
	case !has.ControllerRole:
		lacking = say.T("Role %s of kube-system is missing: the controller cannot do its work", controllersRole)
	case !has.ControllerBinding:
		lacking = say.T("RoleBinding %s of kube-system is missing: the controller cannot do its work", controllersBinding)
	}
	if lacking.IsZero() && len(on) > 0 {
		lacking = without(len(on), refusal.Cause)
	}
	if lacking.IsZero() {
		c.Known(world.FactSettings)
		return
	}
	c.Add(check.Fail, lacking).Saw(saw...).On(on...).Mend(refusal.Mend, showControllerRole(Site{}))
}

func showControllerRole(Site) string {
	return shell.Command("kubectl -n kube-system get role/%s rolebinding/%s", controllersRole, controllersBinding) + "\nkubectl get clusterrole vpc-resource-controller-role -o yaml"
}
