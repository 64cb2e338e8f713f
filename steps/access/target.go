package access

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/reach"
	"podsg/steps/world"
)

// Target is what the rules of its own groups let the pods of an access reach.
type Target struct {
	Kind world.Kind `json:"kind"`
	ID   string     `json:"id"`
	Port int        `json:"port"` // 0: every port
	// Name is for people, where the id does not say what it is.
	Name string `json:"name,omitempty"`
}

// Targets are the databases and the other network interfaces whose security
// groups admit some groups by name. Rules for address ranges name nobody, and so
// say nothing of an access.
func Targets(s *world.Snapshot, groups []string) []Target {
	out := []Target{}
	if len(groups) == 0 {
		return out
	}
	known := map[string]world.SecurityGroup{}
	for _, g := range s.Cloud.SecurityGroups {
		known[g.ID] = g
	}
	from := reach.Endpoint{Groups: groups}
	for _, d := range s.Cloud.Databases {
		if len(reach.Admits(known, from, reach.Endpoint{Groups: d.Groups}, "tcp", d.Port)) > 0 {
			out = append(out, Target{Kind: world.KindDBInstance, ID: d.Identifier, Port: d.Port})
		}
	}
	for _, i := range s.Cloud.Interfaces {
		if ofCluster(i, s.Cloud.Cluster.Name) || i.Description == interfaceOfRDS {
			continue
		}
		for _, port := range portsFor(known, i.Groups, groups) {
			out = append(out, Target{Kind: world.KindInterface, ID: i.ID, Port: port, Name: i.Description})
		}
	}
	slices.SortFunc(out, func(a, b Target) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Port, b.Port))
	})
	return out
}

// interfaceOfRDS is the description of the network interfaces of RDS, whose
// databases are targets themselves.
const interfaceOfRDS = "RDSNetworkInterface"

// portsFor are the TCP ports that the rules of some groups open to others.
func portsFor(known map[string]world.SecurityGroup, of, to []string) []int {
	var out []int
	for _, id := range of {
		for _, r := range known[id].Rules {
			if r.Direction != world.Ingress || !slices.Contains(to, r.PeerGroup) {
				continue
			}
			switch {
			case r.Protocol == "-1":
				out = append(out, 0)
			case r.Protocol == "tcp":
				out = append(out, max(r.FromPort, 0))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ofCluster reports whether an interface is one of the cluster's own: of a node,
// of a pod, or of its control plane.
func ofCluster(i world.Interface, cluster string) bool {
	return i.InstanceID != "" || i.Type == world.InterfaceTrunk || i.Type == world.InterfaceBranch ||
		i.Description == "Amazon EKS "+cluster || strings.HasPrefix(i.Description, "aws-K8S-")
}
