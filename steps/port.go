package steps

import (
	"cmp"
	"fmt"
	"strings"
)

var stepPort = Step{
	ID: StepPort, Title: "Port and database rule",
	About: []string{
		"One ingress rule on the database's security group: its port, from the pods' security group.",
		"Any other rule that admits the nodes would let every pod in, so it is looked for too.",
	},
	Check: checkPort,
	Plan:  planPort,
}

var (
	checkDBAdmits   = check{"D77", "Database admits the selected pods"}
	checkPodEgress  = check{"D78", "Pods may send to the database"}
	checkNodesOut   = check{"D80", "Database admits nobody else in the cluster"}
	protocolTCP     = "tcp"
	protocolUDP     = "udp"
	dnsPort         = 53
	ruleDescription = "podsg: %s"
)

// dbEndpoint is the database as security groups see it.
func (t *Target) dbEndpoint(s *Snapshot) Endpoint {
	e := Endpoint{Groups: refIDs([]Ref{t.DBGroup}), Label: "database " + t.DB.Identifier}
	if d := t.DB.Existing; d != nil {
		e.Groups = d.Groups
		for _, i := range s.Cloud.Interfaces {
			if i.Description == "RDSNetworkInterface" && sharesGroup(i.Groups, d.Groups) {
				e.IP = i.PrivateIP
			}
		}
	}
	return e
}

func sharesGroup(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}

// nodeEndpoint is an ordinary pod: it uses its node's interface.
func (t *Target) nodeEndpoint() Endpoint {
	return Endpoint{Groups: refIDs(t.NodeGroups), Label: "the nodes"}
}

func checkPort(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepPort, s: s, t: t}
	if !f.known(checkDBAdmits, FactSecurityGroups, FactDatabases) {
		return f.out
	}
	if t.PodGroup.ID == "" || t.DBGroup.ID == "" {
		f.add(checkDBAdmits, Fail, "the security groups for it do not exist yet").bySetup(t, "setup makes them and the rule")
		f.add(checkPodEgress, Skip, "there is no pod security group yet")
	} else {
		r := Reach(s.groupMap(), t.podEndpoint(), t.dbEndpoint(s), protocolTCP, t.Port)
		in := f.expect(checkDBAdmits, r.Allowed || r.MissingSide == Egress && r.IngressRule != nil, r.Why, r.Why)
		in.on(t.DBGroup.ID, t.PodGroup.ID).bySetup(t, fmt.Sprintf("setup adds ingress tcp %d from %s", t.Port, t.PodGroup))
		f.expect(checkPodEgress, r.Allowed || r.MissingSide != Egress, "egress of the pod security group allows it", r.Why).on(t.PodGroup.ID).
			bySetup(t, fmt.Sprintf("setup adds egress tcp %d to %s", t.Port, t.DBGroup))
	}
	checkIsolation(f)
	return f.out
}

// checkIsolation looks for rules by which red pods, which use their node's
// interface, reach the database.
func checkIsolation(f *findings) {
	s, t := f.s, f.t
	if t.DB.Existing == nil || len(t.NodeGroups) == 0 {
		f.add(checkNodesOut, Skip, "there is no database yet")
		return
	}
	var lines []string
	seen := map[string]bool{}
	for _, i := range s.Cloud.Instances {
		from := Endpoint{Groups: i.PrimaryGroups, IP: i.PrivateIP, Label: i.PrivateDNS}
		if !Reach(s.groupMap(), from, t.dbEndpoint(s), protocolTCP, t.Port).Allowed {
			continue
		}
		for _, hit := range Admits(s.groupMap(), from, t.dbEndpoint(s), protocolTCP, t.Port) {
			if !seen[hit.Rule.ID] {
				seen[hit.Rule.ID] = true
				lines = append(lines, fmt.Sprintf("%s on %s: %s", hit.Rule.ID, hit.GroupID, ruleText(hit.Rule)))
			}
		}
	}
	f.expect(checkNodesOut, len(lines) == 0, "no rule admits the nodes, and so no ordinary pod",
		"rules admit the nodes, so every ordinary pod reaches the database as well").saw(lines...).on(t.DB.Identifier).
		mend("remove each rule that nothing else needs", revokeCommands(s, t, seen))
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
	r := Reachability{MissingSide: Ingress}
	if t.PodGroup.ID != "" && t.DBGroup.ID != "" {
		r = Reach(s.groupMap(), t.podEndpoint(), t.dbEndpoint(s), protocolTCP, t.Port)
	}
	if r.IngressRule == nil && !r.Allowed {
		planRule(p, t, Change{
			ID: changeDBRule, Step: StepPort, Why: "lets the selected pods in, and nobody else", Needs: []string{changePodGroup, changeDBGroup},
		}, AddRule{Group: t.DBGroup, Direction: Ingress, Protocol: protocolTCP, Port: t.Port, Peer: t.PodGroup})
	}
	if r.MissingSide == Egress {
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
