package intent

import (
	"slices"
	"strings"

	"podsg/steps/reach"
	"podsg/steps/words"
	"podsg/steps/world"
)

// PodEndpoint is a selected pod as security groups see it. Its address is not
// known before it exists, but the ranges that it will be one of are.
func (t *Target) PodEndpoint(s *world.Snapshot) reach.Endpoint {
	groups := t.PodGroups
	if len(groups) == 0 {
		groups = RefIDs(t.PolicyGroups)
	}
	if t.PodIP != "" {
		return reach.Endpoint{Groups: groups, IP: t.PodIP, Label: "the pod"}
	}
	return reach.Endpoint{Groups: groups, Ranges: s.PodRanges(), Label: "the selected pods"}
}

// DBEndpoint is the database as security groups see it: one that exists by all
// groups that it carries.
func (t *Target) DBEndpoint(s *world.Snapshot) reach.Endpoint {
	e := reach.Endpoint{Groups: RefIDs([]Ref{t.DBGroup}), Label: "database " + t.DB.Identifier, Ranges: s.SubnetRanges(t.DB.SubnetIDs)}
	d := t.DB.Existing
	if d == nil {
		return e
	}
	e.Groups = d.Groups
	var addresses []string
	for _, i := range t.DBInterfaces(s) {
		addresses = append(addresses, i.PrivateIP)
	}
	switch len(addresses) {
	case 0:
	case 1:
		e.IP = addresses[0]
	default:
		e.Ranges = addresses
	}
	return e
}

// DBInterfaces are the network interfaces that may be an existing database's. RDS
// does not say which they are: with the same groups in the same subnets there may
// be several.
func (t *Target) DBInterfaces(s *world.Snapshot) []world.Interface {
	d := t.DB.Existing
	if d == nil {
		return nil
	}
	var out []world.Interface
	for _, i := range s.Cloud.Interfaces {
		if i.Description == "RDSNetworkInterface" && words.SameSet(i.Groups, d.Groups) && (len(d.SubnetIDs) == 0 || slices.Contains(d.SubnetIDs, i.SubnetID)) {
			out = append(out, i)
		}
	}
	return out
}

// NodeEndpoints are the interfaces of the nodes that ordinary pods use, with all
// their addresses: one endpoint for each set of groups, since rules see no more.
// A trunk carries branches only, and branches belong to selected pods.
func NodeEndpoints(s *world.Snapshot) []reach.Endpoint {
	nodes := map[string]bool{}
	byGroups := map[string]*reach.Endpoint{}
	var out []*reach.Endpoint
	add := func(groups []string, addresses ...string) {
		key := strings.Join(slices.Sorted(slices.Values(groups)), " ")
		e := byGroups[key]
		if e == nil {
			e = &reach.Endpoint{Groups: groups, Label: "the nodes"}
			byGroups[key] = e
			out = append(out, e)
		}
		e.Addresses = append(e.Addresses, addresses...)
	}
	for _, i := range s.Cloud.Instances {
		nodes[i.ID] = true
		add(i.PrimaryGroups, i.PrivateIP)
	}
	for _, e := range s.Cloud.Interfaces {
		if nodes[e.InstanceID] && e.Type != world.InterfaceTrunk && e.Type != world.InterfaceBranch {
			add(e.Groups, append(append([]string{e.PrivateIP}, e.IPs...), e.Prefixes...)...)
		}
	}
	endpoints := make([]reach.Endpoint, len(out))
	for i, e := range out {
		endpoints[i] = *e
	}
	return endpoints
}

// GroupIDs are the existing security groups that the procedure is about: the
// pods', the database's and CoreDNS's.
func (t *Target) GroupIDs() []string {
	ids := append(RefIDs(t.DNSGroups), t.PodGroups...)
	ids = append(ids, RefIDs(append(slices.Clone(t.PolicyGroups), t.PodGroup, t.DBGroup))...)
	if t.DB.Existing != nil {
		ids = append(ids, t.DB.Existing.Groups...)
	}
	return ids
}
