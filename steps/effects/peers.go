package effects

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"podsg/steps/reach"
	"podsg/steps/words"
	"podsg/steps/world"
)

func keys[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }

// The beginnings of the descriptions that services give their network interfaces.
const (
	balancerPrefix = "ELB "
	endpointPrefix = "VPC Endpoint Interface "
	planePrefix    = "Amazon EKS "
	databasePrefix = "RDSNetworkInterface"
)

// peers says in words who may call by a rule, with ids.
func (x *comparison) peers(r world.Rule, kubelet bool) (string, []string) {
	switch {
	case kubelet:
		return "the nodes' kubelets", []string{r.PeerGroup}
	case r.PeerGroup == "":
		return "addresses of " + r.CIDR + r.PrefixList, nil
	}
	var who, ids []string
	for _, t := range x.carriers(r.PeerGroup) {
		who, ids = append(who, t.name), append(ids, t.ids...)
	}
	if len(who) == 0 {
		return "whoever carries " + x.named(r.PeerGroup), []string{r.PeerGroup}
	}
	return words.JoinAtMost(who, 3) + " (" + r.PeerGroup + ")", ids
}

// target is something that carries a security group.
type target struct {
	name string
	ids  []string
	port int // the only one that it listens on; 0: not known
}

// targets are what carries a group, as far as a rule lets anything to it.
func (x *comparison) targets(id string, r world.Rule) []target {
	var out []target
	for _, t := range x.carriers(id) {
		if t.port == 0 || reach.Covers(r, reach.ProtocolTCP, t.port) {
			out = append(out, t)
		}
	}
	return out
}

// carriers are what carries a group: databases, nodes with the pods that use
// their interfaces, and interfaces of services by what they say they are.
func (x *comparison) carriers(id string) []target {
	var out []target
	for _, d := range x.s.Cloud.Databases {
		if slices.Contains(d.Groups, id) {
			out = append(out, target{"RDS instance " + d.Identifier, []string{d.Identifier}, d.Port})
		}
	}
	nodes := map[string]bool{}
	for _, i := range x.s.Cloud.Instances {
		nodes[i.ID] = true
		if slices.Contains(i.PrimaryGroups, id) {
			out = include(out, "other pods and nodes", i.ID)
		}
	}
	for _, e := range x.s.Cloud.Interfaces {
		if !slices.Contains(e.Groups, id) {
			continue
		}
		switch d := e.Description; {
		case strings.HasPrefix(d, databasePrefix):
		case e.Type == world.InterfaceTrunk:
		case e.Type == world.InterfaceBranch:
			out = include(out, "pods with a branch ENI", e.ID)
		case nodes[e.InstanceID]:
			out = include(out, "other pods and nodes", e.InstanceID)
		case strings.HasPrefix(d, balancerPrefix):
			out = include(out, "load balancer "+strings.TrimPrefix(d, balancerPrefix), e.ID)
		case strings.HasPrefix(d, endpointPrefix), e.Type == "vpc_endpoint":
			out = include(out, "VPC endpoint "+strings.TrimPrefix(d, endpointPrefix), e.ID)
		case strings.HasPrefix(d, planePrefix):
			out = include(out, "the control plane", e.ID)
		case e.InstanceID != "":
			out = include(out, "EC2 instance "+e.InstanceID, e.ID)
		case d != "":
			out = include(out, d, e.ID)
		default:
			out = include(out, "network interface "+e.ID, e.ID)
		}
	}
	return out
}

// include adds an id to what has a name.
func include(all []target, name, id string) []target {
	for i := range all {
		if all[i].name == name {
			if !slices.Contains(all[i].ids, id) {
				all[i].ids = append(all[i].ids, id)
			}
			return all
		}
	}
	return append(all, target{name: name, ids: []string{id}})
}

// named is a group with its name.
func (x *comparison) named(id string) string {
	if name := x.groups[id].Name; name != "" {
		return fmt.Sprintf("%s (%s)", id, name)
	}
	return id
}
