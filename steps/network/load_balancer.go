package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// tagClusterPrefix begins the tag by which the AWS Load Balancer Controller finds
// the group of an interface that it may add rules to.
const tagClusterPrefix = "kubernetes.io/cluster/"

// taggedGroup looks for pods behind a load balancer whose branch ENI has
// several security groups of which not exactly one carries the cluster's tag. The
// AWS Load Balancer Controller then does not register them by their addresses.
// With one group it needs no tag. See resolveEndpointSGForENI in
// pkg/targetgroupbinding/networking_manager.go of
// kubernetes-sigs/aws-load-balancer-controller.
func taggedGroup(c *check.Context) {
	s := c.Snapshot
	balanced := slices.DeleteFunc(slices.Clone(s.Kube.Services), func(v world.Service) bool {
		return v.Type != "LoadBalancer" || len(v.PodLabels) == 0
	})
	if len(balanced) == 0 || !c.Known(world.FactPods, world.FactPolicies, world.FactSecurityGroups) {
		return
	}
	tag := tagClusterPrefix + c.Target.Cluster.Name
	accounts := s.AccountLabels()
	var lines, groups, services []string
	behind := 0
	for _, service := range balanced {
		selector := &world.Selector{MatchLabels: service.PodLabels}
		policies := s.PoliciesIn(service.Namespace)
		for _, pod := range s.Kube.Pods {
			if matches, err := selector.Matches(pod.Labels); err != nil || !matches || pod.Namespace != service.Namespace || pod.HostNetwork || pod.Ended() {
				continue
			}
			has, _, _ := world.MatchPolicies(policies, pod.Labels, accounts[pod.ServiceAccount])
			if len(has) == 0 {
				continue
			}
			behind++
			tagged := slices.DeleteFunc(slices.Clone(has), func(id string) bool {
				g, _ := s.Group(id)
				_, ok := g.Tags[tag]
				return !ok
			})
			if len(has) == 1 || len(tagged) == 1 {
				continue
			}
			groups, services = append(groups, has...), append(services, service.Namespace+"/"+service.Name)
			lines = append(lines, fmt.Sprintf("Service %s, pod %s: of %s, %s", service.Name, pod.Name, strings.Join(has, " "), taggedText(tagged)))
		}
	}
	if behind == 0 {
		return
	}
	if len(lines) == 0 {
		c.Pass("pods behind a load balancer have one security group, or one with the tag %s", tag)
		return
	}
	groups, services = words.Distinct(groups), words.Distinct(services)
	c.Warn("%s cannot be given to the load balancer by their addresses: not exactly one of their security groups has the tag %s",
		say.N(len(lines), "%d selected pod", "%d selected pods"), tag).Saw(words.Few(lines)...).On(append(services, groups...)...).
		Mend(say.T("leave the tag on exactly one of them: that of the pods; the AWS Load Balancer Controller adds its rules to it"),
			shell.Command("aws ec2 describe-security-groups --group-ids %s --query 'SecurityGroups[].[GroupId,GroupName,Tags]'", groups))
}

// taggedText says which of a pod's groups have the tag.
func taggedText(tagged []string) string {
	if len(tagged) == 0 {
		return "none has the tag"
	}
	return strings.Join(tagged, " and ") + " have the tag"
}
