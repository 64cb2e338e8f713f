package policy

import (
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// mostFargateGroups is how many security groups a Fargate pod can have.
// https://docs.aws.amazon.com/eks/latest/userguide/sg-pods-example-deployment.html
const mostFargateGroups = 5

// fargate looks at the selected pods on Fargate, which get no branch ENI: they
// have the groups on their own interface.
func fargate(c *check.Context) {
	var many, without []string
	all, cluster := 0, c.Target.Cluster.SecurityGroupID
	for _, p := range intent.SelectedPods(c.Snapshot, c.Target) {
		if !p.Fargate || p.Windows {
			continue
		}
		all++
		line := p.Name + " gets " + strings.Join(p.Groups, " ")
		if len(p.Groups) > mostFargateGroups {
			many = append(many, line)
		}
		if cluster != "" && !slices.Contains(p.Groups, cluster) {
			without = append(without, line)
		}
	}
	edit := shell.Command("kubectl -n %s edit securitygrouppolicies", c.Target.Namespace)
	switch {
	case len(many) > 0:
		c.Add(check.Fail, say.N(len(many),
			"the policies give %d Fargate pod more than %d security groups, which is all that one can have",
			"the policies give %d Fargate pods more than %d security groups, which is all that one can have", mostFargateGroups)).
			Saw(words.Few(many)...).Mend(say.T("name fewer groups in the policies"), edit)
	case len(without) > 0:
		c.Add(check.Warn, say.N(len(without),
			"the policies give %d Fargate pod no cluster security group (%s), by which a Fargate pod reaches the control plane and CoreDNS",
			"the policies give %d Fargate pods no cluster security group (%s), by which a Fargate pod reaches the control plane and CoreDNS", cluster)).
			Saw(words.Few(without)...).On(cluster).Mend(say.T("name it in the policy too, unless the other groups have such rules; then restart the pods"), edit)
	case all > 0:
		c.Pass("all %d have the cluster security group besides", all)
	}
}

// windows looks for selected pods on Windows nodes, which get the groups not at
// all.
func windows(c *check.Context) {
	var on []world.Pod
	for _, p := range intent.SelectedPods(c.Snapshot, c.Target) {
		if p.Windows {
			on = append(on, p.Pod)
		}
	}
	if len(on) == 0 {
		return
	}
	c.Add(check.Fail, say.N(len(on),
		"%d selected pod runs on Windows, where pods keep their node's security groups",
		"%d selected pods run on Windows, where pods keep their node's security groups")).
		Saw(world.PodNames(on)...).
		Mend(say.T("select only pods on Linux, and give the Windows nodes a security group that fits their pods"), shell.Command("kubectl -n %s get securitygrouppolicies -o yaml", c.Target.Namespace))
}
