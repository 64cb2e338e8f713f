package steps

import (
	"fmt"
	"slices"
	"strings"
)

var (
	checkFargate = check{id: "D08", title: "Fargate pods keep the cluster's own access"}
	checkWindows = check{id: "D39g", title: "No Windows pod is selected"}
)

// mostFargateGroups is how many security groups a Fargate pod can have.
// https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html
const mostFargateGroups = 5

// checkPodKinds looks at selected pods that get no branch ENI: those on Fargate
// have the groups on their own interface, those on Windows nodes not at all.
func checkPodKinds(f *findings) {
	if _, missing := f.s.Missing(FactPods); missing {
		return
	}
	var fargate []selectedPod
	var windows []Pod
	for _, p := range f.s.selectedPods(f.t) {
		switch {
		case p.Windows:
			windows = append(windows, p.Pod)
		case p.Fargate:
			fargate = append(fargate, p)
		}
	}
	if len(fargate) > 0 {
		checkFargateGroups(f, fargate)
	}
	if len(windows) > 0 {
		f.add(checkWindows, Fail, countOf(len(windows), "selected pod runs", "selected pods run")+" on Windows, where pods keep their node's security groups").
			saw(podNames(windows)...).
			mend("select only pods on Linux, and give the Windows nodes a security group that fits their pods", "kubectl -n "+f.t.Namespace+" get securitygrouppolicies -o yaml")
	}
}

func checkFargateGroups(f *findings, pods []selectedPod) {
	var many, without []string
	cluster := f.t.Cluster.SecurityGroupID
	for _, p := range pods {
		line := p.Name + " gets " + strings.Join(p.groups, " ")
		if len(p.groups) > mostFargateGroups {
			many = append(many, line)
		}
		if cluster != "" && !slices.Contains(p.groups, cluster) {
			without = append(without, line)
		}
	}
	edit := "kubectl -n " + f.t.Namespace + " edit securitygrouppolicies"
	switch {
	case len(many) > 0:
		f.add(checkFargate, Fail, fmt.Sprintf("the policies give %s more than %d security groups, which is all that one can have", numberOf(len(many), "Fargate pod"), mostFargateGroups)).
			saw(few(many)...).mend("name fewer groups in the policies", edit)
	case len(without) > 0:
		f.add(checkFargate, Warn, fmt.Sprintf("the policies give %s no cluster security group (%s), by which a Fargate pod reaches the control plane and CoreDNS", numberOf(len(without), "Fargate pod"), cluster)).
			saw(few(without)...).on(cluster).mend("name it in the policy too, unless the other groups have such rules; then restart the pods", edit)
	default:
		f.add(checkFargate, Pass, fmt.Sprintf("all %d have the cluster security group besides", len(pods)))
	}
}
