package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Resolve settles every answer of an intent against what was observed. What it
// cannot settle comes back as questions, each with its choices. An answer that
// cannot be is an error of kind [ProblemUsage]: where, why and what is allowed.
// Nothing is changed by it.
func Resolve(s *Snapshot, in Intent) (Target, []Question, error) {
	r := newResolver(s, in)
	if err := r.settle(); err != nil {
		return Target{}, nil, err
	}
	return r.t, r.questions, nil
}

func newResolver(s *Snapshot, in Intent) *resolver {
	return &resolver{s: s, in: in, t: Target{
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

func (r *resolver) settle() error {
	// A diagnosis validates the answers alone: what it adopted may be wrong, and
	// saying so is its job.
	if !r.diagnosing {
		if err := r.in.Validate(); err != nil {
			return err
		}
	}
	for _, settle := range []func() error{r.names, r.nodeGroups, r.podGroup, r.database, r.databaseGroup, r.cni, r.proof, r.testPods} {
		if err := settle(); err != nil {
			return err
		}
	}
	return nil
}

type resolver struct {
	s         *Snapshot
	in        Intent
	t         Target
	questions []Question
	// diagnosing takes what is there as what is wanted, whoever made it.
	diagnosing bool
}

func (r *resolver) from(key, from, detail string) {
	r.t.Sources[key] = Source{From: from, Detail: detail}
}

func (r *resolver) ask(q Question) { r.questions = append(r.questions, q) }

// text settles a plain text answer: what was answered, else the default.
func (r *resolver) text(key string, value *string, def string) {
	if *value != "" {
		r.from(key, "answer", "")
		return
	}
	*value = def
	r.from(key, "default", "")
}

func (r *resolver) names() error {
	r.from("cluster", "answer", "")
	r.from("region", "discovered", "of the AWS configuration")
	r.text("namespace", &r.t.Namespace, DefaultNamespace)
	r.text("policy.name", &r.t.PolicyName, DefaultPolicyName)
	r.text("secret.name", &r.t.SecretName, DefaultSecretName)
	r.t.Selector = r.in.podSelector()
	if r.in.Policy.PodSelector == nil && r.in.Policy.ServiceAccountSelector == nil {
		r.from("policy.podSelector", "default", "the test pod's label")
	} else {
		r.from("policy.podSelector", "answer", "")
	}
	return r.foreignObjects()
}

// foreignObjects refuses names that are taken by objects that podsg did not
// make: they are never adopted silently.
func (r *resolver) foreignObjects() error {
	if r.diagnosing {
		return nil
	}
	if sec := r.s.Kube.Secret; sec != nil && !sec.Owned {
		return Usage("choose another name with --secret NAME (answers: secret.name), or delete it if it is not needed",
			"secret %s/%s exists and was not made by podsg", r.t.Namespace, r.t.SecretName)
	}
	for _, p := range r.s.Kube.Policies {
		if p.Namespace == r.t.Namespace && p.Name == r.t.PolicyName && !p.Owned {
			return Usage("choose another name with --policy NAME (answers: policy.name), or delete it if it is not needed",
				"security group policy %s/%s exists and was not made by podsg", p.Namespace, p.Name)
		}
	}
	return nil
}

// nodeGroups settles the nodes' security groups, and from them and CoreDNS's
// network interfaces the groups that the DNS rules belong on.
func (r *resolver) nodeGroups() error {
	want := r.in.NodeSecurityGroup
	vpc := r.t.Cluster.VPCID
	switch {
	case want.ID != "":
		g, err := r.groupByID("nodeSecurityGroup.id", want.ID)
		if err != nil {
			return err
		}
		r.t.NodeGroups = []Ref{IDRef(g.ID, g.Name)}
		r.from("nodeSecurityGroup", "answer", "")
	case want.Tag != "":
		var found []SecurityGroup
		for _, g := range r.s.Cloud.SecurityGroups {
			if g.VPCID == vpc && filterMatches(want.Tag, g.Tags["Name"]) {
				found = append(found, g)
			}
		}
		switch len(found) {
		case 0:
			return Usage("leave nodeSecurityGroup out to have it discovered, or name it by id",
				"no security group in %s has a Name tag that matches %q", vpc, want.Tag)
		case 1:
			r.t.NodeGroups = []Ref{IDRef(found[0].ID, found[0].Name)}
			r.from("nodeSecurityGroup", "answer", fmt.Sprintf("tag Name=%s", found[0].Tags["Name"]))
		default:
			r.ask(Question{
				Key: "nodeSecurityGroup.id", Flag: "--node-security-group",
				Text:    fmt.Sprintf("%d security groups have a Name tag that matches %q: which is the nodes' of cluster %s?", len(found), want.Tag, r.t.Cluster.Name),
				Choices: r.groupChoices(found),
			})
		}
	default:
		r.discoverNodeGroups()
	}
	r.dnsGroups()
	return nil
}

func (r *resolver) discoverNodeGroups() {
	seen := map[string]bool{}
	for _, i := range r.s.Cloud.Instances {
		for _, id := range i.PrimaryGroups {
			if g, ok := r.s.Group(id); ok && !seen[id] {
				seen[id] = true
				r.t.NodeGroups = append(r.t.NodeGroups, IDRef(id, g.Name))
			}
		}
	}
	if len(r.t.NodeGroups) > 0 {
		r.from("nodeSecurityGroup", "discovered", fmt.Sprintf("on the primary network interfaces of %d nodes", len(r.s.Cloud.Instances)))
		return
	}
	if g, ok := r.s.Group(r.t.Cluster.SecurityGroupID); ok {
		r.t.NodeGroups = []Ref{IDRef(g.ID, g.Name)}
		r.from("nodeSecurityGroup", "discovered", "the cluster security group; no node was found")
		return
	}
	r.ask(Question{
		Key: "nodeSecurityGroup.id", Flag: "--node-security-group",
		Text:    "no node and no cluster security group could be observed: which security group do the nodes carry?",
		Choices: NodeGroupChoices(r.s, r.in),
	})
}

// dnsGroups chooses, for each network interface that holds a CoreDNS address,
// one of its groups: rules on a group that CoreDNS does not carry do nothing.
func (r *resolver) dnsGroups() {
	add := func(id string) {
		g, ok := r.s.Group(id)
		if ok && !slices.ContainsFunc(r.t.DNSGroups, func(x Ref) bool { return x.ID == id }) {
			r.t.DNSGroups = append(r.t.DNSGroups, IDRef(id, g.Name))
		}
	}
	for _, ip := range r.s.Kube.DNS.PodIPs {
		eni, ok := r.s.InterfaceByIP(ip)
		if !ok || len(eni.Groups) == 0 {
			continue
		}
		chosen := eni.Groups[0]
		if slices.Contains(eni.Groups, r.t.Cluster.SecurityGroupID) {
			chosen = r.t.Cluster.SecurityGroupID
		}
		for _, g := range r.t.NodeGroups {
			if slices.Contains(eni.Groups, g.ID) && (r.in.NodeSecurityGroup != NodeGroupIntent{} || chosen != r.t.Cluster.SecurityGroupID) {
				chosen = g.ID
				break
			}
		}
		add(chosen)
	}
	if len(r.t.DNSGroups) > 0 {
		r.from("dnsGroups", "discovered", "on the network interfaces of "+strconv.Itoa(len(r.s.Kube.DNS.PodIPs))+" CoreDNS pods")
		return
	}
	r.t.DNSGroups = slices.Clone(r.t.NodeGroups)
	r.from("dnsGroups", "default", "the nodes' groups; no ready CoreDNS pod was found")
}

func (r *resolver) podGroup() error {
	ref, source, err := r.ownGroup("podSecurityGroup", "--pod-security-group", r.in.PodSecurityGroup, DefaultPodGroupName, outputPodGroup)
	r.t.PodGroup = ref
	r.t.Sources["podSecurityGroup"] = source
	return err
}

// ownGroup settles a group that podsg makes unless an existing one is named.
func (r *resolver) ownGroup(key, flag string, in GroupIntent, def, output string) (Ref, Source, error) {
	if in.ID != "" {
		g, err := r.groupByID(key+".id", in.ID)
		return IDRef(in.ID, g.Name), Source{From: "answer"}, err
	}
	name, source := in.Name, Source{From: "answer"}
	if name == "" {
		name, source = def, Source{From: "default"}
	}
	found := r.s.GroupsNamed(r.t.Cluster.VPCID, name)
	if len(found) == 0 {
		return OutputRef(output, name), source, nil
	}
	g := found[0]
	if r.diagnosing {
		return IDRef(g.ID, g.Name), Source{From: "discovered", Detail: "by its name"}, nil
	}
	if !OwnedBy(g.Tags, r.t.Cluster.Name) {
		return Ref{}, source, Usage(
			fmt.Sprintf("use it knowingly with %s %s (answers: %s.id), or choose another name", flag, g.ID, key),
			"security group %s (%s) exists in %s and was not made by podsg for cluster %s", name, g.ID, g.VPCID, r.t.Cluster.Name)
	}
	source.Detail = "made by podsg earlier"
	return IDRef(g.ID, g.Name), source, nil
}

// groupByID finds a security group that was named by id and refuses one that
// does not exist or is in another VPC.
func (r *resolver) groupByID(key, id string) (SecurityGroup, error) {
	if reason, missing := r.s.Missing(FactSecurityGroups); missing {
		return SecurityGroup{}, Usage("", "%s: %s cannot be checked: %s", key, id, reason)
	}
	g, ok := r.s.Group(id)
	if !ok {
		return SecurityGroup{}, Usage(
			fmt.Sprintf("list the groups of the VPC: aws ec2 describe-security-groups --filters Name=vpc-id,Values=%s", r.t.Cluster.VPCID),
			"%s: there is no security group %s in %s, the VPC of cluster %s: a group of another VPC cannot be used",
			key, id, r.t.Cluster.VPCID, r.t.Cluster.Name)
	}
	if g.VPCID != r.t.Cluster.VPCID {
		return SecurityGroup{}, Usage("choose or make a group in the cluster's VPC",
			"%s: security group %s (%s) is in %s, but cluster %s is in %s", key, id, g.Name, g.VPCID, r.t.Cluster.Name, r.t.Cluster.VPCID)
	}
	return g, nil
}

func (r *resolver) cni() error {
	mode := r.in.CNI.EnforcingMode
	var now, managed string
	on := false
	if cni := r.s.Kube.CNI; cni != nil {
		now, on = cni.Env[envEnforcingMode], cni.Env[envPodENI] == "true"
	}
	if a := r.s.Cloud.Addon; a != nil {
		managed = addonSettings(a.ConfigurationValues).Env[envEnforcingMode]
	}
	switch {
	case mode != "":
		r.from("cni.enforcingMode", "answer", "")
	case on && (now == "" || isMode(now)):
		// Pods may rely on how it works now.
		mode = cmp.Or(now, ModeStrict)
		r.from("cni.enforcingMode", "discovered", "the feature is on in this mode")
	case isMode(managed):
		mode = managed
		r.from("cni.enforcingMode", "discovered", "chosen in the add-on's configuration")
	case now != "" && !isMode(now):
		// With such a value aws-node does not start: nothing can rely on it.
		mode = ModeStandard
		r.from("cni.enforcingMode", "default", fmt.Sprintf("aws-node does not accept the %q that is set", now))
	default:
		mode = ModeStandard
		r.from("cni.enforcingMode", "default", "probes, NodeLocal DNSCache and Pod Identity keep working")
	}
	r.t.Mode = mode
	switch demux := r.in.CNI.DisableTCPEarlyDemux; {
	case demux == "true" || demux == "false":
		r.t.EarlyDemux = demux
		r.from("cni.disableTCPEarlyDemux", "answer", "")
	case mode == ModeStrict:
		r.t.EarlyDemux = "true"
		r.from("cni.disableTCPEarlyDemux", "default", "kubelet's TCP and HTTP probes fail without it in strict mode")
	default:
		r.from("cni.disableTCPEarlyDemux", "default", "not needed in standard mode: left as it is")
	}
	return nil
}

// proof settles whether to seed the database and to run the green and red pods.
func (r *resolver) proof() error {
	r.t.Seed = r.t.DB.Create || r.t.DB.Existing != nil && OwnedBy(r.t.DB.Existing.Tags, r.t.Cluster.Name)
	r.from("database.seed", "default", map[bool]string{true: "the database is podsg's own", false: "the database is yours: nothing is written to it"}[r.t.Seed])
	if seed := r.in.Database.Seed; seed != nil {
		r.t.Seed = *seed
		r.from("database.seed", "answer", "")
	}
	r.t.Verify = true
	r.from("verify", "default", "")
	if verify := r.in.Verify; verify != nil {
		r.t.Verify = *verify
		r.from("verify", "answer", "")
	}
	if !r.t.DB.PostgreSQL && r.t.DB.Identifier != "" {
		r.t.Seed, r.t.Verify = false, false
		why := fmt.Sprintf("database %s is %s, not PostgreSQL: rules and policy still work, the test table and the test pods are left out",
			r.t.DB.Identifier, r.t.DB.Existing.Engine)
		r.from("database.seed", "discovered", why)
		r.from("verify", "discovered", why)
	}
	r.t.TLSMode = cmp.Or(r.in.Database.TLSMode, TLSVerifyFull)
	r.from("database.tlsMode", map[bool]string{true: "default", false: "answer"}[r.in.Database.TLSMode == ""], "")
	if (r.t.Seed || r.t.Verify) && r.t.TLSMode == TLSVerifyFull && len(r.t.CA) == 0 && !r.diagnosing {
		return Usage(
			fmt.Sprintf("give the bundle with --rds-ca FILE (answers: database.caFile), or choose unverified encryption explicitly: --db-tls %s (answers: database.tlsMode)", TLSRequire),
			"podsg carries no RDS certificate authorities for region %s, so the database's certificate could not be verified", r.t.Region)
	}
	r.passwordSource()
	return nil
}

// passwordSource settles where the password of an existing database is read.
func (r *resolver) passwordSource() {
	d := r.t.DB
	if d.Create || d.Existing == nil {
		return
	}
	if r.in.Database.Existing != nil && r.in.Database.Existing.PasswordFrom != "" {
		r.t.PasswordSrc = r.in.Database.Existing.PasswordFrom
		detail := ""
		if unread := r.s.Password.Unread; unread != "" {
			detail = "the Secret keeps the password that it has: the one of " + r.t.PasswordSrc + " could not be compared with it: " + unread
		}
		r.from("database.existing.passwordFrom", "answer", detail)
		return
	}
	if OwnedBy(d.Existing.Tags, r.t.Cluster.Name) {
		return
	}
	if d.Existing.MasterSecret != "" && (r.in.Database.Existing == nil || r.in.Database.Existing.Username == "") {
		r.t.PasswordSrc = "secretsmanager:" + d.Existing.MasterSecret
		r.from("database.existing.passwordFrom", "discovered", "RDS keeps the master password there")
		return
	}
	if sec := r.s.Kube.Secret; sec != nil && sec.Owned && sec.HasPassword && !r.s.secretIsOfAnother(&r.t) {
		r.from("database.existing.passwordFrom", "discovered", "the Secret has it already")
		return
	}
	if r.t.Seed || r.t.Verify {
		r.ask(Question{
			Key: "database.existing.passwordFrom", Flag: "--db-password-from",
			Text: fmt.Sprintf("where is the password of user %s of database %s kept? env:NAME, file:PATH, secretsmanager:NAME-OR-ARN or secret:NAMESPACE/NAME",
				d.Username, d.Identifier),
		})
	}
}

func (r *resolver) groupChoices(groups []SecurityGroup) []Choice {
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
