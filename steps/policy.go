package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

var stepPolicy = Step{
	ID: StepPolicy,
	About: []string{
		"A SecurityGroupPolicy says which pods of a namespace get which security groups.",
		"It acts when a pod is created: pods that are there already keep what they have until they are replaced.",
	},
	Check: checkPolicy,
	Plan:  planPolicy,
}

var (
	checkCRD         = check{id: "D41", title: "SecurityGroupPolicy is known to the cluster"}
	checkWebhook     = check{id: "D42", title: "VPC resource webhook is registered"}
	checkPolicyThere = check{id: "P04", title: "Policy exists"}
	checkInjection   = check{id: "D40", title: "Webhook gives selected pods a branch ENI"}
	checkEmpty       = check{id: "D47", title: "Policy is complete"}
	checkCatchesAll  = check{id: "D51", title: "Policy does not catch every pod"}
	checkController  = check{id: "D39d", title: "VPC resource controller is alive"}
	checkGroupsVPC   = check{id: "D82", title: "Policy's security groups are of the cluster's VPC"}
)

// The controller renews its lease every few seconds; it is given this long.
const leaseTime = 2 * time.Minute

func checkPolicy(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepPolicy, s: s, t: t}
	if f.known(checkCRD, FactAdmission) {
		f.expect(checkCRD, s.Kube.Admission.PolicyCRD, "the CRD is established",
			"CRD securitygrouppolicies.vpcresources.k8s.aws is missing").
			mend("restore it: EKS installs it with the control plane", "kubectl apply -f https://raw.githubusercontent.com/aws/amazon-vpc-resource-controller-k8s/v1.8.2/config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml").blocks()
		f.expect(checkWebhook, s.Kube.Admission.MutatingWebhook, "vpc-resource-mutating-webhook is there",
			"MutatingWebhookConfiguration vpc-resource-mutating-webhook is missing: pods get no branch ENI, without any error").
			saw(fmt.Sprintf("validating webhook: %t", s.Kube.Admission.ValidatingWebhook)).
			mend("EKS installs it with the control plane: ask AWS support to have it restored, and find out who deleted it", "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations").blocks()
		if renewed := s.Kube.Admission.ControllerRenewed; renewed.IsZero() {
			f.add(checkController, Skip, "its lease was not found")
		} else {
			f.expect(checkController, s.TakenAt.Sub(renewed) < leaseTime, "it renewed its lease at "+renewed.UTC().Format(time.TimeOnly),
				"it last renewed its lease at "+renewed.UTC().Format(time.RFC3339)).
				mend("it runs in the control plane: ask AWS support", "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
		}
	}
	checkControllerRights(f)
	checkTargetPolicy(f)
	checkAdmissionEvents(f)
	return f.out
}

// checkTargetPolicy judges the policy that is meant, and those beside it.
func checkTargetPolicy(f *findings) {
	s, t := f.s, f.t
	if !f.known(checkPolicyThere, FactPolicies) {
		return
	}
	policy, ok := s.policy(t)
	if !ok {
		f.add(checkPolicyThere, Fail, fmt.Sprintf("there is no policy %s/%s", t.Namespace, t.PolicyName)).bySetup(t, "setup makes it")
		checkStrayPolicies(f)
		checkPodKinds(f)
		f.add(checkInjection, Skip, "there is no policy yet")
		return
	}
	name := policy.Namespace + "/" + policy.Name
	f.expect(checkPolicyThere, t.policyMatches(policy), fmt.Sprintf("it selects %s and gives %s", policy.PodSelector, strings.Join(policy.GroupIDs, ", ")),
		"it is not as wanted").on(name).
		saw("selects "+policy.PodSelector.String(), "gives "+strings.Join(policy.GroupIDs, ", "), fmt.Sprintf("wanted: %s gives %s", t.Selector, t.PodGroup)).
		bySetup(t, "setup changes it")
	checkStrayPolicies(f)
	checkPolicyGroups(f, policy)
	checkGroupCount(f, policy)
	checkPolicyContent(f, policy)
	checkSelectors(f, policy)
	checkPolicyPods(f, policy)
	checkPodKinds(f)
	checkProof(f, policy)
}

// checkProof tells of the dry run of a pod that the policy selects.
func checkProof(f *findings, policy PodPolicy) {
	s, name := f.s, policy.Namespace+"/"+policy.Name
	switch d := s.Kube.Admission.DryRunInjected; {
	case d != nil:
		f.expect(checkInjection, *d, "a dry run of such a pod got the limit "+ResourcePodENI,
			"a dry run of such a pod did not get the limit "+ResourcePodENI+" on its first container").on(name).
			mend("see the checks of the webhook, the CRD and the selector; a webhook of somebody else's that puts a container in front does this too", "kubectl get mutatingwebhookconfiguration vpc-resource-mutating-webhook -o yaml")
	case refusedByOthers(s.Kube.Admission.DryRunError):
		f.add(checkInjection, Skip, "it could not be tried: a quota or policy of the cluster refused podsg's test pod").saw(s.Kube.Admission.DryRunError)
	case s.Kube.Admission.DryRunError != "":
		f.add(checkInjection, Fail, "a dry run of such a pod was refused").saw(s.Kube.Admission.DryRunError).
			mend("see the refusal", "kubectl -n "+policy.Namespace+" get resourcequotas,limitranges")
	default:
		reason := "it was not tried"
		if _, ok := selectedAccount(s.Kube.ServiceAccounts, policy.ServiceAccountSelector); !ok {
			reason = "no service account of the namespace has labels that the policy selects, so no pod could be tried"
		}
		f.add(checkInjection, Skip, reason)
	}
}

// refusedByOthers reports whether a dry run ended at a ResourceQuota, a
// LimitRange or somebody's policy, in the API server's words. That says nothing
// about branch ENIs, unless it is these that a quota counts.
func refusedByOthers(refusal string) bool {
	if strings.Contains(refusal, ResourcePodENI) {
		return false
	}
	if _, webhook, found := strings.Cut(refusal, `admission webhook "`); found {
		webhook, _, _ = strings.Cut(webhook, `"`)
		return strings.Contains(refusal, "denied the request") && !strings.HasSuffix(webhook, ".vpc.k8s.aws")
	}
	return slices.ContainsFunc([]string{
		"exceeded quota", "failed quota", " usage per ", "limit to request ratio per ", "ValidatingAdmissionPolicy", "violates PodSecurity",
	}, func(words string) bool { return strings.Contains(refusal, words) })
}

// checkPolicyGroups looks for groups that no branch ENI of the VPC can carry.
func checkPolicyGroups(f *findings, p PodPolicy) {
	if !f.known(checkGroupsVPC, FactSecurityGroups) {
		return
	}
	var wrong []string
	for _, id := range p.GroupIDs {
		if _, ok := f.s.Group(id); !ok {
			wrong = append(wrong, id)
		}
	}
	f.expect(checkGroupsVPC, len(wrong) == 0, strings.Join(p.GroupIDs, ", "),
		fmt.Sprintf("%s does not exist in %s: it was deleted or belongs to another VPC, and every pod that the policy selects waits for its branch ENI", strings.Join(wrong, ", "), f.t.Cluster.VPCID)).
		on(wrong...).saw(recentEvents(f.s, p.Namespace, "BranchAllocationFailed")...).
		mend("give the policy a security group of the cluster's VPC, then restart the pods", "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
}

// recentEvents are the newest messages with a reason in a namespace, at most
// three.
func recentEvents(s *Snapshot, namespace, reason string) []string {
	var out []string
	for _, e := range slices.Backward(s.Kube.Events) {
		if e.Namespace == namespace && e.Reason == reason && len(out) < 3 {
			out = append(out, fmt.Sprintf("%s %s: %s", e.Kind, e.Name, e.Message))
		}
	}
	return out
}

func checkPolicyContent(f *findings, p PodPolicy) {
	var wrong []string
	if p.PodSelector == nil && p.ServiceAccountSelector == nil {
		wrong = append(wrong, "it has neither podSelector nor serviceAccountSelector")
	}
	if len(p.GroupIDs) == 0 {
		wrong = append(wrong, "it names no security group")
	}
	f.expect(checkEmpty, len(wrong) == 0, "it has a selector and security groups", "the controller ignores it without a word").saw(wrong...).on(p.Name).
		bySetup(f.t, "setup changes it")
	if p.PodSelector.IsEmpty() {
		f.add(checkCatchesAll, Warn, "its selector is empty: every pod of namespace "+p.Namespace+" gets the group").on(p.Name).
			mend("select by a label", "")
	} else {
		f.add(checkCatchesAll, Pass, "it selects "+p.PodSelector.String())
	}
}

// policy is the observed policy of the target's name.
func (s *Snapshot) policy(t *Target) (PodPolicy, bool) {
	for _, p := range s.Kube.Policies {
		if p.Namespace == t.Namespace && p.Name == t.PolicyName {
			return p, true
		}
	}
	return PodPolicy{}, false
}

// policyMatches reports whether a policy is as wanted. A diagnosis wants no other
// groups than the policy has, unless one was asked for that it lacks.
func (t *Target) policyMatches(p PodPolicy) bool {
	groups := slices.Equal(p.GroupIDs, []string{t.PodGroup.ID})
	if len(t.PodGroups) > 0 {
		groups = slices.Contains(p.GroupIDs, t.PodGroup.ID)
	}
	return t.PodGroup.ID != "" && groups &&
		sameSelector(p.PodSelector, t.Selector) && sameSelector(p.ServiceAccountSelector, t.SASelector)
}

func sameSelector(a, b *Selector) bool {
	if (a == nil) != (b == nil) {
		return false
	}
	return a == nil || a.String() == b.String()
}

// planNamespace plans the namespace; several steps need it, whichever is
// planned first.
func planNamespace(s *Snapshot, t *Target, p *Plan) {
	if s.Kube.Namespace != nil || p.has(changeNamespace) {
		return
	}
	p.Add(Change{
		ID: changeNamespace, Step: StepPolicy, Op: Create, Kind: KindNamespace,
		Summary: "namespace " + t.Namespace, Why: "the policy, the Secret and the selected pods are in it",
		Undo:   "deleted, if nothing of yours is in it",
		Action: ApplyObject{Kind: KindNamespace, Manifest: object("v1", "Namespace", "", t.Namespace)},
	})
}

// planAccount plans the service account of the test pods, when the policy
// selects by such.
func planAccount(s *Snapshot, t *Target, p *Plan) {
	if t.SASelector == nil || !t.Verify && !t.Seed || s.hasServiceAccount(t) {
		return
	}
	m := object("v1", "ServiceAccount", t.Namespace, GreenLabel)
	labels := map[string]any{}
	for k, v := range greenAccountLabels(t.SASelector) {
		labels[k] = v
	}
	m["metadata"].(map[string]any)["labels"] = labels
	op := Create
	if _, ok := s.accountLabels()[GreenLabel]; ok {
		op = Update
	}
	p.Add(Change{
		ID: changeAccount, Step: StepPolicy, Op: op, Kind: KindServiceAccount,
		Summary: fmt.Sprintf("service account %s/%s with labels %s", t.Namespace, GreenLabel, t.SASelector),
		Why:     "the policy selects by the labels of service accounts, and the green pod needs one", Needs: []string{changeNamespace}, Undo: "deleted",
		Action: ApplyObject{Kind: KindServiceAccount, Manifest: m},
	})
}

// greenAccountLabels are the labels of the test pods' service account.
func greenAccountLabels(s *Selector) map[string]string {
	labels := map[string]string{LabelManagedBy: ManagedBy}
	maps.Copy(labels, selectedLabels(s))
	return labels
}

// selectedAccount is an observed service account that a selector selects, or
// empty: there is none. Without a selector any will do, which is also empty.
func selectedAccount(accounts []ServiceAccount, selector *Selector) (name string, ok bool) {
	if selector == nil {
		return "", true
	}
	for _, a := range accounts {
		if ok, err := selector.Matches(a.Labels); err == nil && ok {
			return a.Name, true
		}
	}
	return "", false
}

// proofAccount is the service account of the pod by whose dry run the policy is
// proven; empty where it selects by such and none is there or planned.
func (t *Target) proofAccount(s *Snapshot) string {
	if t.Verify || t.Seed {
		return t.greenServiceAccount()
	}
	name, _ := selectedAccount(s.Kube.ServiceAccounts, t.SASelector)
	return name
}

func planPolicy(s *Snapshot, t *Target, p *Plan) {
	planNamespace(s, t, p)
	planAccount(s, t, p)
	op := Create
	if policy, ok := s.policy(t); ok {
		if t.policyMatches(policy) {
			return
		}
		op = Update
	}
	account := t.proofAccount(s)
	proof := "; a dry run proves it at once"
	if t.SASelector != nil && account == "" {
		proof = ""
	}
	selects := "pods with " + t.Selector.String()
	if t.Selector == nil {
		selects = "pods of service accounts with " + t.SASelector.String()
	} else if t.SASelector != nil {
		selects += " of service accounts with " + t.SASelector.String()
	}
	p.Add(Change{
		ID: changePolicy, Step: StepPolicy, Op: op, Kind: KindPolicy,
		Summary: fmt.Sprintf("policy %s/%s: %s get %s", t.Namespace, t.PolicyName, selects, t.PodGroup),
		Why:     "the webhook and the controller give such pods a branch ENI with that group" + proof,
		Needs:   []string{changeNamespace, changePodGroup, changeAccount}, Undo: "deleted; running pods keep their interface until they are replaced",
		Action: ApplyPolicy{
			Namespace: t.Namespace, Name: t.PolicyName, PodSelector: t.Selector, SASelector: t.SASelector, Group: t.PodGroup, ServiceAccount: account,
		},
	})
}

func (s *Snapshot) hasServiceAccount(t *Target) bool {
	for _, a := range s.Kube.ServiceAccounts {
		if ok, err := t.SASelector.Matches(a.Labels); a.Name == t.greenServiceAccount() && err == nil && ok {
			return true
		}
	}
	return false
}

// accountLabels are the labels of the observed service accounts, by name.
func (s *Snapshot) accountLabels() map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, a := range s.Kube.ServiceAccounts {
		out[a.Name] = a.Labels
	}
	return out
}

// ended reports whether a pod has run to its end. Its branch ENI is released.
func (p Pod) ended() bool { return p.Phase == "Succeeded" || p.Phase == "Failed" }
