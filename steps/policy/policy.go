package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/say"
	"podsg/steps/world"
)

var StepPolicy = plan.Step{
	ID: check.StepPolicy,
	About: []string{
		"A SecurityGroupPolicy says which pods of a namespace get which security groups.",
		"It acts when a pod is created: pods that are there already keep what they have until they are replaced.",
	},
	Check: CheckPolicy,
	Plan:  PlanPolicy,
}

var (
	CheckCRD         = check.Check{ID: "D41", Title: "SecurityGroupPolicy is known to the cluster"}
	CheckWebhook     = check.Check{ID: "D42", Title: "VPC resource webhook is registered"}
	CheckPolicyThere = check.Check{ID: "P04", Title: "Policy exists"}
	CheckInjection   = check.Check{ID: "D40", Title: "Webhook gives selected pods a branch ENI"}
	CheckEmpty       = check.Check{ID: "D47", Title: "Policy is complete"}
	CheckCatchesAll  = check.Check{ID: "D51", Title: "Policy does not catch every pod"}
	CheckController  = check.Check{ID: "D39d", Title: "VPC resource controller is alive"}
	CheckGroupsVPC   = check.Check{ID: "D82", Title: "Policy's security groups are of the cluster's VPC"}
)

// The controller renews its lease every few seconds; it is given this long.
const leaseTime = 2 * time.Minute

func CheckPolicy(s *world.Snapshot, t *intent.Target) []check.Finding {
	f := &check.Findings{Step: check.StepPolicy, S: s, T: t}
	if f.Known(CheckCRD, world.FactAdmission) {
		f.Expect(CheckCRD, s.Kube.Admission.PolicyCRD, "the CRD is established",
			"CRD securitygrouppolicies.vpcresources.k8s.aws is missing").
			Mend(say.T("restore it: EKS installs it with the control plane"), "kubectl apply -f https://raw.githubusercontent.com/aws/amazon-vpc-resource-controller-k8s/v1.8.2/config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml").Blocks()
		f.Expect(CheckWebhook, s.Kube.Admission.MutatingWebhook, "vpc-resource-mutating-webhook is there",
			"MutatingWebhookConfiguration vpc-resource-mutating-webhook is missing: pods get no branch ENI, without any error").
			Saw(fmt.Sprintf("validating webhook: %t", s.Kube.Admission.ValidatingWebhook)).
			Mend(say.T("EKS installs it with the control plane: ask AWS support to have it restored, and find out who deleted it"), "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations").Blocks()
		if renewed := s.Kube.Admission.ControllerRenewed; renewed.IsZero() {
			f.Add(CheckController, check.Skip, "its lease was not found")
		} else {
			f.Expect(CheckController, s.TakenAt.Sub(renewed) < leaseTime, "it renewed its lease at "+renewed.UTC().Format(time.TimeOnly),
				"it last renewed its lease at "+renewed.UTC().Format(time.RFC3339)).
				Mend(say.T("it runs in the control plane: ask AWS support"), "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
		}
	}
	controller.CheckControllerRights(f)
	checkTargetPolicy(f)
	controller.CheckAdmissionEvents(f)
	return f.Out
}

// checkTargetPolicy judges the policy that is meant, and those beside it.
func checkTargetPolicy(f *check.Findings) {
	s, t := f.S, f.T
	if !f.Known(CheckPolicyThere, world.FactPolicies) {
		return
	}
	policy, ok := intent.Policy(s, t)
	if !ok {
		f.Add(CheckPolicyThere, check.Fail, fmt.Sprintf("there is no policy %s/%s", t.Namespace, t.PolicyName)).BySetup(t, say.T("setup makes it"))
		checkStrayPolicies(f)
		checkPodKinds(f)
		f.Add(CheckInjection, check.Skip, "there is no policy yet")
		return
	}
	name := policy.Namespace + "/" + policy.Name
	f.Expect(CheckPolicyThere, t.PolicyMatches(policy), fmt.Sprintf("it selects %s and gives %s", policy.PodSelector, strings.Join(policy.GroupIDs, ", ")),
		"it is not as wanted").On(name).
		Saw("selects "+policy.PodSelector.String(), "gives "+strings.Join(policy.GroupIDs, ", "), fmt.Sprintf("wanted: %s gives %s", t.Selector, t.PodGroup)).
		BySetup(t, say.T("setup changes it"))
	checkStrayPolicies(f)
	checkPolicyGroups(f, policy)
	checkGroupCount(f, policy)
	checkPolicyContent(f, policy)
	checkSelectors(f, policy)
	CheckPolicyPods(f, policy)
	checkPodKinds(f)
	checkProof(f, policy)
}

// checkProof tells of the dry run of a pod that the policy selects.
func checkProof(f *check.Findings, policy world.PodPolicy) {
	s, name := f.S, policy.Namespace+"/"+policy.Name
	switch d := s.Kube.Admission.DryRunInjected; {
	case d != nil:
		f.Expect(CheckInjection, *d, "a dry run of such a pod got the limit "+world.ResourcePodENI,
			"a dry run of such a pod did not get the limit "+world.ResourcePodENI+" on its first container").On(name).
			Mend(say.T("see the checks of the webhook, the CRD and the selector; a webhook of somebody else's that puts a container in front does this too"), "kubectl get mutatingwebhookconfiguration vpc-resource-mutating-webhook -o yaml")
	case refusedByOthers(s.Kube.Admission.DryRunError):
		f.Add(CheckInjection, check.Skip, "it could not be tried: a quota or policy of the cluster refused podsg's test pod").Saw(s.Kube.Admission.DryRunError)
	case s.Kube.Admission.DryRunError != "":
		f.Add(CheckInjection, check.Fail, "a dry run of such a pod was refused").Saw(s.Kube.Admission.DryRunError).
			Mend(say.T("see the refusal"), "kubectl -n "+policy.Namespace+" get resourcequotas,limitranges")
	default:
		reason := "it was not tried"
		if _, ok := world.SelectedAccount(s.Kube.ServiceAccounts, policy.ServiceAccountSelector); !ok {
			reason = "no service account of the namespace has labels that the policy selects, so no pod could be tried"
		}
		f.Add(CheckInjection, check.Skip, reason)
	}
}

// refusedByOthers reports whether a dry run ended at a ResourceQuota, a
// LimitRange or somebody's policy, in the API server's words. That says nothing
// about branch ENIs, unless it is these that a quota counts.
func refusedByOthers(refusal string) bool {
	if strings.Contains(refusal, world.ResourcePodENI) {
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
func checkPolicyGroups(f *check.Findings, p world.PodPolicy) {
	if !f.Known(CheckGroupsVPC, world.FactSecurityGroups) {
		return
	}
	var wrong []string
	for _, id := range p.GroupIDs {
		if _, ok := f.S.Group(id); !ok {
			wrong = append(wrong, id)
		}
	}
	f.Expect(CheckGroupsVPC, len(wrong) == 0, strings.Join(p.GroupIDs, ", "),
		fmt.Sprintf("%s does not exist in %s: it was deleted or belongs to another VPC, and every pod that the policy selects waits for its branch ENI", strings.Join(wrong, ", "), f.T.Cluster.VPCID)).
		On(wrong...).Saw(world.RecentEvents(f.S, p.Namespace, "BranchAllocationFailed")...).
		Mend(say.T("give the policy a security group of the cluster's VPC, then restart the pods"), "kubectl -n "+p.Namespace+" edit securitygrouppolicy "+p.Name)
}

func checkPolicyContent(f *check.Findings, p world.PodPolicy) {
	var wrong []string
	if p.PodSelector == nil && p.ServiceAccountSelector == nil {
		wrong = append(wrong, "it has neither podSelector nor serviceAccountSelector")
	}
	if len(p.GroupIDs) == 0 {
		wrong = append(wrong, "it names no security group")
	}
	f.Expect(CheckEmpty, len(wrong) == 0, "it has a selector and security groups", "the controller ignores it without a word").Saw(wrong...).On(p.Name).
		BySetup(f.T, say.T("setup changes it"))
	if p.PodSelector.IsEmpty() {
		f.Add(CheckCatchesAll, check.Warn, "its selector is empty: every pod of namespace "+p.Namespace+" gets the group").On(p.Name).
			Mend(say.T("select by a label"), "")
	} else {
		f.Add(CheckCatchesAll, check.Pass, "it selects "+p.PodSelector.String())
	}
}

// planAccount plans the service account of the test pods, when the policy
// selects by such.
func planAccount(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if t.SASelector == nil || !t.Verify && !t.Seed || intent.HasServiceAccount(s, t) {
		return
	}
	m := plan.Object("v1", "ServiceAccount", t.Namespace, intent.GreenLabel)
	labels := map[string]any{}
	for k, v := range intent.GreenAccountLabels(t.SASelector) {
		labels[k] = v
	}
	m["metadata"].(map[string]any)["labels"] = labels
	op := plan.Create
	if _, ok := s.AccountLabels()[intent.GreenLabel]; ok {
		op = plan.Update
	}
	p.Add(plan.Change{
		ID: plan.ChangeAccount, Step: check.StepPolicy, Op: op, Kind: world.KindServiceAccount,
		Summary: fmt.Sprintf("service account %s/%s with labels %s", t.Namespace, intent.GreenLabel, t.SASelector),
		Why:     "the policy selects by the labels of service accounts, and the green pod needs one", Needs: []string{plan.ChangeNamespace}, Undo: "deleted",
		Action: plan.ApplyObject{Kind: world.KindServiceAccount, Manifest: m},
	})
}

func PlanPolicy(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	PlanNamespace(s, t, p)
	planAccount(s, t, p)
	op := plan.Create
	if policy, ok := intent.Policy(s, t); ok {
		if t.PolicyMatches(policy) {
			return
		}
		op = plan.Update
	}
	account := t.ProofAccount(s)
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
	p.Add(plan.Change{
		ID: plan.ChangePolicy, Step: check.StepPolicy, Op: op, Kind: world.KindPolicy,
		Summary: fmt.Sprintf("policy %s/%s: %s get %s", t.Namespace, t.PolicyName, selects, t.PodGroup),
		Why:     "the webhook and the controller give such pods a branch ENI with that group" + proof,
		Needs:   []string{plan.ChangeNamespace, plan.ChangePodGroup, plan.ChangeAccount}, Undo: "deleted; running pods keep their interface until they are replaced",
		Action: ApplyPolicy{
			Namespace: t.Namespace, Name: t.PolicyName, PodSelector: t.Selector, SASelector: t.SASelector, Group: t.PodGroup, ServiceAccount: account,
		},
	})
}
