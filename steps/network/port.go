package network

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// StepPort is the step about the rule that lets the pods in.
var StepPort = plan.Step{
	ID: check.StepPort,
	About: []string{
		"One ingress rule on the database's security group: its port, from the pods' security group.",
		"Any other rule that admits the nodes would let every pod in, so it is looked for too.",
	},
	Checks: PortChecks,
	Plan:   planPort,
}

const (
	dnsPort         = 53
	ruleDescription = "podsg: %s"
)

// databaseRules is what the security groups say of the way from the selected
// pods to the database, with the name of the group that must admit them.
func databaseRules(c *check.Context) (r reach.Reachability, db reach.Endpoint, group string) {
	t := c.Target
	db = t.DBEndpoint(c.Snapshot)
	group = t.DBGroup.String()
	if t.DBGroup == (intent.Ref{}) {
		group = "one of " + strings.Join(db.Groups, ", ")
	}
	return reach.Reach(c.GroupMap(), t.PodEndpoint(c.Snapshot), db, reach.ProtocolTCP, t.Port), db, group
}

// databaseAdmits judges the rules of the database's security groups.
func databaseAdmits(c *check.Context) {
	t := c.Target
	r, db, group := databaseRules(c)
	if t.PodGroup.ID == "" && notMissed(c) || noDatabase(c) || noSuchGroup(c) {
		return
	}
	if t.PodGroup.ID == "" {
		c.Fail("the pod security group does not exist yet").BySetup(t, say.T("setup makes it and the rule"))
		return
	}
	if len(db.Groups) == 0 {
		c.Fail("the database's security group does not exist yet").BySetup(t, say.T("setup makes it and the rule"))
		return
	}
	reason := r.In.Why
	if r.Allowed {
		reason = r.Why
	}
	c.Decide(r.In.Open, say.Maybe(r.In.Unsure), say.T("%s", reason), say.T("%s", reason)).On(append(slices.Clone(db.Groups), t.PodGroup.ID)...).
		BySetup(t, say.T("setup adds ingress tcp %d from %s to %s", t.Port, t.PodGroup, group)).
		ByHand(t, say.T("admit the pods' group %s on port %d of the database's", t.PodGroup, t.Port), rulesByHand(c.Snapshot, t, planPort))
}

// noDatabase adds a skip where nobody has named a database, and podsg, which
// would make one, has set up nothing.
func noDatabase(c *check.Context) bool {
	t := c.Target
	if !t.Foreign || t.DB.Existing != nil || t.Intent.Database.Create != nil {
		return false
	}
	c.Skip("no database is named, and nothing says which one the pods use: name it with --database to have the way to it judged")
	return true
}

// podEgress judges the rules of the pods' security group.
func podEgress(c *check.Context) {
	t := c.Target
	r, db, group := databaseRules(c)
	if noDatabase(c) || noSuchGroup(c) {
		return
	}
	if t.PodGroup.ID == "" {
		c.Skip("there is no pod security group yet")
		return
	}
	if len(db.Groups) == 0 {
		c.Skip("there is no database security group yet")
		return
	}
	c.Decide(r.Out.Open, say.Maybe(r.Out.Unsure), say.T("egress of the pod security group allows it"), say.T("%s", r.Out.Why)).On(t.PodGroup.ID).
		BySetup(t, say.T("setup adds egress tcp %d to %s", t.Port, group)).
		ByHand(t, say.T("let the pods' group %s send to port %d of the database's", t.PodGroup, t.Port), rulesByHand(c.Snapshot, t, planPort))
}

// nodesOut looks for rules by which red pods, which use their node's
// interfaces, reach the database.
func nodesOut(c *check.Context) {
	s, t := c.Snapshot, c.Target
	if t.DB.Existing == nil {
		c.Skip("there is no database yet")
		return
	}
	if !c.Known(world.FactInstances, world.FactInterfaces) {
		return
	}
	nodes := intent.NodeEndpoints(s)
	if len(nodes) == 0 {
		c.Skip("no node was found")
		return
	}
	var lines, uncertain []string
	seen := map[string]bool{}
	groups, db := s.GroupMap(), t.DBEndpoint(s)
	for _, from := range nodes {
		r := reach.Reach(groups, from, db, reach.ProtocolTCP, t.Port)
		if !r.Allowed {
			if r.Uncertain != "" && !slices.Contains(uncertain, r.Uncertain) {
				uncertain = append(uncertain, r.Uncertain)
			}
			continue
		}
		for _, hit := range reach.Admits(groups, from, db, reach.ProtocolTCP, t.Port) {
			if !seen[hit.Rule.ID] {
				seen[hit.Rule.ID] = true
				lines = append(lines, fmt.Sprintf("%s on %s: %s", hit.Rule.ID, hit.GroupID, reach.RuleText(hit.Rule)))
			}
		}
	}
	var doubt say.Text
	if len(lines) == 0 {
		doubt = say.Maybe(strings.Join(uncertain, "; "))
	}
	found := c.Decide(len(lines)+len(uncertain) == 0, doubt, say.T("no rule admits the nodes, and so no ordinary pod"),
		say.T("rules admit the nodes, so every ordinary pod reaches the database as well")).Saw(lines...).On(t.DB.Identifier)
	if len(lines) == 0 {
		found.Mend(say.T("look at the rules that could not be judged"), shell.Command("aws ec2 describe-security-group-rules --filters Name=group-id,Values=%s", strings.Join(db.Groups, ",")))
		return
	}
	found.Mend(say.T("remove each rule that nothing else needs"), revokeCommands(s, t, seen))
}

// revokeCommands take ingress rules away.
func revokeCommands(s *world.Snapshot, t *intent.Target, ruleIDs map[string]bool) string {
	var out []string
	for _, g := range s.Cloud.SecurityGroups {
		for _, r := range g.Rules {
			if ruleIDs[r.ID] {
				out = append(out, shell.Command("aws ec2 revoke-security-group-ingress --group-id %s --security-group-rule-ids %s", g.ID, r.ID))
			}
		}
	}
	return strings.Join(out, "\n")
}

// planPort adds the rules that are missing on the way to the database.
func planPort(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.DBGroup.Name == "" && t.DBGroup.ID == "" {
		return
	}
	var in *reach.RuleHit
	out := true
	if t.PodGroup.ID != "" && t.DBGroup.ID != "" {
		r := reach.Reach(s.GroupMap(), t.PodEndpoint(s), t.DBEndpoint(s), reach.ProtocolTCP, t.Port)
		in, out = r.IngressRule, r.Out.Open
	}
	// A rule for a range admits the nodes as well. Whoever removes it, as a check
	// advises, must not cut off the selected pods.
	if in == nil || in.Rule.PeerGroup == "" {
		planRule(p, t, plan.Change{
			ID: plan.ChangeDBRule, Step: check.StepPort, Why: "lets the selected pods in, and nobody else", Needs: []string{plan.ChangePodGroup, plan.ChangeDBGroup},
		}, AddRule{Group: t.DBGroup, Direction: world.Ingress, Protocol: reach.ProtocolTCP, Port: t.Port, Peer: t.PodGroup})
	}
	if !out {
		planRule(p, t, plan.Change{
			ID: plan.ChangeDBEgress, Step: check.StepPort, Why: "the pods' group restricts what they may send", Needs: []string{plan.ChangeDBGroup},
		}, AddRule{Group: t.PodGroup, Direction: world.Egress, Protocol: reach.ProtocolTCP, Port: t.Port, Peer: t.DBGroup})
	}
}

// planRule completes and adds the change of one security group rule.
func planRule(p *plan.Plan, t *intent.Target, c plan.Change, rule AddRule) {
	rule.Tags = world.OwnershipTags(t.Cluster.Name)
	rule.Description = fmt.Sprintf(ruleDescription, strings.ReplaceAll(string(c.Step), "-", " "))
	word := map[world.Direction]string{world.Ingress: "from", world.Egress: "to"}[rule.Direction]
	c.Op, c.Kind, c.Action = plan.Create, world.KindRule, rule
	c.Summary = fmt.Sprintf("%s rule on %s: %s %s %s", rule.Direction, rule.Group, rule.traffic(), word, rule.peer())
	c.Undo = "revoked"
	p.Add(c)
}
