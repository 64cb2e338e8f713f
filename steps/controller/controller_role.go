package controller

import (
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var CheckControllerRole = check.Check{ID: "D60", Title: "Controller has its permissions in the cluster"}

// What Amazon EKS gives the VPC resource controller in namespace kube-system.
// https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/docs/troubleshooting.md
const (
	controllersRole    = "eks-vpc-resource-controller-role"
	controllersBinding = "eks-vpc-resource-controller-rolebinding"
)

// CheckControllerRights tells what is missing of the controller's permissions,
// and the pods that show it. It is reported only where something is missing.
func CheckControllerRights(f *check.Findings) {
	var lacking, saw, on []string
	if reason, missing := f.S.Missing(world.FactSettings); missing {
		saw = append(saw, reason)
	} else {
		if !f.S.Kube.Settings.ControllerRole {
			lacking = append(lacking, "Role "+controllersRole)
		}
		if !f.S.Kube.Settings.ControllerBinding {
			lacking = append(lacking, "RoleBinding "+controllersBinding)
		}
	}
	for _, pod := range f.S.UnallocatedPods(f.T.Namespace) {
		if m, ok := Met(f.S, pod, f.T); ok && m.check.ID == CheckControllerRole.ID {
			saw, on = append(saw, m.line()), append(on, pod.Namespace+"/"+pod.Name)
		}
	}
	refused, _ := find(annotationFailures, `cannot patch resource "pods"`)
	switch {
	case len(lacking) > 0:
		f.Add(CheckControllerRole, check.Fail, strings.Join(lacking, " and ")+" of kube-system "+map[bool]string{true: "is", false: "are"}[len(lacking) == 1]+" missing: the controller cannot do its work").Saw(saw...).On(on...).
			Mend(say.T("%s", refused.Mend), showControllerRole(Site{}))
	case len(on) > 0:
		f.Add(CheckControllerRole, check.Fail, words.NumberOf(len(on), "pod")+" without a branch ENI: "+refused.Cause).Saw(saw...).On(on...).
			Mend(say.T("%s", refused.Mend), showControllerRole(Site{}))
	default:
		if reason, missing := f.S.Missing(world.FactSettings); missing {
			f.Add(CheckControllerRole, check.Skip, reason)
		}
	}
}

func showControllerRole(Site) string {
	return "kubectl -n kube-system get role/" + controllersRole + " rolebinding/" + controllersBinding + "\nkubectl get clusterrole vpc-resource-controller-role -o yaml"
}
