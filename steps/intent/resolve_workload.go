package intent

import (
	"slices"
	"strings"

	"podsg/steps/workload"
	"podsg/steps/world"
)

// systemNamespace is where what keeps a cluster going runs.
const systemNamespace = "kube-system"

// workloads settles the workloads that are named, and by which labels they are
// selected.
func (r *Resolver) workloads() error {
	if len(r.In.Workloads) == 0 || r.diagnosing {
		return nil
	}
	for _, named := range r.In.Workloads {
		w, err := workload.Find(r.S, r.T.Namespace, named)
		if err != nil {
			return err
		}
		if why := workload.Unusable(w); why != "" {
			return world.RefusedAnswer("workload", "leave it out: it keeps the access of its nodes", "workload: %s can have no security groups of its own: %s", w.Ref(), why)
		}
		if !slices.ContainsFunc(r.T.Workloads, func(o world.Workload) bool { return o.Kind == w.Kind && o.Name == w.Name }) {
			r.T.Workloads = append(r.T.Workloads, w)
		}
	}
	r.from("workload", "answer", "")
	return r.selectWorkloads()
}

// selectWorkloads takes the selector that was answered, if it catches the
// workloads, else one that catches them and no others.
func (r *Resolver) selectWorkloads() error {
	in := r.In.Policy
	if in.PodSelector != nil || in.ServiceAccountSelector != nil {
		for _, w := range r.T.Workloads {
			if !workload.Catches(r.S, w, in.PodSelector, in.ServiceAccountSelector) {
				return world.RefusedAnswer("policy.podSelector", "leave the selector out: podsg proposes one",
					"policy.podSelector: it does not select the pods of %s, whose labels are %s", w.Ref(), world.LabelsText(w.PodLabels))
			}
		}
		r.T.Caught = workload.Others(r.S, r.T.Workloads, in.PodSelector, in.ServiceAccountSelector)
		return nil
	}
	p := workload.Propose(r.S, r.T.Workloads)
	names := refs(r.T.Workloads)
	const label = "give the pods that are meant a label of their own in their template, or select by labels yourself with --pod-selector (answers: policy.podSelector)"
	switch {
	case p.Pods == nil && p.Accounts == nil:
		return world.RefusedAnswer("workload", label, "workload: no labels select %s: they have none in common", strings.Join(names, " and "))
	case len(p.Others) > 0:
		return world.RefusedAnswer("workload", "name the others too, if they shall have the same access; or "+label,
			"workload: no labels select %s without %s", strings.Join(names, " and "), strings.Join(p.Others, ", "))
	}
	r.T.Selector, r.T.SASelector = p.Pods, p.Accounts
	key := "policy.podSelector"
	if p.Pods == nil {
		key = "policy.serviceAccountSelector"
	}
	r.from(key, "discovered", "labels of "+strings.Join(names, ", ")+" that no other pod of the namespace has")
	return nil
}

func refs(all []world.Workload) []string {
	var out []string
	for _, w := range all {
		out = append(out, w.Ref())
	}
	return out
}

// ground refuses to select pods where that would harm more than them.
func (r *Resolver) ground() error {
	if r.diagnosing {
		return nil
	}
	if r.T.Namespace == systemNamespace {
		return world.RefusedAnswer("namespace", "name the namespace of the pods that shall reach the database",
			"namespace: the pods of %s keep the cluster going, and must keep the access of their nodes: podsg selects none of them", systemNamespace)
	}
	if ns := r.S.Kube.Namespace; ns != nil && ns.Phase == "Terminating" {
		return world.RefusedAnswer("namespace", "wait until it is gone, or name another one",
			"namespace: %s is being deleted: nothing can be made in it", ns.Name)
	}
	return r.sharedPolicy()
}

// sharedPolicy refuses to turn a policy to the chosen workloads that gives others
// their groups, which they would lose.
func (r *Resolver) sharedPolicy() error {
	if len(r.T.Workloads) == 0 {
		return nil
	}
	p, ok := Policy(r.S, &r.T)
	if !ok {
		return nil
	}
	var losing []string
	for _, w := range r.S.WorkloadsIn(p.Namespace) {
		if !w.Owned && workload.Catches(r.S, w, p.PodSelector, p.ServiceAccountSelector) && !workload.Catches(r.S, w, r.T.Selector, r.T.SASelector) {
			losing = append(losing, w.Ref())
		}
	}
	if len(losing) == 0 {
		return nil
	}
	return world.RefusedAnswer("policy.name", "choose another name with --policy NAME (answers: policy.name), or name these workloads too",
		"policy.name: policy %s/%s gives %s security groups, which they would lose", p.Namespace, p.Name, strings.Join(losing, ", "))
}
