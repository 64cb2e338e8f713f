package access

import (
	"fmt"
	"slices"

	"podsg/steps/world"
)

// onBranch reports whether a pod gets its groups by a branch ENI. Fargate has
// interfaces of its own, and Windows none of these.
func onBranch(p world.Pod) bool { return !p.Fargate && !p.Windows }

func count(pods []world.Pod) Pods {
	out := Pods{Selected: len(pods)}
	for _, p := range pods {
		switch {
		case len(p.ENIs) > 0:
			out.WithBranchENI++
		case !onBranch(p):
		case p.ENILimitOn >= 0:
			out.Waiting++
		default:
			out.Old++
		}
	}
	return out
}

// state judges an access by what is seen of its policies and its pods.
func (l *look) state(policies []world.PodPolicy, pods []world.Pod, a Access) (State, []string) {
	var broken, degraded []string
	for _, p := range policies {
		if _, err := p.Selects(nil, nil); err != nil {
			broken = append(broken, fmt.Sprintf("policy %s: %v", p.Name, err))
		}
		if _, unread := l.Missing(world.FactSecurityGroups); unread {
			continue
		}
		for _, id := range p.GroupIDs {
			if _, ok := l.Group(id); !ok {
				broken = append(broken, fmt.Sprintf("policy %s: security group %q is not in the cluster's VPC", p.Name, id))
			}
		}
	}
	if len(broken) > 0 {
		return Broken, broken
	}
	if reason, unread := l.Missing(world.FactPods); unread {
		return Unknown, []string{reason}
	}
	if len(pods) == 0 {
		return Unknown, []string{"no pod is selected"}
	}
	bare := a.Pods.Waiting + a.Pods.Old
	add := func(n int, what string) {
		if n > 0 {
			degraded = append(degraded, fmt.Sprintf("%d of %d pods %s", n, a.Pods.Selected, what))
		}
	}
	add(a.Pods.Waiting, "wait for a branch ENI")
	add(a.Pods.Old, "were made without the policy")
	add(l.astray(pods, a.Groups), "carry other groups than the policy gives")
	add(unready(pods), "are not ready")
	switch {
	case bare == a.Pods.Selected:
		return Broken, degraded
	case len(degraded) > 0:
		return Degraded, degraded
	default:
		return Healthy, nil
	}
}

// astray counts the pods whose branch ENI is gone, or lacks a group.
func (l *look) astray(pods []world.Pod, groups []string) (n int) {
	if _, unread := l.Missing(world.FactInterfaces); unread {
		return 0
	}
	for _, p := range pods {
		for _, e := range p.ENIs {
			i, ok := l.InterfaceByID(e.ENIID)
			if !ok || slices.ContainsFunc(groups, func(id string) bool { return !slices.Contains(i.Groups, id) }) {
				n++
				break
			}
		}
	}
	return n
}

// unready counts the pods with a branch ENI that run and are not ready.
func unready(pods []world.Pod) (n int) {
	for _, p := range pods {
		if len(p.ENIs) > 0 && !p.Ready {
			n++
		}
	}
	return n
}
