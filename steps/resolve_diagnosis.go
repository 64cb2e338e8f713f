package steps

import (
	"cmp"
	"slices"
	"strings"
)

// ResolveForDiagnosis settles what a diagnosis looks at. Unlike [Resolve] it
// takes what is there as what is wanted, whoever made it and by hand or not: the
// policy of the namespace with its selector and its group, and the database
// that the Secret names. What stays open is left to the checks to report.
func ResolveForDiagnosis(s *Snapshot, in Intent) (Target, error) {
	if err := in.Validate(); err != nil {
		return Target{}, err
	}
	r := newResolver(s, in)
	r.diagnosing = true
	r.adoptPolicy()
	r.adoptDatabase()
	r.adoptTLS()
	if err := r.settle(); err != nil {
		return Target{}, err
	}
	r.adoptPodGroups()
	return r.t, nil
}

// adoptPodGroups takes the groups that the policies really give: all of the
// namespace's policies that select the pods that the diagnosed one selects.
func (r *resolver) adoptPodGroups() {
	policy, ok := r.s.policy(&r.t)
	if !ok || len(policy.GroupIDs) == 0 {
		return
	}
	r.t.PodGroups = r.s.groupsOf(policy)
	if r.in.PodSecurityGroup != (GroupIntent{}) {
		return
	}
	id := r.ownPodGroup(policy)
	g, _ := r.s.Group(id)
	r.t.PodGroup = IDRef(id, g.Name)
	r.from("podSecurityGroup", "discovered", "of policy "+policy.Name)
}

// groupsOf are the groups that every pod gets that a policy selects. Pods that
// other policies select too have those policies' groups besides.
func (s *Snapshot) groupsOf(policy PodPolicy) []string {
	here, accounts := s.policiesIn(policy.Namespace), s.accountLabels()
	var common []string
	found := false
	for _, pod := range s.podsIn(policy.Namespace) {
		if ok, err := policy.selects(pod.Labels, accounts[pod.ServiceAccount]); err != nil || !ok {
			continue
		}
		groups, _, _ := MatchPolicies(here, pod.Labels, accounts[pod.ServiceAccount])
		if !found {
			common, found = groups, true
			continue
		}
		common = slices.DeleteFunc(common, func(id string) bool { return !slices.Contains(groups, id) })
	}
	if found {
		return common
	}
	groups, _, _ := MatchPolicies(here, selectedLabels(policy.PodSelector), selectedLabels(policy.ServiceAccountSelector))
	if len(groups) == 0 {
		return policy.GroupIDs
	}
	return groups
}

// ownPodGroup is the policy's group that is meant for the pods alone: not one
// that the nodes carry, which policies name so that their pods keep the
// cluster's own access.
func (r *resolver) ownPodGroup(p PodPolicy) string {
	shared := append(refIDs(r.t.NodeGroups), r.t.Cluster.SecurityGroupID)
	for _, id := range p.GroupIDs {
		if !slices.Contains(shared, id) {
			return id
		}
	}
	return p.GroupIDs[0]
}

// IntentToMend is the intent of a plan that mends what a diagnosis found: what
// the diagnosis took for wanted stays as it is, and is not asked for again.
func IntentToMend(s *Snapshot, in Intent) Intent {
	r := newResolver(s, in)
	r.diagnosing = true
	r.adoptPolicy()
	r.adoptDatabase()
	r.adoptTLS()
	out := r.in
	out.Policy.AllowEmptySelector = in.Policy.AllowEmptySelector
	policy, ok := policyToDiagnose(s.Kube.Policies, cmp.Or(in.Namespace, DefaultNamespace), in.Policy.Name)
	if !ok || in.PodSecurityGroup != (GroupIntent{}) || len(policy.GroupIDs) != 1 {
		return out
	}
	if g, known := s.Group(policy.GroupIDs[0]); known && g.VPCID == s.Cloud.Cluster.VPCID && g.Name != DefaultPodGroupName {
		out.PodSecurityGroup = GroupIntent{ID: g.ID}
	}
	return out
}

// adoptPolicy looks at the namespace's policy when the intent selects nothing.
func (r *resolver) adoptPolicy() {
	p, ok := policyToDiagnose(r.s.Kube.Policies, cmp.Or(r.in.Namespace, DefaultNamespace), r.in.Policy.Name)
	if !ok {
		return
	}
	r.in.Policy.Name, r.t.PolicyName = p.Name, p.Name
	if r.in.Policy.PodSelector == nil && r.in.Policy.ServiceAccountSelector == nil && (p.PodSelector != nil || p.ServiceAccountSelector != nil) {
		r.in.Policy.PodSelector, r.in.Policy.ServiceAccountSelector = p.PodSelector, p.ServiceAccountSelector
		r.in.Policy.AllowEmptySelector = true // a check warns of it
		r.t.SASelector = p.ServiceAccountSelector
	}
}

// policyToDiagnose is the policy of a namespace with a name, or with podsg's
// own name, or the only one there is.
func policyToDiagnose(policies []PodPolicy, namespace, name string) (PodPolicy, bool) {
	var here []PodPolicy
	for _, p := range policies {
		if p.Namespace == namespace {
			here = append(here, p)
		}
	}
	i := slices.IndexFunc(here, func(p PodPolicy) bool { return p.Name == cmp.Or(name, DefaultPolicyName) })
	switch {
	case i >= 0:
		return here[i], true
	case name == "" && len(here) == 1:
		return here[0], true
	default:
		return PodPolicy{}, false
	}
}

// adoptDatabase looks at the database that the Secret names, else at that of an
// earlier run, else at one of the VPC with podsg's usual name, or at its only
// PostgreSQL database, when none is named.
func (r *resolver) adoptDatabase() {
	if r.in.Database.Existing != nil || r.in.Database.Create != nil {
		return
	}
	cluster := r.s.Cloud.Cluster
	if sec := r.s.Kube.Secret; sec != nil && sec.Host != "" {
		for _, d := range r.s.Cloud.Databases {
			if !strings.EqualFold(sec.Host, d.Address) {
				continue
			}
			if OwnedBy(d.Tags, cluster.Name) {
				r.in.Database.Create = &CreateDatabase{Identifier: d.Identifier}
			} else {
				r.in.Database.Existing = &ExistingDatabase{Identifier: d.Identifier, Username: sec.Username, Database: sec.Database}
			}
			return
		}
	}
	if _, _, found := r.earlierDatabase(); found {
		return // it is found again
	}
	var found []string
	for _, d := range r.s.Cloud.Databases {
		if !isPostgreSQL(d.Engine) || d.VPCID != cluster.VPCID {
			continue
		}
		if d.Identifier == DefaultDBIdentifier {
			found = []string{d.Identifier}
			break
		}
		found = append(found, d.Identifier)
	}
	if len(found) == 1 {
		r.in.Database.Existing = &ExistingDatabase{Identifier: found[0]}
	}
}

// adoptTLS takes the way of encryption that the Secret has: the choice was made
// when it was written.
func (r *resolver) adoptTLS() {
	sec := r.s.Kube.Secret
	if r.in.Database.TLSMode == "" && sec != nil && (sec.SSLMode == TLSRequire || sec.SSLMode == TLSVerifyFull) {
		r.in.Database.TLSMode = sec.SSLMode
	}
}

// NamespaceToDiagnose is the namespace of the intent, or when it names none and
// the default one has no policy, the namespace that has the most. A policy that
// would select pods of the default namespace is missed there, not wanted
// elsewhere.
func NamespaceToDiagnose(s *Snapshot, in Intent) string {
	if in.Namespace != "" {
		return in.Namespace
	}
	count := map[string]int{}
	best := in.Namespace
	for _, p := range s.Kube.Policies {
		if p.Namespace == DefaultNamespace || len(s.wouldSelect(p, DefaultNamespace)) > 0 {
			return in.Namespace
		}
		count[p.Namespace]++
		if best == "" || count[p.Namespace] > count[best] || count[p.Namespace] == count[best] && p.Namespace < best {
			best = p.Namespace
		}
	}
	return best
}
