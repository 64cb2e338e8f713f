package policy

import (
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/probe"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// dryRun tells of the dry run of a pod that the policy selects.
func dryRun(c *check.Context) {
	policy, ok := intent.Policy(c.Snapshot, c.Target)
	if !ok {
		c.Skip("there is no policy yet")
		return
	}
	switch tried := c.Kube.Admission; {
	case tried.DryRunPolicy != "" && tried.DryRunPolicy != policy.Name:
		// It was tried for another policy of the namespace.
	case tried.DryRunInjected != nil:
		c.Expect(*tried.DryRunInjected, say.T("a dry run of such a pod got the limit %s", world.ResourcePodENI),
			say.T("a dry run of such a pod did not get the limit %s on its first container", world.ResourcePodENI)).On(policy.Namespace+"/"+policy.Name).
			Mend(say.T("see the checks of the webhook, the CRD and the selector; a webhook of somebody else's that puts a container in front does this too"), "kubectl get mutatingwebhookconfiguration vpc-resource-mutating-webhook -o yaml")
	case probe.RefusedByOthers(tried.DryRunError):
		c.Skip("it could not be tried: a quota or policy of the cluster refused podsg's test pod").Saw(tried.DryRunError)
	case tried.DryRunError != "":
		c.Fail("a dry run of such a pod was refused").Saw(tried.DryRunError).
			Mend(say.T("see the refusal"), shell.Command("kubectl -n %s get resourcequotas,limitranges", policy.Namespace))
	default:
		if _, ok := world.SelectedAccount(c.Kube.ServiceAccounts, policy.ServiceAccountSelector); !ok {
			c.Skip("no service account of the namespace has labels that the policy selects, so no pod could be tried")
		} else if c.Known(world.FactAdmission) {
			c.Skip("it was not tried")
		}
	}
}
