package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"podsg/steps/world"
)

// Resolve settles every answer of an intent against what was observed. What it
// cannot settle comes back as questions, each with its choices. An answer that
// cannot be is an error of kind [world.ProblemUsage]: where, why and what is allowed.
// Nothing is changed by it.
func Resolve(s *world.Snapshot, in Intent) (Target, []Question, error) {
	r := NewResolver(s, in)
	if err := r.settle(); err != nil {
		return Target{}, nil, err
	}
	return r.T, r.Questions, nil
}

func NewResolver(s *world.Snapshot, in Intent) *Resolver {
	return &Resolver{S: s, In: in, T: Target{
		Intent:     in,
		Region:     s.Cloud.Identity.Region,
		Cluster:    s.Cloud.Cluster,
		Sources:    map[string]Source{},
		Namespace:  in.Namespace,
		PolicyName: in.Policy.Name,
		SASelector: in.Policy.ServiceAccountSelector,
		SecretName: in.Secret.Name,
		CA:         s.CA,
	}}
}

func (r *Resolver) settle() error {
	// A diagnosis validates the answers alone: what it adopted may be wrong, and
	// saying so is its job.
	if !r.diagnosing {
		if err := r.In.Validate(); err != nil {
			return err
		}
	}
	for _, settle := range []func() error{r.names, r.nodeGroups, r.podGroup, r.Database, r.DatabaseGroup, r.CNI, r.proof, r.testPods, r.lostFlows, r.restart, r.workloadNotes} {
		if err := settle(); err != nil {
			return err
		}
	}
	return nil
}

type Resolver struct {
	S         *world.Snapshot
	In        Intent
	T         Target
	Questions []Question
	// diagnosing takes what is there as what is wanted, whoever made it.
	diagnosing bool
}

func (r *Resolver) from(key, from, detail string) {
	r.T.Sources[key] = Source{From: from, Detail: detail}
}

func (r *Resolver) ask(q Question) { r.Questions = append(r.Questions, q) }

// text settles a plain text answer: what was answered, else the default.
func (r *Resolver) text(key string, value *string, def string) {
	if *value != "" {
		r.from(key, "answer", "")
		return
	}
	*value = def
	r.from(key, "default", "")
}

func (r *Resolver) names() error {
	r.from("cluster", "answer", "")
	r.from("region", "discovered", "of the AWS configuration")
	r.text("namespace", &r.T.Namespace, DefaultNamespace)
	r.text("policy.name", &r.T.PolicyName, cmp.Or(r.In.WantedPolicy(), DefaultPolicyName))
	r.text("secret.name", &r.T.SecretName, DefaultSecretName)
	r.T.Selector = r.In.PodSelector()
	switch {
	case r.In.Policy.PodSelector != nil || r.In.Policy.ServiceAccountSelector != nil:
		r.from("policy.podSelector", "answer", "")
	case len(r.In.Workloads) == 0:
		r.from("policy.podSelector", "default", "the test pod's label")
	}
	for _, settle := range []func() error{r.workloads, r.ground, r.foreignObjects} {
		if err := settle(); err != nil {
			return err
		}
	}
	return nil
}

// nodeGroups settles the nodes' security groups, and from them and CoreDNS's
// network interfaces the groups that the DNS rules belong on.
func (r *Resolver) nodeGroups() error {
	want := r.In.NodeSecurityGroup
	vpc := r.T.Cluster.VPCID
	switch {
	case want.ID != "":
		g, err := r.groupByID("nodeSecurityGroup.id", want.ID)
		if err != nil {
			return err
		}
		r.T.NodeGroups = []Ref{IDRef(g.ID, g.Name)}
		r.from("nodeSecurityGroup", "answer", "")
	case want.Tag != "":
		var found []world.SecurityGroup
		for _, g := range r.S.Cloud.SecurityGroups {
			if g.VPCID == vpc && filterMatches(want.Tag, g.Tags["Name"]) {
				found = append(found, g)
			}
		}
		switch len(found) {
		case 0:
			return world.RefusedAnswer("nodeSecurityGroup.tag", "leave nodeSecurityGroup out to have it discovered, or name it by id",
				"no security group in %s has a Name tag that matches %q", vpc, want.Tag)
		case 1:
			r.T.NodeGroups = []Ref{IDRef(found[0].ID, found[0].Name)}
			r.from("nodeSecurityGroup", "answer", fmt.Sprintf("tag Name=%s", found[0].Tags["Name"]))
		default:
			r.ask(Question{
				Key: "nodeSecurityGroup.id", Flag: "--node-security-group",
				Text:    fmt.Sprintf("%d security groups have a Name tag that matches %q: which is the nodes' of cluster %s?", len(found), want.Tag, r.T.Cluster.Name),
				Choices: r.groupChoices(found),
			})
		}
	default:
		r.discoverNodeGroups()
	}
	r.dnsGroups()
	return nil
}

func (r *Resolver) discoverNodeGroups() {
	seen := map[string]bool{}
	for _, i := range r.S.Cloud.Instances {
		for _, id := range i.PrimaryGroups {
			if g, ok := r.S.Group(id); ok && !seen[id] {
				seen[id] = true
				r.T.NodeGroups = append(r.T.NodeGroups, IDRef(id, g.Name))
			}
		}
	}
	if len(r.T.NodeGroups) > 0 {
		r.from("nodeSecurityGroup", "discovered", fmt.Sprintf("on the primary network interfaces of %d nodes", len(r.S.Cloud.Instances)))
		return
	}
	if g, ok := r.S.Group(r.T.Cluster.SecurityGroupID); ok {
		r.T.NodeGroups = []Ref{IDRef(g.ID, g.Name)}
		r.from("nodeSecurityGroup", "discovered", "the cluster security group; no node was found")
		return
	}
	r.ask(Question{
		Key: "nodeSecurityGroup.id", Flag: "--node-security-group",
		Text:    "no node and no cluster security group could be observed: which security group do the nodes carry?",
		Choices: NodeGroupChoices(r.S, r.In),
	})
}

// dnsGroups chooses, for each network interface that holds a CoreDNS address,
// one of its groups: rules on a group that CoreDNS does not carry do nothing.
func (r *Resolver) dnsGroups() {
	add := func(id string) {
		g, ok := r.S.Group(id)
		if ok && !slices.ContainsFunc(r.T.DNSGroups, func(x Ref) bool { return x.ID == id }) {
			r.T.DNSGroups = append(r.T.DNSGroups, IDRef(id, g.Name))
		}
	}
	for _, ip := range r.S.Kube.DNS.PodIPs {
		eni, ok := r.S.InterfaceByIP(ip)
		if !ok || len(eni.Groups) == 0 {
			continue
		}
		chosen := eni.Groups[0]
		if slices.Contains(eni.Groups, r.T.Cluster.SecurityGroupID) {
			chosen = r.T.Cluster.SecurityGroupID
		}
		for _, g := range r.T.NodeGroups {
			if slices.Contains(eni.Groups, g.ID) && (r.In.NodeSecurityGroup != NodeGroupIntent{} || chosen != r.T.Cluster.SecurityGroupID) {
				chosen = g.ID
				break
			}
		}
		add(chosen)
	}
	if len(r.T.DNSGroups) > 0 {
		r.from("dnsGroups", "discovered", "on the network interfaces of "+strconv.Itoa(len(r.S.Kube.DNS.PodIPs))+" CoreDNS pods")
		return
	}
	r.T.DNSGroups = slices.Clone(r.T.NodeGroups)
	r.from("dnsGroups", "default", "the nodes' groups; no ready CoreDNS pod was found")
}

func (r *Resolver) podGroup() error {
	if r.T.AdoptsPolicy && !r.diagnosing && r.In.PodSecurityGroup == (GroupIntent{}) {
		return r.adoptedGroups()
	}
	ref, source, err := r.ownGroup("podSecurityGroup", "--pod-security-group", r.In.PodSecurityGroup, DefaultPodGroupName, OutputPodGroup)
	r.T.PodGroup, r.T.PolicyGroups = ref, []Ref{ref}
	r.T.Sources["podSecurityGroup"] = source
	switch {
	case err != nil || r.diagnosing:
		return err
	case r.T.AdoptsPolicy:
		return r.adoptedGroups()
	}
	if err := r.refuseNodesGroup(); err != nil {
		return err
	}
	return r.nodeGroupsKept()
}

// ownGroup settles a group that podsg makes unless an existing one is named.
func (r *Resolver) ownGroup(key, flag string, in GroupIntent, def, output string) (Ref, Source, error) {
	if in.ID != "" {
		g, err := r.groupByID(key+".id", in.ID)
		return IDRef(in.ID, g.Name), Source{From: "answer"}, err
	}
	name, source := in.Name, Source{From: "answer"}
	if name == "" {
		name, source = def, Source{From: "default"}
	}
	found := r.S.GroupsNamed(r.T.Cluster.VPCID, name)
	if len(found) == 0 {
		return OutputRef(output, name), source, nil
	}
	g := found[0]
	if r.diagnosing {
		return IDRef(g.ID, g.Name), Source{From: "discovered", Detail: "by its name"}, nil
	}
	if !world.OwnedBy(g.Tags, r.T.Cluster.Name) {
		return Ref{}, source, world.RefusedAnswer(key+".id",
			fmt.Sprintf("use it knowingly with %s %s (answers: %s.id), or choose another name", flag, g.ID, key),
			"security group %s (%s) exists in %s and was not made by podsg for cluster %s", g.Name, g.ID, g.VPCID, r.T.Cluster.Name)
	}
	source.Detail = "made by podsg earlier"
	return IDRef(g.ID, g.Name), source, nil
}

// groupByID finds a security group that was named by id and refuses one that
// does not exist or is in another VPC.
func (r *Resolver) groupByID(key, id string) (world.SecurityGroup, error) {
	if reason, missing := r.S.Missing(world.FactSecurityGroups); missing {
		return world.SecurityGroup{}, refused(key, "%s cannot be checked: %s", id, reason)
	}
	g, ok := r.S.Group(id)
	if !ok {
		return world.SecurityGroup{}, world.RefusedAnswer(key,
			fmt.Sprintf("list the groups of the VPC: aws ec2 describe-security-groups --filters Name=vpc-id,Values=%s", r.T.Cluster.VPCID),
			"%s: there is no security group %s in %s, the VPC of cluster %s: a group of another VPC cannot be used",
			key, id, r.T.Cluster.VPCID, r.T.Cluster.Name)
	}
	if g.VPCID != r.T.Cluster.VPCID {
		return world.SecurityGroup{}, world.RefusedAnswer(key, "choose or make a group in the cluster's VPC",
			"%s: security group %s (%s) is in %s, but cluster %s is in %s", key, id, g.Name, g.VPCID, r.T.Cluster.Name, r.T.Cluster.VPCID)
	}
	return g, nil
}

func (r *Resolver) CNI() error {
	mode := r.In.CNI.EnforcingMode
	var now, managed string
	on := false
	if cni := r.S.Kube.CNI; cni != nil {
		now, on = cni.Env[world.EnvEnforcingMode], cni.Env[world.EnvPodENI] == "true"
	}
	if a := r.S.Cloud.Addon; a != nil {
		managed = world.AddonSettings(a.ConfigurationValues).Env[world.EnvEnforcingMode]
	}
	switch {
	case mode != "":
		r.from("cni.enforcingMode", "answer", "")
	case on && (now == "" || world.IsMode(now)):
		// Pods may rely on how it works now.
		mode = cmp.Or(now, world.ModeStrict)
		r.from("cni.enforcingMode", "discovered", "the feature is on in this mode")
	case world.IsMode(managed):
		mode = managed
		r.from("cni.enforcingMode", "discovered", "chosen in the add-on's configuration")
	case now != "" && !world.IsMode(now):
		// With such a value aws-node does not start: nothing can rely on it.
		mode = world.ModeStandard
		r.from("cni.enforcingMode", "default", fmt.Sprintf("aws-node does not accept the %q that is set", now))
	default:
		mode = world.ModeStandard
		r.from("cni.enforcingMode", "default", "probes, NodeLocal DNSCache and Pod Identity keep working")
	}
	r.T.Mode = mode
	switch demux := r.In.CNI.DisableTCPEarlyDemux; {
	case demux == "true" || demux == "false":
		r.T.EarlyDemux = demux
		r.from("cni.disableTCPEarlyDemux", "answer", "")
	case mode == world.ModeStrict:
		r.T.EarlyDemux = "true"
		r.from("cni.disableTCPEarlyDemux", "default", "kubelet's TCP and HTTP probes fail without it in strict mode")
	default:
		r.from("cni.disableTCPEarlyDemux", "default", "not needed in standard mode: left as it is")
	}
	return nil
}

// proof settles whether to seed the database and to run the green and red pods.
func (r *Resolver) proof() error {
	r.T.Seed = r.T.DB.Create || r.T.DB.Existing != nil && world.OwnedBy(r.T.DB.Existing.Tags, r.T.Cluster.Name)
	r.from("database.seed", "default", map[bool]string{true: "the database is podsg's own", false: "the database is yours: nothing is written to it"}[r.T.Seed])
	if seed := r.In.Database.Seed; seed != nil {
		r.T.Seed = *seed
		r.from("database.seed", "answer", "")
	}
	r.T.Verify = true
	r.from("verify", "default", "")
	if verify := r.In.Verify; verify != nil {
		r.T.Verify = *verify
		r.from("verify", "answer", "")
	}
	if !r.T.DB.PostgreSQL && r.T.DB.Identifier != "" {
		r.T.Seed, r.T.Verify = false, false
		why := fmt.Sprintf("database %s is %s, not PostgreSQL: rules and policy still work, the test table and the test pods are left out",
			r.T.DB.Identifier, r.T.DB.Existing.Engine)
		r.from("database.seed", "discovered", why)
		r.from("verify", "discovered", why)
	}
	r.T.TLSMode = cmp.Or(r.In.Database.TLSMode, TLSVerifyFull)
	r.from("database.tlsMode", map[bool]string{true: "default", false: "answer"}[r.In.Database.TLSMode == ""], "")
	if (r.T.Seed || r.T.Verify) && r.T.TLSMode == TLSVerifyFull && len(r.T.CA) == 0 && !r.diagnosing {
		return world.RefusedAnswer("database.caFile",
			fmt.Sprintf("give the bundle with --rds-ca FILE (answers: database.caFile), or choose unverified encryption explicitly: --db-tls %s (answers: database.tlsMode)", TLSRequire),
			"podsg carries no RDS certificate authorities for region %s, so the database's certificate could not be verified", r.T.Region)
	}
	r.passwordSource()
	r.probe()
	return nil
}

// passwordSource settles where the password of an existing database is read.
func (r *Resolver) passwordSource() {
	d := r.T.DB
	if d.Create || d.Existing == nil {
		return
	}
	if r.In.Database.Existing != nil && r.In.Database.Existing.PasswordFrom != "" {
		r.T.PasswordSrc = r.In.Database.Existing.PasswordFrom
		detail := ""
		if unread := r.S.Password.Unread; unread != "" {
			detail = "the Secret keeps the password that it has: the one of " + r.T.PasswordSrc + " could not be compared with it: " + unread
		}
		r.from("database.existing.passwordFrom", "answer", detail)
		return
	}
	if world.OwnedBy(d.Existing.Tags, r.T.Cluster.Name) {
		return
	}
	if d.Existing.MasterSecret != "" && (r.In.Database.Existing == nil || r.In.Database.Existing.Username == "") {
		r.T.PasswordSrc = "secretsmanager:" + d.Existing.MasterSecret
		r.from("database.existing.passwordFrom", "discovered", "RDS keeps the master password there")
		return
	}
	if sec := r.S.Kube.Secret; sec != nil && (sec.Owned || r.T.AdoptsSecret && r.In.Secret.Name != "") && sec.HasPassword && !SecretIsOfAnother(r.S, &r.T) {
		r.from("database.existing.passwordFrom", "discovered", "the Secret has it already")
		return
	}
	if r.T.Seed || r.T.Verify {
		r.ask(Question{
			Key: "database.existing.passwordFrom", Flag: "--db-password-from",
			Text: fmt.Sprintf("where is the password of user %s of database %s kept? env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME",
				d.Username, d.Identifier),
		})
	}
}

func (r *Resolver) groupChoices(groups []world.SecurityGroup) []Choice {
	var out []Choice
	for _, g := range groups {
		detail := []string{g.Name, g.Tags["Name"]}
		for k := range g.Tags {
			if name, ok := strings.CutPrefix(k, "kubernetes.io/cluster/"); ok {
				detail = append(detail, "cluster "+name)
			}
		}
		out = append(out, Choice{Value: g.ID, Label: g.ID, Detail: detail})
	}
	slices.SortFunc(out, func(a, b Choice) int { return strings.Compare(a.Value, b.Value) })
	return out
}
