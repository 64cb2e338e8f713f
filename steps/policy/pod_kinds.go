package policy

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckFargate = check.Check{ID: "D08", Title: "Fargate pods keep the cluster's own access"}
	CheckWindows = check.Check{ID: "D39g", Title: "No Windows pod is selected"}
)

// mostFargateGroups is how many security groups a Fargate pod can have.
// https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html
const mostFargateGroups = 5

// checkPodKinds looks at selected pods that get no branch ENI: those on Fargate
// have the groups on their own interface, those on Windows nodes not at all.
func checkPodKinds(f *check.Findings) {
	if _, missing := f.S.Missing(world.FactPods); missing {
		return
	}
	var fargate []intent.SelectedPod
	var windows []world.Pod
	for _, p := range intent.SelectedPods(f.S, f.T) {
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
		f.Add(CheckWindows, check.Fail, words.CountOf(len(windows), "selected pod runs", "selected pods run")+" on Windows, where pods keep their node's security groups").
			Saw(world.PodNames(windows)...).
			Mend(say.T("select only pods on Linux, and give the Windows nodes a security group that fits their pods"), "kubectl -n "+f.T.Namespace+" get securitygrouppolicies -o yaml")
	}
}

func checkFargateGroups(f *check.Findings, pods []intent.SelectedPod) {
	var many, without []string
	cluster := f.T.Cluster.SecurityGroupID
	for _, p := range pods {
		line := p.Name + " gets " + strings.Join(p.Groups, " ")
		if len(p.Groups) > mostFargateGroups {
			many = append(many, line)
		}
		if cluster != "" && !slices.Contains(p.Groups, cluster) {
			without = append(without, line)
		}
	}
	edit := "kubectl -n " + f.T.Namespace + " edit securitygrouppolicies"
	switch {
	case len(many) > 0:
		f.Add(CheckFargate, check.Fail, fmt.Sprintf("the policies give %s more than %d security groups, which is all that one can have", words.NumberOf(len(many), "Fargate pod"), mostFargateGroups)).
			Saw(words.Few(many)...).Mend(say.T("name fewer groups in the policies"), edit)
	case len(without) > 0:
		f.Add(CheckFargate, check.Warn, fmt.Sprintf("the policies give %s no cluster security group (%s), by which a Fargate pod reaches the control plane and CoreDNS", words.NumberOf(len(without), "Fargate pod"), cluster)).
			Saw(words.Few(without)...).On(cluster).Mend(say.T("name it in the policy too, unless the other groups have such rules; then restart the pods"), edit)
	default:
		f.Add(CheckFargate, check.Pass, fmt.Sprintf("all %d have the cluster security group besides", len(pods)))
	}
}
