package network

import (
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/reach"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// networkACLs judges the way from the subnets of the pods' interfaces to the
// database and to CoreDNS, and back: network ACLs keep no state.
func networkACLs(c *check.Context) {
	s, t := c.Snapshot, c.Target
	if s.CustomNetworking() && !c.Known(world.FactENIConfigs) {
		return
	}
	if t.Cluster.IPFamily == "ipv6" {
		c.Skip("pods have IPv6 addresses here, and the subnets' IPv6 ranges were not observed")
		return
	}
	pods := podSubnets(s)
	if len(pods) == 0 {
		c.Skip("it is not known in which subnets the selected pods get their interfaces")
		return
	}
	database, dns := dbEnds(t, s), dnsEnds(s)
	if len(database)+len(dns) == 0 {
		c.Skip("it is not known in which subnets the database and CoreDNS are")
		return
	}
	var all reach.ACLVerdict
	asked := 0
	for _, id := range pods {
		from, ok := subnetEnd(s, id)
		if !ok {
			all.Unknown = append(all.Unknown, id)
			continue
		}
		closed := 0 // the database may be at any of its ends
		for _, to := range database {
			v := reach.ACLPath(s, from, to, reach.ProtocolTCP, t.Port)
			all.Add(v)
			if v.Closed {
				closed++
			}
		}
		all.Closed = all.Closed || closed > 0 && closed == len(database)
		for _, to := range dns {
			for _, protocol := range []string{reach.ProtocolTCP, reach.ProtocolUDP} {
				v := reach.ACLPath(s, from, to, protocol, dnsPort)
				all.Add(v)
				all.Closed = all.Closed || v.Closed // every CoreDNS pod is asked now and then
			}
		}
		for _, to := range slices.Concat(database, dns) {
			if to.Subnet != id {
				asked++
			}
		}
	}
	reportACLs(c, all, asked)
}

// reportACLs says what was found.
func reportACLs(c *check.Context, all reach.ACLVerdict, asked int) {
	lines, acls, unknown := words.Distinct(all.Lines), words.Distinct(all.ACLs), words.Distinct(all.Unknown)
	show := shell.Command("aws ec2 describe-network-acls --network-acl-ids %s --query 'NetworkAcls[].Entries[]' --output table", acls)
	fix := say.T("add an entry with a lower number that allows it, there and back: answers go to the ports 1024-65535 of the pods' subnet")
	switch {
	case all.Closed:
		c.Fail("%s denies what the selected pods need, so their connections time out", strings.Join(acls, ", ")).
			Saw(words.Few(lines)...).On(acls...).Mend(fix, show)
	case len(lines) > 0:
		c.Warn("%s denies part of what the selected pods may need: some connections may time out", strings.Join(acls, ", ")).
			Saw(words.Few(lines)...).On(acls...).Mend(fix, show)
	case len(unknown) > 0:
		c.Skip("the network ACL or the range of %s was not observed", strings.Join(unknown, ", "))
	case asked == 0:
		c.Pass("no connection leaves its subnet, and within a subnet no network ACL is asked")
	default:
		c.Pass("they allow the pods' subnets the way to the database and to CoreDNS, and the way back")
	}
}

// podSubnets are the subnets in which branch ENIs are made: those of the nodes
// that can have a trunk ENI, or of the ENIConfigs.
func podSubnets(s *world.Snapshot) []string {
	var out []string
	if s.CustomNetworking() {
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
	return slices.DeleteFunc(words.Distinct(out), func(id string) bool { return id == "" })
}

// subnetEnd is any address of a subnet.
func subnetEnd(s *world.Snapshot, id string) (reach.ACLEnd, bool) {
	n, _ := s.Subnet(id)
	p, ok := reach.ParseRange(n.CIDR)
	return reach.ACLEnd{Subnet: id, Peer: p}, ok
}

// dbEnds are the subnets and addresses of the cluster's VPC of which one is the
// database's.
func dbEnds(t *intent.Target, s *world.Snapshot) []reach.ACLEnd {
	if d := t.DB.Existing; d != nil && d.VPCID != "" && d.VPCID != t.Cluster.VPCID {
		return nil // a check of its own says so
	}
	var out []reach.ACLEnd
	for _, e := range t.DBInterfaces(s) {
		if p, ok := reach.ParseRange(e.PrivateIP); ok && e.SubnetID != "" {
			out = append(out, reach.ACLEnd{Subnet: e.SubnetID, Peer: p})
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
		if end, ok := subnetEnd(s, id); ok {
			out = append(out, end)
		}
	}
	return out
}

// dnsEnds are the subnets and addresses of the CoreDNS pods.
func dnsEnds(s *world.Snapshot) []reach.ACLEnd {
	var out []reach.ACLEnd
	for _, ip := range s.Kube.DNS.PodIPs {
		e, found := s.InterfaceByIP(ip)
		if p, ok := reach.ParseRange(ip); ok && found && e.SubnetID != "" {
			out = append(out, reach.ACLEnd{Subnet: e.SubnetID, Peer: p})
		}
	}
	return out
}
