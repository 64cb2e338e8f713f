package proof

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/policy"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// kindChecks are the checks of what selected pods are.
var kindChecks = check.In("proof", check.StepTestPods, pages,
	check.Check{
		ID: "D54", Title: "Pod can have a branch ENI",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactPolicies},
		Run:      ownNetwork,
	},
	check.Check{
		ID: "D55", Title: "First container asks for a branch ENI",
		Severity:    check.Fail,
		Needs:       []world.Fact{world.FactPods},
		ExplainedBy: []string{"D42", "D44"},
		Run:         firstContainer,
	},
)

// interfaceChecks are the checks of whether branch ENIs are there.
var interfaceChecks = check.In("proof", check.StepTestPods, pages,
	check.Check{
		ID: "D71", Title: "Branch ENI exists",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods, world.FactInterfaces}, Uses: policy.RestartFacts,
		Run: exists,
	},
)

// runChecks are the checks of whether pods run.
var runChecks = check.In("proof", check.StepTestPods, pages,
	check.Check{
		ID: "D66", Title: "Pod runs",
		Severity: check.Fail,
		Needs:    []world.Fact{world.FactPods}, Uses: []world.Fact{world.FactPolicies, world.FactEvents},
		ExplainedBy: []string{
			"D08", "D11", "D12", "D13", "D15", "D16", "D20", "D21", "D22", "D23", "D33", "D35", "D36", "D37", "D39e", "D39f", "D59", "D60", "D61", "D62", "D63", "D64", "D65", "D67", "D71", "D74",
			"D39d", "D47", "D53", "D68", "D82", "D83", "D79", "D90", "D91", "D92", "D93", "D94", "D95", "D96", "D97", "D98", "D99", "D100", "P03",
		},
		Run: running,
	},
)

// concerned are the pods of the namespace that a policy selects or that asked
// for a branch ENI, whatever became of it.
func concerned(c *check.Context) []world.Pod {
	selected := map[string]bool{}
	for _, p := range intent.ClientPods(c.Snapshot, c.Target) {
		selected[p.Name] = true
	}
	return slices.DeleteFunc(c.PodsIn(c.Target.Namespace), func(p world.Pod) bool {
		return !selected[p.Name] && p.ENILimitOn < 0 && len(p.ENIs) == 0 || p.HostNetwork
	})
}

// ownNetwork names the selected pods that use their node's network.
func ownNetwork(c *check.Context) {
	accounts, policies := c.AccountLabels(), c.PoliciesIn(c.Target.Namespace)
	var on []world.Pod
	meant := false
	for _, pod := range c.PodsIn(c.Target.Namespace) {
		if !pod.HostNetwork {
			continue
		}
		_, matched, _ := world.MatchPolicies(policies, pod.Labels, accounts[pod.ServiceAccount])
		if len(matched) == 0 {
			continue
		}
		on = append(on, pod)
		for _, p := range policies {
			meant = meant || slices.Contains(matched, p.Name) && !p.PodSelector.IsEmpty()
		}
	}
	if len(on) == 0 {
		return
	}
	status := check.Fail
	if !meant { // a policy for all pods catches them by the way
		status = check.Warn
	}
	c.Add(status, say.N(len(on), "%d selected pod uses its node's network (hostNetwork), so it has its node's security groups", "%d selected pods use their nodes' network (hostNetwork), so they have their nodes' security groups")).
		Saw(world.PodNames(on)...).On(names(on)...).
		Mend(say.T("take hostNetwork out of the pod template if the pod does not need it: only a pod with a network of its own can have a branch ENI; new pods replace the old ones then"), editOwner(on[0]))
}

// names are pods by namespace and name.
func names(pods []world.Pod) []string {
	var out []string
	for _, p := range pods {
		out = append(out, p.Namespace+"/"+p.Name)
	}
	return out
}

// editOwner edits what has the template of a pod.
func editOwner(p world.Pod) string {
	kind, name, owned := strings.Cut(p.Owner, "/")
	if deployment, of := strings.CutSuffix(name, "-"+p.Labels["pod-template-hash"]); kind == "ReplicaSet" && of {
		kind, name = "deployment", deployment
	}
	if !owned {
		kind, name = "pod", p.Name
	}
	return shell.Command("kubectl -n %s edit %s %s", p.Namespace, strings.ToLower(kind), name)
}

// firstContainer names the pods whose limit is not on their first container.
func firstContainer(c *check.Context) {
	var lines []string
	var on []world.Pod
	for _, p := range c.PodsIn(c.Target.Namespace) {
		if p.ENILimitOn > 0 {
			lines, on = append(lines, fmt.Sprintf("%s: container %d has the limit", p.Name, p.ENILimitOn)), append(on, p)
		}
	}
	if len(on) == 0 {
		return
	}
	c.Add(check.Fail, say.N(len(on), "%d pod has the limit %s on another container than the first, which is the only one that the VPC CNI reads", "%d pods have the limit %s on another container than the first, which is the only one that the VPC CNI reads", world.ResourcePodENI)).
		Saw(lines...).On(names(on)...).Mend(InFront, ShowInjectors)
}

// InFront is what is done about a webhook that puts a container in front.
var InFront = say.T("another webhook put a container in front: make it put its container last (or as a sidecar among the init containers), then restart the pods, for new ones fare the same until then")

// ShowInjectors lists the webhooks that may do it.
const ShowInjectors = "kubectl get mutatingwebhookconfigurations -o custom-columns='NAME:.metadata.name,RESOURCES:.webhooks[*].rules[*].resources'"

// exists names the pods whose branch ENI is gone.
func exists(c *check.Context) {
	var lines []string
	var on []world.Pod
	all := 0
	for _, p := range c.PodsIn(c.Target.Namespace) {
		if len(p.ENIs) == 0 || p.Fargate {
			continue
		}
		all++
		if _, ok := c.InterfaceByID(p.ENIs[0].ENIID); !ok {
			lines, on = append(lines, fmt.Sprintf("%s: %s does not exist", p.Name, p.ENIs[0].ENIID)), append(on, p)
		}
	}
	switch {
	case all == 0:
	case len(on) == 0:
		c.Pass("all %d do", all)
	default:
		found := c.Add(check.Fail, say.N(len(on), "the branch ENI of %d pod was deleted under it: it has an address that leads nowhere", "the branch ENIs of %d pods were deleted under them: they have addresses that lead nowhere")).
			Saw(lines...).On(names(on)...)
		policy.Restart(c, found, say.T("restart the pods"), on)
	}
}

// running names the pods that do not run, or do and are not ready.
func running(c *check.Context) {
	var lines []string
	var on []world.Pod
	var first Stall
	pods := concerned(c)
	for _, p := range pods {
		x, is := StallOf(c.Snapshot, p)
		if !is || !x.Known && c.TakenAt.Sub(p.CreatedAt) < soonReady {
			continue
		}
		if first.Reason.IsZero() || !first.Known && x.Known {
			first = x
		}
		lines, on = append(lines, p.Name+": "+x.Reason.String()), append(on, p)
	}
	if len(on) == 0 {
		if len(pods) > 0 {
			c.Add(check.Pass, say.N(len(pods), "%d runs", "all %d run"))
		}
		return
	}
	c.Add(check.Fail, say.N(len(on), "%d of %d selected pods does not run as it should: %s", "%d of %d selected pods do not run as they should: %s", len(pods), first.Reason)).
		Saw(lines...).On(names(on)...).Mend(first.Fix, first.Command)
}
