package world

import (
	"cmp"
	"fmt"
)

// branches are the branch ENIs on a node's trunk ENI.
type branches struct{ used, cooling, limit int }

func (b branches) Full() bool { return b.used+b.cooling >= b.limit }

func (b branches) String() string {
	return fmt.Sprintf("%d of %d branch ENIs in use, %d cooling down", b.used, b.limit, b.cooling)
}

// BranchesOn counts the branch ENIs of a node: those of its pods, and those that
// were released and are kept for the cool-down.
func (s *Snapshot) BranchesOn(node string) (branches, bool) {
	n, ok := s.Node(node)
	if !ok {
		return branches{}, false
	}
	b := branches{limit: cmp.Or(n.PodENIs, s.InstanceType(n.InstanceType).BranchENIs)}
	trunk, ok := s.TrunkOf(n.InstanceID)
	if !ok || n.InstanceID == "" || b.limit == 0 {
		return branches{}, false
	}
	held := map[string]bool{}
	for _, p := range s.Kube.Pods {
		if !p.Ended() {
			for _, e := range p.ENIs {
				held[e.ENIID] = true
			}
		}
	}
	for _, e := range s.Cloud.Interfaces {
		switch {
		case e.Type != InterfaceBranch || e.TrunkID != trunk.ID:
		case held[e.ID]:
			b.used++
		default:
			b.cooling++
		}
	}
	return b, true
}
