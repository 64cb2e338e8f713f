package steps

import "strings"

var checkControllerRole = check{id: "D60", title: "Controller has its permissions in the cluster"}

// What Amazon EKS gives the VPC resource controller in namespace kube-system.
// https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/docs/troubleshooting.md
const (
	controllersRole    = "eks-vpc-resource-controller-role"
	controllersBinding = "eks-vpc-resource-controller-rolebinding"
)

// checkControllerRights tells what is missing of the controller's permissions,
// and the pods that show it. It is reported only where something is missing.
func checkControllerRights(f *findings) {
	var lacking, saw, on []string
	if reason, missing := f.s.Missing(FactSettings); missing {
		saw = append(saw, reason)
	} else {
		if !f.s.Kube.Settings.ControllerRole {
			lacking = append(lacking, "Role "+controllersRole)
		}
		if !f.s.Kube.Settings.ControllerBinding {
			lacking = append(lacking, "RoleBinding "+controllersBinding)
		}
	}
	for _, pod := range f.s.unallocatedPods(f.t.Namespace) {
		if m, ok := f.s.met(pod, f.t); ok && m.check == checkControllerRole {
			saw, on = append(saw, m.line()), append(on, pod.Namespace+"/"+pod.Name)
		}
	}
	refused, _ := find(annotationFailures, `cannot patch resource "pods"`)
	switch {
	case len(lacking) > 0:
		f.add(checkControllerRole, Fail, strings.Join(lacking, " and ")+" of kube-system "+map[bool]string{true: "is", false: "are"}[len(lacking) == 1]+" missing: the controller cannot do its work").saw(saw...).on(on...).
			mend(refused.mend, showControllerRole(site{}))
	case len(on) > 0:
		f.add(checkControllerRole, Fail, numberOf(len(on), "pod")+" without a branch ENI: "+refused.cause).saw(saw...).on(on...).
			mend(refused.mend, showControllerRole(site{}))
	default:
		if reason, missing := f.s.Missing(FactSettings); missing {
			f.add(checkControllerRole, Skip, reason)
		}
	}
}

func showControllerRole(site) string {
	return "kubectl -n kube-system get role/" + controllersRole + " rolebinding/" + controllersBinding + "\nkubectl get clusterrole vpc-resource-controller-role -o yaml"
}
