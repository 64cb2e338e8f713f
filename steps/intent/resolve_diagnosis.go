package intent

import (
	"cmp"
	"slices"
	"strings"

	"podsg/steps/access"
	"podsg/steps/world"
)

// ResolveForDiagnosis settles what a diagnosis looks at. Unlike [Resolve] it
// takes what is there as what is wanted, whoever made it and by hand or not: the
// policy of the namespace with its selector and its group, and the database
// that the Secret names. What stays open is left to the checks to report.
func ResolveForDiagnosis(s *world.Snapshot, in Intent) (Target, error) {
	if err := in.Validate(); err != nil {
		return Target{}, err
	}
	r := NewResolver(s, in)
	r.diagnosing, r.T.Diagnosing = true, true
	r.T.Foreign = !setUpHere(s, cmp.Or(in.Namespace, DefaultNamespace))
	r.adoptPolicy()
	r.adoptDatabase()
	r.adoptTLS()
	if err := r.settle(); err != nil {
		return Target{}, err
	}
	r.adoptPodGroups()
	return r.T, nil
}

// adoptPodGroups takes the groups that the policies really give: all of the
// namespace's policies that select the pods that the diagnosed one selects.
func (r *Resolver) adoptPodGroups() {
	policy, ok := Policy(r.S, &r.T)
	if !ok || len(policy.GroupIDs) == 0 {
		return
	}
	r.T.PodGroups = groupsOf(r.S, policy)
	if r.In.PodSecurityGroup != (GroupIntent{}) {
		return
	}
	id := r.ownPodGroup(policy)
	g, _ := r.S.Group(id)
	r.T.PodGroup = IDRef(id, g.Name)
	r.T.PolicyGroups = nil
	for _, id := range policy.GroupIDs {
		g, _ := r.S.Group(id)
		r.T.PolicyGroups = append(r.T.PolicyGroups, IDRef(id, g.Name))
	}
	r.from("podSecurityGroup", "discovered", "of policy "+policy.Name)
}

// groupsOf are the groups that every pod gets that a policy selects. Pods that
// other policies select too have those policies' groups besides.
func groupsOf(s *world.Snapshot, policy world.PodPolicy) []string {
	here, accounts := s.PoliciesIn(policy.Namespace), s.AccountLabels()
	var common []string
	found := false
	for _, pod := range s.PodsIn(policy.Namespace) {
		if ok, err := policy.Selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok {
			continue
		}
		groups, _, _ := world.MatchPolicies(here, pod.Labels, accounts[pod.ServiceAccount])
		if !found {
			common, found = groups, true
			continue
		}
		common = slices.DeleteFunc(common, func(id string) bool { return !slices.Contains(groups, id) })
	}
	if found {
		return common
	}
	groups, _, _ := world.MatchPolicies(here, world.SelectedLabels(policy.PodSelector), world.SelectedLabels(policy.ServiceAccountSelector))
	if len(groups) == 0 {
		return policy.GroupIDs
	}
	return groups
}

// ownPodGroup is the policy's group that is meant for the pods alone: not one
// that the nodes carry, which policies name so that their pods keep the
// cluster's own access.
func (r *Resolver) ownPodGroup(p world.PodPolicy) string {
	shared := append(RefIDs(r.T.NodeGroups), r.T.Cluster.SecurityGroupID)
	for _, id := range p.GroupIDs {
		if !slices.Contains(shared, id) {
			return id
		}
	}
	return p.GroupIDs[0]
}

// IntentToMend is the intent of a plan that mends what a diagnosis found: what
// the diagnosis took for wanted stays as it is, and is not asked for again.
func IntentToMend(s *world.Snapshot, in Intent) Intent {
	r := NewResolver(s, in)
	r.diagnosing = true
	r.T.Foreign = !setUpHere(s, cmp.Or(in.Namespace, DefaultNamespace))
	r.adoptPolicy()
	r.adoptDatabase()
	r.adoptTLS()
	out := r.In
	out.Policy.AllowEmptySelector = in.Policy.AllowEmptySelector
	policy, ok := PolicyToDiagnose(s.Kube.Policies, cmp.Or(in.Namespace, DefaultNamespace), in.Policy.Name)
	if !ok || in.PodSecurityGroup != (GroupIntent{}) || len(policy.GroupIDs) == 0 || !policy.Owned {
		return out
	}
	if g, known := s.Group(r.ownPodGroup(policy)); known && g.VPCID == s.Cloud.Cluster.VPCID && g.Name != DefaultPodGroupName {
		out.PodSecurityGroup = GroupIntent{ID: g.ID}
	}
	return out
}

// adoptPolicy looks at the namespace's policy when the intent selects nothing.
func (r *Resolver) adoptPolicy() {
	p, ok := PolicyToDiagnose(r.S.Kube.Policies, cmp.Or(r.In.Namespace, DefaultNamespace), r.In.Policy.Name)
	if !ok {
		return
	}
	r.In.Policy.Name, r.T.PolicyName = p.Name, p.Name
	if r.In.Policy.PodSelector == nil && r.In.Policy.ServiceAccountSelector == nil && (p.PodSelector != nil || p.ServiceAccountSelector != nil) {
		r.In.Policy.PodSelector, r.In.Policy.ServiceAccountSelector = p.PodSelector, p.ServiceAccountSelector
		r.In.Policy.AllowEmptySelector = true // a check warns of it
		r.T.SASelector = p.ServiceAccountSelector
	}
}

// PolicyToDiagnose is the policy of a namespace with a name, or with podsg's
// own name, or the only one there is.
func PolicyToDiagnose(policies []world.PodPolicy, namespace, name string) (world.PodPolicy, bool) {
	var here []world.PodPolicy
	for _, p := range policies {
		if p.Namespace == namespace && !p.OfProbes() {
			here = append(here, p)
		}
	}
	i := slices.IndexFunc(here, func(p world.PodPolicy) bool { return p.Name == cmp.Or(name, DefaultPolicyName) })
	switch {
	case i >= 0:
		return here[i], true
	case name == "" && len(here) == 1:
		return here[0], true
	default:
		return world.PodPolicy{}, false
	}
}

// adoptDatabase looks at the database that the Secret names, else at that of an
// earlier run, else at one of the VPC with podsg's usual name, or at its only
// PostgreSQL database, when none is named; where podsg has set up nothing, only at
// one of which something says that the pods use it.
func (r *Resolver) adoptDatabase() {
	if r.In.Database.Existing != nil || r.In.Database.Create != nil {
		return
	}
	cluster := r.S.Cloud.Cluster
	if sec := r.S.Kube.Secret; sec != nil && sec.Host != "" {
		for _, d := range r.S.Cloud.Databases {
			if !strings.EqualFold(sec.Host, d.Address) {
				continue
			}
			if world.OwnedBy(d.Tags, cluster.Name) {
				r.In.Database.Create = &CreateDatabase{Identifier: d.Identifier}
			} else {
				r.In.Database.Existing = &ExistingDatabase{Identifier: d.Identifier, Username: sec.Username, Database: sec.Database}
			}
			return
		}
	}
	if r.ofOthers() {
		r.adoptTarget()
		return
	}
	if _, _, found := r.earlierDatabase(); found {
		return // it is found again
	}
	r.adoptOnlyDatabase()
}

// ofOthers reports whether the access is neither podsg's nor was given to it.
func (r *Resolver) ofOthers() bool {
	namespace := cmp.Or(r.In.Namespace, DefaultNamespace)
	p, ok := PolicyToDiagnose(r.S.Kube.Policies, namespace, r.In.Policy.Name)
	if sec := r.S.Kube.Secret; !ok || p.Owned || sec != nil && sec.Owned {
		return false
	}
	_, recorded := r.S.Kube.Journal.Entry(world.KindPolicy, p.Namespace+"/"+p.Name)
	return !recorded
}

// adoptTarget looks at the database that an access of others reaches by the rules
// of its groups: of several at the one that podsg would look at first. One that
// reaches something else, or could only be for podsg's own database, has none.
func (r *Resolver) adoptTarget() {
	p, _ := PolicyToDiagnose(r.S.Kube.Policies, cmp.Or(r.In.Namespace, DefaultNamespace), r.In.Policy.Name)
	var databases []string
	targets := access.Targets(r.S, p.GroupIDs)
	for _, t := range targets {
		if t.Kind == world.KindDBInstance {
			databases = append(databases, t.ID)
		}
	}
	if len(databases) == 0 {
		if len(targets) == 0 {
			r.adoptOnlyDatabase()
		}
		if d := r.In.Database.Existing; d == nil || r.isOwn(d.Identifier) {
			r.In.Database.Existing, r.T.NoDatabase = nil, true
		}
		return
	}
	id := databases[0]
	near := func(id string) bool {
		d, ok := r.S.Database(id)
		return ok && d.VPCID == r.S.Cloud.Cluster.VPCID
	}
	usual := func(id string) bool { return id == DefaultDBIdentifier && near(id) }
	for _, better := range []func(string) bool{r.isOwn, usual, near} {
		if i := slices.IndexFunc(databases, better); i >= 0 {
			id = databases[i]
			break
		}
	}
	if r.isOwn(id) {
		r.In.Database.Create = &CreateDatabase{Identifier: id}
		return
	}
	r.In.Database.Existing = &ExistingDatabase{Identifier: id}
}

// isOwn reports whether podsg made a database.
func (r *Resolver) isOwn(identifier string) bool {
	d, ok := r.S.Database(identifier)
	return ok && world.OwnedBy(d.Tags, r.S.Cloud.Cluster.Name)
}

// adoptOnlyDatabase looks at the database of the VPC with podsg's usual name, or
// at its only PostgreSQL database.
func (r *Resolver) adoptOnlyDatabase() {
	cluster := r.S.Cloud.Cluster
	var found []string
	for _, d := range r.S.Cloud.Databases {
		if !PostgreSQL().Speaks(d.Engine) || d.VPCID != cluster.VPCID || !r.isMeant(d) {
			continue
		}
		if d.Identifier == DefaultDBIdentifier {
			found = []string{d.Identifier}
			break
		}
		found = append(found, d.Identifier)
	}
	if len(found) == 1 {
		r.In.Database.Existing = &ExistingDatabase{Identifier: found[0]}
	}
}

// adoptTLS takes the way of encryption that the Secret has: the choice was made
// when it was written.
func (r *Resolver) adoptTLS() {
	sec := r.S.Kube.Secret
	if r.In.Database.TLSMode == "" && sec != nil && (sec.SSLMode == TLSRequire || sec.SSLMode == TLSVerifyFull) {
		r.In.Database.TLSMode = sec.SSLMode
	}
}

// NamespaceToDiagnose is the namespace of the intent, or when it names none and
// the default one has no policy, the namespace that has the most. A policy that
// would select pods of the default namespace is missed there, not wanted
// elsewhere.
func NamespaceToDiagnose(s *world.Snapshot, in Intent) string {
	if in.Namespace != "" {
		return in.Namespace
	}
	count := map[string]int{}
	best := in.Namespace
	for _, p := range s.Kube.Policies {
		if p.OfProbes() {
			continue
		}
		if p.Namespace == DefaultNamespace || len(s.WouldSelect(p, DefaultNamespace)) > 0 {
			return in.Namespace
		}
		count[p.Namespace]++
		if best == "" || count[p.Namespace] > count[best] || count[p.Namespace] == count[best] && p.Namespace < best {
			best = p.Namespace
		}
	}
	return best
}
