package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"podsg/steps/say"
	"podsg/steps/world"
)

// selected calls a function for each workload with the policies that select it.
func (j *judgement) selected(look func(w *Workload, by []*Policy)) {
	for _, w := range j.Workloads {
		var by []*Policy
		for _, p := range j.Policies {
			if ok, known := p.selects(w, j.Accounts); ok && known && len(p.Spec.SecurityGroups.GroupIDs) > 0 {
				by = append(by, p)
			}
		}
		if len(by) > 0 {
			look(w, by)
		}
	}
}

// selectsNothing reports policies without pods, where the files have pods in its
// namespace: without any, they come from elsewhere.
func selectsNothing(j *judgement) {
	for _, p := range j.Policies {
		if p.Spec.PodSelector == nil && p.Spec.ServiceAccountSelector == nil || p.unreadable() {
			continue
		}
		var near *Workload
		there, selects := false, false
		for _, w := range j.Workloads {
			if w.Metadata.Namespace != p.Metadata.Namespace {
				continue
			}
			there = true
			ok, known := p.selects(w, j.Accounts)
			selects = selects || ok || !known
			// The classic: the label stands on the workload, and not on its pods.
			if hit, err := p.Spec.PodSelector.Matches(w.Metadata.Labels); p.Spec.PodSelector != nil && err == nil && hit && !ok && w.Kind != "Pod" {
				near = w
			}
		}
		switch {
		case selects || !there:
		case near != nil:
			j.report(Error, p.Object, p.line("spec", "podSelector"), say.T("it selects by the labels of %s itself; its pods do not have them", near),
				say.T("put %s on spec.template.metadata.labels", p.Spec.PodSelector))
		default:
			j.report(Warning, p.Object, p.line("spec", "podSelector"), say.T("it selects no pod of the files: %s", describe(p)), say.T("compare it with the labels of the pod templates"))
		}
	}
}

func describe(p *Policy) string {
	var parts []string
	if p.Spec.PodSelector != nil {
		parts = append(parts, "pods with "+p.Spec.PodSelector.String())
	}
	if p.Spec.ServiceAccountSelector != nil {
		parts = append(parts, "service accounts with "+p.Spec.ServiceAccountSelector.String())
	}
	return strings.Join(parts, ", ")
}

func bothSelectors(j *judgement) {
	for _, p := range j.Policies {
		if p.Spec.PodSelector == nil || p.Spec.ServiceAccountSelector == nil {
			continue
		}
		missed := slices.ContainsFunc(j.Workloads, func(w *Workload) bool {
			if w.Metadata.Namespace != p.Metadata.Namespace {
				return false
			}
			pods, err := p.Spec.PodSelector.Matches(w.Pod.Metadata.Labels)
			both, known := p.selects(w, j.Accounts)
			return err == nil && pods && known && !both
		})
		if missed || len(j.Workloads) == 0 {
			j.report(Warning, p.Object, p.line("spec", "serviceAccountSelector"), say.T("it has both selectors, and takes only pods that both select"),
				say.T("leave one out, or make two policies, if one is enough"))
		}
	}
}

func podKinds(j *judgement) {
	j.selected(func(w *Workload, by []*Policy) {
		const osLabel, windows = "kubernetes.io/os", "windows"
		spec := w.Pod.Spec
		switch {
		case spec.HostNetwork:
			j.report(Warning, w.Object, 0, say.T("%s selects it, and pods of the host network keep their node's security groups", by[0]), say.T("leave hostNetwork out, or do not select it"))
		case spec.NodeSelector[osLabel] == windows || spec.OS.Name == windows || mentions(&spec.Affinity, osLabel) && mentions(&spec.Affinity, windows):
			j.report(Warning, w.Object, 0, say.T("%s selects it, and pods on Windows nodes keep their node's security groups", by[0]), say.T("do not select it"))
		}
	})
}

// mentions reports whether a text stands anywhere in a value.
func mentions(n *yaml.Node, text string) bool {
	return n.Value == text || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { return mentions(c, text) })
}

func copiedAnnotation(j *judgement) {
	for _, w := range j.Workloads {
		for _, of := range []*Metadata{&w.Metadata, &w.Pod.Metadata} {
			if _, copied := of.Annotations[world.ResourcePodENI]; copied {
				j.report(Error, w.Object, 0, say.T("it has the annotation %s, which only the controller may write: the pod is refused", world.ResourcePodENI),
					say.T("remove it: it was copied from a running pod"))
				break
			}
		}
	}
}

func oldAffinity(j *judgement) {
	for _, w := range j.Workloads {
		_, selector := w.Pod.Spec.NodeSelector[world.LabelTrunkAttached]
		if selector || mentions(&w.Pod.Spec.Affinity, world.LabelTrunkAttached) {
			j.report(Error, w.Object, 0, say.T("its pods ask for the node label %s, which no node has any more: they stay Pending", world.LabelTrunkAttached),
				say.T("remove it: the resource that is put into each selected pod steers it to the right nodes"))
		}
	}
}

// deniedDNS reports selected pods whose egress NetworkPolicies leave port 53 out.
func deniedDNS(j *judgement) {
	j.selected(func(w *Workload, _ []*Policy) {
		var closing *NetworkPolicy
		for _, n := range j.Networks {
			applies, err := n.Spec.PodSelector.Matches(w.Pod.Metadata.Labels)
			if n.Metadata.Namespace != w.Metadata.Namespace || err != nil || !applies || !n.closesEgress() {
				continue
			}
			if n.opens(53) {
				return // what one policy allows, no other takes away
			}
			closing = n
		}
		if closing != nil {
			j.report(Warning, closing.Object, 0, say.T("it allows the pods of %s no DNS: they find no database by its name", w),
				say.T("add an egress rule for UDP and TCP port 53"))
		}
	})
}

func (n *NetworkPolicy) closesEgress() bool {
	return slices.Contains(n.Spec.PolicyTypes, "Egress") || len(n.Spec.PolicyTypes) == 0 && len(n.Spec.Egress) > 0
}

// opens reports whether an egress rule allows a UDP port to somebody.
func (n *NetworkPolicy) opens(port int) bool {
	for _, rule := range n.Spec.Egress {
		if len(rule.Ports) == 0 {
			return true
		}
		for _, p := range rule.Ports {
			from, err := strconv.Atoi(p.Port.Value)
			named := err != nil && p.Port.Value != ""
			if cmp.Or(p.Protocol, "TCP") == "UDP" && (named || p.Port.Value == "" || from <= port && port <= max(from, p.EndPort)) {
				return true
			}
		}
	}
	return false
}
