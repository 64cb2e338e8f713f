package lint

import (
	"regexp"
	"slices"
	"strings"

	"podsg/steps/say"
	"podsg/steps/world"
)

// rules are in the order of their ids.
var rules = []Rule{
	{"L01", "A policy has security groups, by their ids", groupIDs},
	{"L02", "A policy has no field that Kubernetes does not know", unknownFields},
	{"L03", "A policy has a selector, and does not select everything unasked", selectors},
	{"L04", "Operators of selectors exist", operators},
	{"L05", "A policy selects pods of the files", selectsNothing},
	{"L06", "One selector, or both on purpose", bothSelectors},
	{"L07", "Selected pods can have a branch ENI", podKinds},
	{"L08", "No pod carries the annotation of another", copiedAnnotation},
	{"L09", "No pod asks for the label of older controllers", oldAffinity},
	{"L10", "Selected pods may look up names", deniedDNS},
	{"L11", "Pods of Fargate profiles keep the cluster's security group", fargate},
	{"L12", "Probes reach the selected pods in strict mode", strictProbes},
	{"L13", "The security groups are there, in the cluster's VPC", groupsThere},
}

// groupPattern is what ids of security groups look like.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
var groupPattern = regexp.MustCompile(`^sg-([0-9a-f]{8}|[0-9a-f]{17})$`)

// mostGroups is how many security groups a network interface has without a
// raised quota. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
const mostGroups = 5

func groupIDs(j *judgement) {
	for _, p := range j.Policies {
		ids, at := p.Spec.SecurityGroups.GroupIDs, p.line("spec", "securityGroups")
		if len(ids) == 0 && len(p.unknown()) == 0 {
			j.report(Error, p.Object, at, say.T("it gives no security group, so the controller ignores it without a word"), say.T("list them under spec.securityGroups.groupIds"))
		}
		for _, id := range ids {
			if !groupPattern.MatchString(id) {
				j.report(Error, p.Object, at, say.T("%q is not the id of a security group: its pods would wait in ContainerCreating", id),
					say.T("write the id, such as sg-0123456789abcdef0; a name is not taken"))
			}
		}
		if len(ids) > mostGroups {
			j.report(Warning, p.Object, at, say.T("it gives %d security groups; a network interface has %d unless the quota is raised", len(ids), mostGroups),
				say.T("put the rules into fewer groups"))
		}
	}
}

// policyFields are the fields of a SecurityGroupPolicy.
// https://github.com/aws/amazon-vpc-resource-controller-k8s/blob/master/apis/vpcresources/v1beta1/securitygrouppolicy_types.go
var policyFields = []struct {
	path, allowed []string
}{
	{[]string{"spec"}, []string{"podSelector", "serviceAccountSelector", "securityGroups"}},
	{[]string{"spec", "securityGroups"}, []string{"groupIds"}},
	{[]string{"spec", "podSelector"}, []string{"matchLabels", "matchExpressions"}},
	{[]string{"spec", "serviceAccountSelector"}, []string{"matchLabels", "matchExpressions"}},
}

// unknownField is a key that is none of the policy's, and what may stand there.
type unknownField struct {
	path    string
	line    int
	allowed []string
}

// unknown are the policy's fields that Kubernetes does not know. One that is
// misspelt explains why another is missing.
func (p *Policy) unknown() []unknownField {
	var out []unknownField
	for _, f := range policyFields {
		n := field(p.node, f.path...)
		if n == nil {
			continue
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if key := n.Content[i]; !slices.Contains(f.allowed, key.Value) {
				out = append(out, unknownField{strings.Join(f.path, ".") + "." + key.Value, key.Line, f.allowed})
			}
		}
	}
	return out
}

func unknownFields(j *judgement) {
	for _, p := range j.Policies {
		for _, f := range p.unknown() {
			j.report(Error, p.Object, f.line, say.T("there is no field %s: kubectl refuses it, or it is dropped", f.path), say.T("the fields there are %s", strings.Join(f.allowed, ", ")))
		}
	}
}

func selectors(j *judgement) {
	for _, p := range j.Policies {
		switch s := p.Spec; {
		case s.PodSelector == nil && s.ServiceAccountSelector == nil && len(p.unknown()) == 0:
			j.report(Error, p.Object, p.line("spec"), say.T("it has no selector, so the controller ignores it without a word"), say.T("write spec.podSelector or spec.serviceAccountSelector"))
		case s.PodSelector.IsEmpty() && s.ServiceAccountSelector == nil:
			j.report(Warning, p.Object, p.line("spec", "podSelector"), say.T("its empty selector takes every pod of the namespace, those of DaemonSets and sidecar jobs too"),
				say.T("select by labels, unless that is meant"))
		}
		if p.Metadata.Namespace == "kube-system" {
			j.report(Warning, p.Object, 0, say.T("it is in kube-system: if it selects CoreDNS, the whole cluster loses names"), say.T("keep policies to the namespaces of applications"))
		}
	}
}

func operators(j *judgement) {
	for _, p := range j.Policies {
		for name, s := range map[string]*world.Selector{"podSelector": p.Spec.PodSelector, "serviceAccountSelector": p.Spec.ServiceAccountSelector} {
			if s == nil {
				continue
			}
			for _, e := range s.MatchExpressions {
				one := world.Selector{MatchExpressions: []world.SelectorRequirement{e}}
				if _, err := one.Matches(nil); err != nil {
					j.report(Error, p.Object, p.line("spec", name), say.T("the expression about %q cannot be read, and selects nothing: %s", e.Key, err),
						say.T("the operators are In, NotIn, Exists and DoesNotExist; In and NotIn have values, the others have none"))
				}
			}
		}
	}
}
