package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

var stepPort = Step{
	ID: StepPort,
	About: []string{
		"One ingress rule on the database's security group: its port, from the pods' security group.",
		"Any other rule that admits the nodes would let every pod in, so it is looked for too.",
	},
	Check: checkPort,
	Plan:  planPort,
}

var (
	checkDBAdmits  = check{id: "D77", title: "Database admits the selected pods"}
	checkPodEgress = check{id: "D78", title: "Pods may send to the database"}
	checkNodesOut  = check{id: "D80", title: "Database admits nobody else in the cluster"}
)

// The protocols of the rules, in EC2's words.
const (
	protocolTCP = "tcp"
	protocolUDP = "udp"
)

const (
	dnsPort         = 53
	ruleDescription = "podsg: %s"
)

// dbEndpoint is the database as security groups see it: one that exists by all
// groups that it carries.
func (t *Target) dbEndpoint(s *Snapshot) Endpoint {
	e := Endpoint{Groups: refIDs([]Ref{t.DBGroup}), Label: "database " + t.DB.Identifier, Ranges: s.subnetRanges(t.DB.SubnetIDs)}
	d := t.DB.Existing
	if d == nil {
		return e
	}
	e.Groups = d.Groups
	var addresses []string
	for _, i := range t.dbInterfaces(s) {
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

// dbInterfaces are the network interfaces that may be an existing database's. RDS
// does not say which they are: with the same groups in the same subnets there may
// be several.
func (t *Target) dbInterfaces(s *Snapshot) []Interface {
	d := t.DB.Existing
	if d == nil {
		return nil
	}
	var out []Interface
	for _, i := range s.Cloud.Interfaces {
		if i.Description == "RDSNetworkInterface" && sameSet(i.Groups, d.Groups) && (len(d.SubnetIDs) == 0 || slices.Contains(d.SubnetIDs, i.SubnetID)) {
			out = append(out, i)
		}
	}
	return out
}

func checkPort(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepPort, s: s, t: t}
	checkDBRules(f)
	checkNetworkACLs(f)
	checkRoom(f)
	return f.out
}

// checkDBRules judges the security groups between the pods and the database.
func checkDBRules(f *findings) {
	s, t := f.s, f.t
	if !f.known(checkDBAdmits, FactSecurityGroups, FactDatabases) {
		return
	}
	db := t.dbEndpoint(s)
	switch {
	case t.PodGroup.ID == "":
		f.add(checkDBAdmits, Fail, "the pod security group does not exist yet").bySetup(t, "setup makes it and the rule")
		f.add(checkPodEgress, Skip, "there is no pod security group yet")
	case len(db.Groups) == 0:
		f.add(checkDBAdmits, Fail, "the database's security group does not exist yet").bySetup(t, "setup makes it and the rule")
		f.add(checkPodEgress, Skip, "there is no database security group yet")
	default:
		group := t.DBGroup.String()
		if t.DBGroup == (Ref{}) {
			group = "one of " + strings.Join(db.Groups, ", ")
		}
		r := Reach(s.groupMap(), t.podEndpoint(s), db, protocolTCP, t.Port)
		reason := r.in.why
		if r.Allowed {
			reason = r.Why
		}
		f.decide(checkDBAdmits, r.in.open, r.in.unsure, reason, reason).on(append(slices.Clone(db.Groups), t.PodGroup.ID)...).
			bySetup(t, fmt.Sprintf("setup adds ingress tcp %d from %s to %s", t.Port, t.PodGroup, group))
		f.decide(checkPodEgress, r.out.open, r.out.unsure, "egress of the pod security group allows it", r.out.why).on(t.PodGroup.ID).
			bySetup(t, fmt.Sprintf("setup adds egress tcp %d to %s", t.Port, group))
	}
	checkIsolation(f)
}

// checkIsolation looks for rules by which red pods, which use their node's
// interfaces, reach the database.
func checkIsolation(f *findings) {
	s, t := f.s, f.t
	if t.DB.Existing == nil {
		f.add(checkNodesOut, Skip, "there is no database yet")
		return
	}
	if !f.known(checkNodesOut, FactInstances, FactInterfaces) {
		return
	}
	nodes := s.nodeEndpoints()
	if len(nodes) == 0 {
		f.add(checkNodesOut, Skip, "no node was found")
		return
	}
	var lines, uncertain []string
	seen := map[string]bool{}
	groups, db := s.groupMap(), t.dbEndpoint(s)
	for _, from := range nodes {
		r := Reach(groups, from, db, protocolTCP, t.Port)
		if !r.Allowed {
			if r.Uncertain != "" && !slices.Contains(uncertain, r.Uncertain) {
				uncertain = append(uncertain, r.Uncertain)
			}
			continue
		}
		for _, hit := range Admits(groups, from, db, protocolTCP, t.Port) {
			if !seen[hit.Rule.ID] {
				seen[hit.Rule.ID] = true
				lines = append(lines, fmt.Sprintf("%s on %s: %s", hit.Rule.ID, hit.GroupID, ruleText(hit.Rule)))
			}
		}
	}
	doubt := ""
	if len(lines) == 0 {
		doubt = strings.Join(uncertain, "; ")
	}
	found := f.decide(checkNodesOut, len(lines)+len(uncertain) == 0, doubt, "no rule admits the nodes, and so no ordinary pod",
		"rules admit the nodes, so every ordinary pod reaches the database as well").saw(lines...).on(t.DB.Identifier)
	if len(lines) == 0 {
		found.mend("look at the rules that could not be judged", "aws ec2 describe-security-group-rules --filters Name=group-id,Values="+strings.Join(db.Groups, ","))
		return
	}
	found.mend("remove each rule that nothing else needs", revokeCommands(s, t, seen))
}

// nodeEndpoints are the interfaces of the nodes that ordinary pods use, with all
// their addresses: one endpoint for each set of groups, since rules see no more.
// A trunk carries branches only, and branches belong to selected pods.
func (s *Snapshot) nodeEndpoints() []Endpoint {
	nodes := map[string]bool{}
	byGroups := map[string]*Endpoint{}
	var out []*Endpoint
	add := func(groups []string, addresses ...string) {
		key := strings.Join(slices.Sorted(slices.Values(groups)), " ")
		e := byGroups[key]
		if e == nil {
			e = &Endpoint{Groups: groups, Label: "the nodes"}
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
		if nodes[e.InstanceID] && e.Type != InterfaceTrunk && e.Type != InterfaceBranch {
			add(e.Groups, append(append([]string{e.PrivateIP}, e.IPs...), e.Prefixes...)...)
		}
	}
	endpoints := make([]Endpoint, len(out))
	for i, e := range out {
		endpoints[i] = *e
	}
	return endpoints
}

// ruleText is a rule in words: "tcp 5432 from sg-0123".
func ruleText(r Rule) string {
	word := map[Direction]string{Ingress: "from", Egress: "to"}[r.Direction]
	return fmt.Sprintf("%s %s %s", ruleTraffic(r), word, cmp.Or(r.PeerGroup, r.CIDR, r.PrefixList))
}

func revokeCommands(s *Snapshot, t *Target, ruleIDs map[string]bool) string {
	var out []string
	for _, g := range s.Cloud.SecurityGroups {
		for _, r := range g.Rules {
			if ruleIDs[r.ID] {
				out = append(out, fmt.Sprintf("aws ec2 revoke-security-group-ingress --group-id %s --security-group-rule-ids %s", g.ID, r.ID))
			}
		}
	}
	return strings.Join(out, "\n")
}

func planPort(s *Snapshot, t *Target, p *Plan) {
	if t.DBGroup.Name == "" && t.DBGroup.ID == "" {
		return
	}
	var in *RuleHit
	out := true
	if t.PodGroup.ID != "" && t.DBGroup.ID != "" {
		r := Reach(s.groupMap(), t.podEndpoint(s), t.dbEndpoint(s), protocolTCP, t.Port)
		in, out = r.IngressRule, r.out.open
	}
	// A rule for a range admits the nodes as well. Whoever removes it, as a check
	// advises, must not cut off the selected pods.
	if in == nil || in.Rule.PeerGroup == "" {
		planRule(p, t, Change{
			ID: changeDBRule, Step: StepPort, Why: "lets the selected pods in, and nobody else", Needs: []string{changePodGroup, changeDBGroup},
		}, AddRule{Group: t.DBGroup, Direction: Ingress, Protocol: protocolTCP, Port: t.Port, Peer: t.PodGroup})
	}
	if !out {
		planRule(p, t, Change{
			ID: changeDBEgress, Step: StepPort, Why: "the pods' group restricts what they may send", Needs: []string{changeDBGroup},
		}, AddRule{Group: t.PodGroup, Direction: Egress, Protocol: protocolTCP, Port: t.Port, Peer: t.DBGroup})
	}
}

// planRule completes and adds the change of one security group rule.
func planRule(p *Plan, t *Target, c Change, rule AddRule) {
	rule.Tags = OwnershipTags(t.Cluster.Name)
	rule.Description = fmt.Sprintf(ruleDescription, strings.ReplaceAll(string(c.Step), "-", " "))
	word := map[Direction]string{Ingress: "from", Egress: "to"}[rule.Direction]
	c.Op, c.Kind, c.Action = Create, KindRule, rule
	c.Summary = fmt.Sprintf("%s rule on %s: %s %d %s %s", rule.Direction, rule.Group, rule.Protocol, rule.Port, word, rule.Peer)
	c.Undo = "revoked"
	p.Add(c)
}
