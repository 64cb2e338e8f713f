package acceptance

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster/manifests"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/steps/intent"
	"podsg/steps/world"
)

// The ways in which broken worlds are mended: by setup, or through the clients
// of AWS and Kubernetes as the checks advise. What takes somebody else than the
// user, such as AWS support, is done in the world itself.

func then(heals ...func(*lab)) func(*lab) {
	return func(l *lab) {
		for _, heal := range heals {
			heal(l)
		}
	}
}

func bySetup(l *lab) { l.podsg("setup", "--yes", "--verify=false", "--seed=false").exits(0) }

func standardMode(l *lab) {
	l.podsg("setup", "--yes", "--verify=false", "--seed=false", "--enforcing-mode", "standard").exits(0)
}

// must fails the test unless a call succeeded.
func must[T any](l *lab) func(T, error) T {
	return func(v T, err error) T {
		l.t.Helper()
		if err != nil {
			l.t.Fatal(err)
		}
		return v
	}
}

func (l *lab) ok(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// roleNamed is the role whose name begins with a text.
func (l *lab) roleNamed(prefix string) string {
	l.t.Helper()
	for key := range l.state() {
		if name, ok := strings.CutPrefix(key, "aws role/"); ok && strings.HasPrefix(name, prefix) {
			return name
		}
	}
	l.t.Fatalf("no role begins with %s", prefix)
	return ""
}

func attachClusterPolicy(l *lab) {
	role, policy := l.roleNamed("eksctl-workshop-cluster-ServiceRole"), "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
	_, err := iam.NewFromConfig(l.config()).AttachRolePolicy(l.t.Context(), &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &policy})
	l.ok(err)
	l.touchNodes()
}

func detachFromNodeRole(l *lab) {
	role, policy := l.roleNamed("eksctl-workshop-nodegroup-ng-m5"), "arn:aws:iam::aws:policy/AmazonEKSVPCResourceController"
	_, err := iam.NewFromConfig(l.config()).DetachRolePolicy(l.t.Context(), &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &policy})
	l.ok(err)
}

func liftServiceControlPolicy(l *lab) { // by the administrators of the organization
	l.ok(l.Account().SetServiceControlPolicies())
	l.touchNodes()
}

// touchNodes changes every node, which makes the controller try again.
func (l *lab) touchNodes() {
	l.patchNodes(`{"metadata":{"annotations":{"example.com/touched":"yes"}}}`)
}

func removeTrunkLabel(l *lab) {
	l.patchNodes(`{"metadata":{"labels":{"vpc.amazonaws.com/has-trunk-attached":null}}}`)
}

func (l *lab) patchNodes(patch string) {
	l.t.Helper()
	nodes := l.kubernetes().CoreV1().Nodes()
	for _, n := range must[*corev1.NodeList](l)(nodes.List(l.t.Context(), metav1.ListOptions{})).Items {
		_, err := nodes.Patch(l.t.Context(), n.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		l.ok(err)
	}
}

func addNode(l *lab) {
	_, err := l.Account().AddNodes("workshop", "ng-m5", 1)
	l.ok(err)
}

func replaceNodes(l *lab) {
	l.replace(func() error { _, err := l.Account().AddNodes("workshop", "ng-m5", 2); return err })
}

func replaceT3Nodes(l *lab) { // the rest is setup's
	l.replace(func() error {
		var subnets []string
		for _, n := range l.Account().Nodes("workshop") {
			subnets = append(subnets, n.SubnetID)
		}
		_, err := l.Account().AddNodeGroup("workshop", cloud.NodeGroupSpec{Name: "ng-m5", Count: 2, Subnets: subnets})
		return err
	})
}

// replace adds nodes and takes the old ones away.
func (l *lab) replace(add func() error) {
	l.t.Helper()
	old := l.Account().Nodes("workshop")
	l.ok(add())
	l.eventually("the new nodes are ready", func() bool { return l.readyNodes() >= len(old)+2 })
	for _, n := range old {
		l.ok(l.Account().TerminateNode(n.InstanceID))
	}
	l.eventually("the old nodes are gone", func() bool { return l.readyNodes() == 2 })
}

func deleteAWSNodePods(l *lab) { l.deletePods("kube-system", "k8s-app=aws-node") }

func restartGreen(l *lab) { l.deletePods(intent.DefaultNamespace, "app="+intent.GreenLabel) }

func restart(app string) func(*lab) {
	return func(l *lab) { l.deletePods(intent.DefaultNamespace, "app="+app) }
}

// deletePods deletes pods, and waits until as many others are ready.
func (l *lab) deletePods(namespace, selector string) {
	l.t.Helper()
	pods := l.kubernetes().CoreV1().Pods(namespace)
	list := must[*corev1.PodList](l)(pods.List(l.t.Context(), metav1.ListOptions{LabelSelector: selector}))
	for _, p := range list.Items {
		l.ok(pods.Delete(l.t.Context(), p.Name, metav1.DeleteOptions{}))
	}
	l.eventually("other pods with "+selector+" are ready", func() bool {
		now := must[*corev1.PodList](l)(pods.List(l.t.Context(), metav1.ListOptions{LabelSelector: selector}))
		return len(now.Items) == len(list.Items) && !slices.ContainsFunc(now.Items, func(p corev1.Pod) bool { return !podReady(p) })
	})
}

func updateAddon(l *lab) {
	client, cluster, addon := eks.NewFromConfig(l.config()), "workshop", world.AddonVPCCNI
	now := must[*eks.DescribeAddonOutput](l)(client.DescribeAddon(l.t.Context(), &eks.DescribeAddonInput{ClusterName: &cluster, AddonName: &addon}))
	_, err := client.UpdateAddon(l.t.Context(), &eks.UpdateAddonInput{
		ClusterName: &cluster, AddonName: &addon, ConfigurationValues: now.Addon.ConfigurationValues, ResolveConflicts: ekstypes.ResolveConflictsOverwrite,
	})
	l.ok(err)
}

// dynamic is a client for any kind of object.
func (l *lab) dynamic() dynamic.Interface {
	l.t.Helper()
	return must[*dynamic.DynamicClient](l)(dynamic.NewForConfig(must[*rest.Config](l)(clientcmd.BuildConfigFromFlags("", l.variable("KUBECONFIG")))))
}

func restoreDefinition(l *lab) {
	for _, d := range must[[]*unstructured.Unstructured](l)(definition.EKS()) {
		if d.GetName() == gvr.SecurityGroupPolicies.GroupResource().String() {
			_, err := l.dynamic().Resource(gvr.CustomResourceDefinitions).Create(l.t.Context(), d, metav1.CreateOptions{})
			l.ok(err)
		}
	}
}

// restoreWebhooks does what EKS does with the control plane.
func restoreWebhooks(l *lab) {
	client := l.kubernetes().AdmissionregistrationV1()
	for _, m := range must[[]manifests.Manifest](l)(manifests.List(manifests.Values{Cluster: "workshop", Region: "us-west-2"})) {
		for _, document := range m.Documents {
			var mutating admissionregistrationv1.MutatingWebhookConfiguration
			var validating admissionregistrationv1.ValidatingWebhookConfiguration
			switch {
			case strings.Contains(document, "kind: MutatingWebhookConfiguration"):
				l.ok(yaml.Unmarshal([]byte(document), &mutating))
				_, err := client.MutatingWebhookConfigurations().Create(l.t.Context(), &mutating, metav1.CreateOptions{})
				l.ok(err)
			case strings.Contains(document, "kind: ValidatingWebhookConfiguration"):
				l.ok(yaml.Unmarshal([]byte(document), &validating))
				_, err := client.ValidatingWebhookConfigurations().Create(l.t.Context(), &validating, metav1.CreateOptions{})
				l.ok(err)
			}
		}
	}
}

func startController(l *lab) { l.Cluster().SetResourceController(true) } // by AWS support

func selectGreen(l *lab) {
	patch := `[{"op":"replace","path":"/spec/podSelector","value":{"matchLabels":{"app":"green-pod"}}}]`
	_, err := l.policies(intent.DefaultNamespace).Patch(l.t.Context(), intent.DefaultPolicyName, types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
	l.ok(err)
}

func removeAffinity(l *lab) {
	patch := `[{"op":"remove","path":"/spec/template/spec/affinity"}]`
	_, err := l.kubernetes().AppsV1().Deployments(intent.DefaultNamespace).
		Patch(l.t.Context(), intent.GreenLabel, types.JSONPatchType, []byte(patch), metav1.PatchOptions{})
	l.ok(err)
}

func ownNetwork(l *lab) {
	patch := `{"spec":{"template":{"spec":{"hostNetwork":false}}}}`
	_, err := l.kubernetes().AppsV1().Deployments(intent.DefaultNamespace).
		Patch(l.t.Context(), intent.GreenLabel, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	l.ok(err)
}

func removeInjector(l *lab) {
	l.ok(l.kubernetes().AdmissionregistrationV1().MutatingWebhookConfigurations().Delete(l.t.Context(), "mesh-sidecar-injector", metav1.DeleteOptions{}))
}

func freeSubnets(l *lab) { // as larger ones would
	for _, n := range l.Account().Nodes("workshop") {
		l.ok(l.Account().FillSubnet(n.SubnetID, false))
	}
}

func answerNames(l *lab) {
	client := l.ec2()
	vpcs := must[*ec2.DescribeVpcsOutput](l)(client.DescribeVpcs(l.t.Context(), &ec2.DescribeVpcsInput{}))
	for _, v := range vpcs.Vpcs {
		_, err := client.ModifyVpcAttribute(l.t.Context(), &ec2.ModifyVpcAttributeInput{VpcId: v.VpcId, EnableDnsSupport: &ec2types.AttributeBooleanValue{Value: new(true)}})
		l.ok(err)
	}
}

func revokeTemporaryRule(l *lab) {
	client := l.ec2()
	rules := must[*ec2.DescribeSecurityGroupRulesOutput](l)(client.DescribeSecurityGroupRules(l.t.Context(), &ec2.DescribeSecurityGroupRulesInput{}))
	for _, r := range rules.SecurityGroupRules {
		if r.Description != nil && *r.Description == "temporary" {
			_, err := client.RevokeSecurityGroupIngress(l.t.Context(), revocation(*r.GroupId, []string{*r.SecurityGroupRuleId}))
			l.ok(err)
		}
	}
}

func (l *lab) rds() *rds.Client { return rds.NewFromConfig(l.config()) }

var theDatabase = intent.DefaultDBIdentifier

func startDatabase(l *lab) {
	_, err := l.rds().StartDBInstance(l.t.Context(), &rds.StartDBInstanceInput{DBInstanceIdentifier: &theDatabase})
	l.ok(err)
}

// dropDatabase deletes the database, and waits until it is gone.
func dropDatabase(l *lab) {
	yes := true
	_, err := l.rds().DeleteDBInstance(l.t.Context(), &rds.DeleteDBInstanceInput{DBInstanceIdentifier: &theDatabase, SkipFinalSnapshot: &yes})
	l.ok(err)
	l.eventually("the database is gone", func() bool {
		_, err := l.rds().DescribeDBInstances(l.t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &theDatabase})
		return err != nil
	})
	_, err = l.rds().DeleteDBSubnetGroup(l.t.Context(), &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: &theDatabase})
	l.ok(err)
}

func hideDatabase(l *lab) {
	no := false
	_, err := l.rds().ModifyDBInstance(l.t.Context(), &rds.ModifyDBInstanceInput{DBInstanceIdentifier: &theDatabase, PubliclyAccessible: &no})
	l.ok(err)
}

func demandTLS(l *lab) {
	group, parameter, one := "workshop", "rds.force_ssl", "1"
	_, err := l.rds().ModifyDBParameterGroup(l.t.Context(), &rds.ModifyDBParameterGroupInput{DBParameterGroupName: &group, Parameters: []rdstypes.Parameter{
		{ParameterName: &parameter, ParameterValue: &one, ApplyMethod: rdstypes.ApplyMethodImmediate},
	}})
	l.ok(err)
}

func podReady(p corev1.Pod) bool {
	return p.DeletionTimestamp == nil && slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
}

func liftBoundary(l *lab) { // by an administrator
	l.ok(l.Account().SetPermissionsBoundary(l.Account().ClusterRole("workshop"), ""))
	l.touchNodes()
}

func raiseLimit(l *lab) { l.Account().ClearFaults() } // by AWS support

func openACL(l *lab) { // the world has no calls for network ACLs
	var vpc string
	var subnets []string
	for key, fields := range l.state() {
		if id, ok := strings.CutPrefix(key, "aws subnet/"); ok {
			subnets, vpc = append(subnets, id), fields[".VPC"]
		}
	}
	all := cloud.ACLEntry{Number: 100, Allow: true, Protocol: "-1", CIDR: "0.0.0.0/0"}
	out := all
	out.Egress = true
	_, err := l.Account().AddNetworkACL(vpc, "open", subnets, all, out)
	l.ok(err)
}
