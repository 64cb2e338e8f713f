package steps

import (
	"fmt"
	"slices"
	"strings"
)

var checkACLs = check{id: "D85", title: "Network ACLs let the connection through"}

// checkNetworkACLs judges the way from the subnets of the pods' interfaces to the
// database and to CoreDNS, and back: network ACLs keep no state.
func checkNetworkACLs(f *findings) {
	s, t := f.s, f.t
	if !f.known(checkACLs, FactACLs, FactNetwork, FactInstances, FactInstanceTypes, FactCNI, FactDatabases, FactInterfaces, FactDNS) {
		return
	}
	if s.customNetworking() && !f.known(checkACLs, FactENIConfigs) {
		return
	}
	if t.Cluster.IPFamily == "ipv6" {
		f.add(checkACLs, Skip, "pods have IPv6 addresses here, and the subnets' IPv6 ranges were not observed")
		return
	}
	pods := s.podSubnets()
	if len(pods) == 0 {
		f.add(checkACLs, Skip, "it is not known in which subnets the selected pods get their interfaces")
		return
	}
	database, dns := t.dbEnds(s), s.dnsEnds()
	if len(database)+len(dns) == 0 {
		f.add(checkACLs, Skip, "it is not known in which subnets the database and CoreDNS are")
		return
	}
	var all aclVerdict
	asked := 0
	for _, id := range pods {
		from, ok := s.subnetEnd(id)
		if !ok {
			all.unknown = append(all.unknown, id)
			continue
		}
		closed := 0 // the database may be at any of its ends
		for _, to := range database {
			v := s.aclPath(from, to, protocolTCP, t.Port)
			all.add(v)
			if v.closed {
				closed++
			}
		}
		all.closed = all.closed || closed > 0 && closed == len(database)
		for _, to := range dns {
			for _, protocol := range []string{protocolTCP, protocolUDP} {
				v := s.aclPath(from, to, protocol, dnsPort)
				all.add(v)
				all.closed = all.closed || v.closed // every CoreDNS pod is asked now and then
			}
		}
		for _, to := range slices.Concat(database, dns) {
			if to.subnet != id {
				asked++
			}
		}
	}
	reportACLs(f, all, asked)
}

func reportACLs(f *findings, all aclVerdict, asked int) {
	lines, acls, unknown := distinct(all.lines), distinct(all.acls), distinct(all.unknown)
	show := "aws ec2 describe-network-acls --network-acl-ids " + strings.Join(acls, " ") + " --query 'NetworkAcls[].Entries[]' --output table"
	fix := "add an entry with a lower number that allows it, there and back: answers go to the ports 1024-65535 of the pods' subnet"
	switch {
	case all.closed:
		f.add(checkACLs, Fail, fmt.Sprintf("%s denies what the selected pods need, so their connections time out", strings.Join(acls, ", "))).
			saw(few(lines)...).on(acls...).mend(fix, show)
	case len(lines) > 0:
		f.add(checkACLs, Warn, fmt.Sprintf("%s denies part of what the selected pods may need: some connections may time out", strings.Join(acls, ", "))).
			saw(few(lines)...).on(acls...).mend(fix, show)
	case len(unknown) > 0:
		f.add(checkACLs, Skip, "the network ACL or the range of "+strings.Join(unknown, ", ")+" was not observed")
	case asked == 0:
		f.add(checkACLs, Pass, "no connection leaves its subnet, and within a subnet no network ACL is asked")
	default:
		f.add(checkACLs, Pass, "they allow the pods' subnets the way to the database and to CoreDNS, and the way back")
	}
}

// distinct are the different ones of some words, sorted.
func distinct(words []string) []string {
	out := slices.Clone(words)
	slices.Sort(out)
	return slices.Compact(out)
}

// podSubnets are the subnets in which branch ENIs are made: those of the nodes
// that can have a trunk ENI, or of the ENIConfigs.
func (s *Snapshot) podSubnets() []string {
	var out []string
	if s.customNetworking() {
		for _, c := range s.Kube.ENIConfigs {
			out = append(out, c.SubnetID)
		}
	} else {
		for _, i := range s.Cloud.Instances {
			if known := s.Cloud.InstanceTypes[i.Type]; known.Trunking || !known.Known {
				out = append(out, i.SubnetID)
			}
		}
	}
	return slices.DeleteFunc(distinct(out), func(id string) bool { return id == "" })
}

// subnetEnd is any address of a subnet.
func (s *Snapshot) subnetEnd(id string) (aclEnd, bool) {
	n, _ := s.Subnet(id)
	p, ok := parseRange(n.CIDR)
	return aclEnd{subnet: id, peer: p}, ok
}

// dbEnds are the subnets and addresses of the cluster's VPC of which one is the
// database's.
func (t *Target) dbEnds(s *Snapshot) []aclEnd {
	if d := t.DB.Existing; d != nil && d.VPCID != "" && d.VPCID != t.Cluster.VPCID {
		return nil // a check of its own says so
	}
	var out []aclEnd
	for _, e := range t.dbInterfaces(s) {
		if p, ok := parseRange(e.PrivateIP); ok && e.SubnetID != "" {
			out = append(out, aclEnd{subnet: e.SubnetID, peer: p})
		}
	}
	if len(out) > 0 {
		return out
	}
	ids := t.DB.SubnetIDs
	if t.DB.Existing != nil {
		ids = t.DB.Existing.SubnetIDs
	}
	for _, id := range ids {
		if end, ok := s.subnetEnd(id); ok {
			out = append(out, end)
		}
	}
	return out
}

// dnsEnds are the subnets and addresses of the CoreDNS pods.
func (s *Snapshot) dnsEnds() []aclEnd {
	var out []aclEnd
	for _, ip := range s.Kube.DNS.PodIPs {
		e, found := s.InterfaceByIP(ip)
		if p, ok := parseRange(ip); ok && found && e.SubnetID != "" {
			out = append(out, aclEnd{subnet: e.SubnetID, peer: p})
		}
	}
	return out
}
