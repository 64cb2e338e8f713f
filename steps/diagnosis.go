package steps

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/symptom"
	"podsg/steps/world"
)

// Diagnose runs every check of the procedure and judges what they find. With the
// name of a pod it follows that pod of the target's namespace instead; a pod that
// is not there is [follow.ErrNoSuchPod]. With symptoms only the checks that matter
// for these count.
func Diagnose(s *world.Snapshot, t *intent.Target, pod string, symptoms ...symptom.Symptom) (*plan.Diagnosis, error) {
	findings := Check(s, t)
	if pod != "" {
		var err error
		if findings, err = follow.CheckPod(s, t, pod); err != nil {
			return nil, err
		}
	}
	return diagnosis(s, t.Namespace, mattering(findings, symptoms)), nil
}

// DiagnoseAccesses runs every check of the procedure on the accesses that an
// intent asks to look at, and judges what they find. With symptoms only the checks
// that matter for these count.
func DiagnoseAccesses(s *world.Snapshot, in intent.Intent, symptoms ...symptom.Symptom) (*plan.Diagnosis, error) {
	target, findings, err := CheckAccesses(s, in)
	if err != nil {
		return nil, err
	}
	namespace := target.Namespace
	if in.LooksEverywhere() {
		namespace = "" // of several, each finding says which it is about
	}
	return diagnosis(s, namespace, mattering(findings, symptoms)), nil
}

// diagnosis judges findings.
func diagnosis(s *world.Snapshot, namespace string, findings []check.Finding) *plan.Diagnosis {
	verdict, ordered := Judge(s, findings)
	if ordered == nil {
		ordered = []check.Finding{}
	}
	d := &plan.Diagnosis{
		SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Region: s.Cloud.Identity.Region, Account: s.Cloud.Identity.Account,
		Namespace: namespace, TakenAt: s.TakenAt, Versions: plan.Versions{Kubernetes: s.Cloud.Cluster.Version},
		Verdict: verdict, Summary: check.Summarize(ordered), Checks: ordered,
	}
	if s.Kube.CNI != nil {
		d.Versions.VPCCNI = s.Kube.CNI.Version
	}
	return d
}

// mattering are the findings of the checks that symptoms call for; without
// symptoms all are.
func mattering(findings []check.Finding, symptoms []symptom.Symptom) []check.Finding {
	if len(symptoms) == 0 {
		return findings
	}
	matter := symptom.Matters(symptoms, allChecks())
	return slices.DeleteFunc(findings, func(f check.Finding) bool { return !matter[f.ID] })
}

// Judge makes a verdict of findings of the procedure, or of one pod, and puts
// them into its order.
func Judge(s *world.Snapshot, findings []check.Finding) (check.Verdict, []check.Finding) {
	return check.Judge(s, allChecks(), findings)
}

// allChecks are those of the procedure and of one pod.
func allChecks() []check.Check { return append(Registry(), follow.Checks()...) }

// CheckAccesses runs every check of the procedure on what an intent asks to look
// at: one access, those of a namespace, or those of all. The target is that of
// the first.
func CheckAccesses(s *world.Snapshot, in intent.Intent) (intent.Target, []check.Finding, error) {
	var subjects []check.Subject
	for _, one := range accessesToCheck(s, in) {
		view := s.In(one.Namespace)
		target, err := intent.ResolveForDiagnosis(view, one)
		if err != nil {
			return intent.Target{}, nil, err
		}
		of := check.Subject{Snapshot: view, Target: &target, Namespace: target.Namespace}
		if _, there := intent.Policy(view, &target); there {
			of.Policy = target.PolicyName
		}
		subjects = append(subjects, of)
	}
	return *subjects[0].Target, folded(check.RunEach(Registry(), subjects), len(subjects)), nil
}

// accessesToCheck are intents for the accesses that one asks to look at: the one
// that it describes, or that of each policy. A namespace in which policies are
// missed has one without a policy.
func accessesToCheck(s *world.Snapshot, in intent.Intent) []intent.Intent {
	if !reflect.ValueOf(in.Policy).IsZero() {
		return []intent.Intent{in}
	}
	if !in.LooksEverywhere() {
		return inNamespace(s, in, cmp.Or(in.Namespace, intent.DefaultNamespace))
	}
	var strays []string
	names := map[string]bool{}
	for _, o := range s.Kube.Others {
		names[o.Name] = true
	}
	chosen := cmp.Or(s.Kube.Chosen, intent.DefaultNamespace)
	missed := missesPolicy(s, chosen)
	for _, p := range s.Kube.Policies {
		names[p.Namespace] = true
		if missed && p.Namespace != chosen && len(s.PoliciesIn(p.Namespace)) == 1 && len(s.WouldSelect(p, chosen)) > 0 && !s.UsedAtHome(p) {
			strays = append(strays, p.Namespace)
		}
	}
	if len(names) == 0 || missed {
		names[chosen] = true
	}
	for _, name := range strays { // what the chosen one misses is no access of its own
		delete(names, name)
	}
	// The chosen one comes first: its target speaks for the whole.
	ordered := slices.SortedFunc(maps.Keys(names), func(a, b string) int {
		return cmp.Or(cmp.Compare(order(s, a), order(s, b)), cmp.Compare(a, b))
	})
	var out []intent.Intent
	for _, name := range ordered {
		out = append(out, inNamespace(s, in, name)...)
	}
	return out
}

func order(s *world.Snapshot, namespace string) int {
	if namespace == cmp.Or(s.Kube.Chosen, intent.DefaultNamespace) {
		return 0
	}
	return 1
}

// inNamespace are intents for the policies of a namespace, or one without.
func inNamespace(s *world.Snapshot, in intent.Intent, namespace string) []intent.Intent {
	in.Namespace = namespace
	policies := slices.DeleteFunc(s.PoliciesIn(namespace), world.PodPolicy.OfProbes)
	if len(policies) < 2 {
		return []intent.Intent{in}
	}
	var out []intent.Intent
	for _, p := range policies {
		in.Policy.Name = p.Name
		out = append(out, in)
	}
	return out
}

// missesPolicy reports whether there is something to say of the chosen namespace,
// though it has no policy: podsg has worked there, or pods of it ask for a branch
// ENI, or a policy of another namespace would select them.
func missesPolicy(s *world.Snapshot, namespace string) bool {
	k := s.Kube
	if len(s.PoliciesIn(namespace)) > 0 {
		return false
	}
	if k.Namespace != nil && k.Namespace.Owned || k.Secret != nil && k.Secret.Owned {
		return true
	}
	if slices.ContainsFunc(k.Journal.Find(world.KindPolicy), func(e world.JournalEntry) bool { return e.Object == namespace+"/"+intent.DefaultPolicyName }) {
		return true
	}
	return slices.ContainsFunc(s.PodsIn(namespace), func(p world.Pod) bool { return p.ENILimitOn >= 0 || len(p.ENIs) > 0 }) ||
		slices.ContainsFunc(k.Policies, func(p world.PodPolicy) bool { return len(s.WouldSelect(p, namespace)) > 0 })
}

// folded are findings in which what every one of several accesses has alike is
// said once, of none of them.
func folded(findings []check.Finding, accesses int) []check.Finding {
	if accesses < 2 {
		return findings
	}
	var out []check.Finding
	for i := 0; i < len(findings); {
		same := i + 1
		for same < len(findings) && alike(findings[i], findings[same]) {
			same++
		}
		if same-i == accesses {
			f := findings[i]
			f.Namespace, f.Policy = "", ""
			out = append(out, f)
		} else {
			out = append(out, findings[i:same]...)
		}
		i = same
	}
	return out
}

// alike reports whether two findings say the same, of whatever access.
func alike(a, b check.Finding) bool {
	a.Namespace, a.Policy, b.Namespace, b.Policy = "", "", "", ""
	return a.ID == b.ID && reflect.DeepEqual(a, b)
}
