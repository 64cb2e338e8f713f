package policy

import (
	"fmt"
	"time"

	"podsg/steps/check"
	"podsg/steps/say"
)

// The controller renews its lease every few seconds; it is given this long.
const leaseTime = 2 * time.Minute

// established looks for the CRD of the policies.
func established(c *check.Context) {
	c.Expect(c.Kube.Admission.PolicyCRD, say.T("the CRD is established"), say.T("CRD securitygrouppolicies.vpcresources.k8s.aws is missing")).
		Mend(say.T("restore it: EKS installs it with the control plane"), "kubectl apply -f https://raw.githubusercontent.com/aws/amazon-vpc-resource-controller-k8s/v1.8.2/config/crd/bases/vpcresources.k8s.aws_securitygrouppolicies.yaml")
}

// registered looks for the webhook that gives selected pods the limit.
func registered(c *check.Context) {
	c.Expect(c.Kube.Admission.MutatingWebhook, say.T("vpc-resource-mutating-webhook is there"),
		say.T("MutatingWebhookConfiguration vpc-resource-mutating-webhook is missing: pods get no branch ENI, without any error")).
		Saw(fmt.Sprintf("validating webhook: %t", c.Kube.Admission.ValidatingWebhook)).
		Mend(say.T("EKS installs it with the control plane: ask AWS support to have it restored, and find out who deleted it"), "kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations")
}

// alive looks when the controller last showed that it lives.
func alive(c *check.Context) {
	renewed := c.Kube.Admission.ControllerRenewed
	if renewed.IsZero() {
		c.Skip("its lease was not found")
		return
	}
	c.Expect(c.TakenAt.Sub(renewed) < leaseTime, say.T("it renewed its lease at %s", renewed.UTC().Format(time.TimeOnly)),
		say.T("it last renewed its lease at %s", renewed.UTC().Format(time.RFC3339))).
		Mend(say.T("it runs in the control plane: ask AWS support"), "kubectl -n kube-system get lease cp-vpc-resource-controller -o yaml")
}
