package acceptance

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/sandbox/cloud"
	"podsg/steps/access"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Two namespaces share one database. What the second setup does not find in its
// own namespace is not lost: the first one's pods go on with it.
func TestASecondNamespaceKeepsThePasswordOfTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready") // made by podsg, and no journal of it is left
	proven(t, decode[plan.Result](l.podsg("setup", "-n", "shop", "--pod-selector", "app=api", "--yes", "-o", "json").exits(0)))
	if slices.ContainsFunc(l.Account().Calls(), func(c cloud.Call) bool { return c.Action == "ModifyDBInstance" }) {
		t.Error("the database's password was changed under the pods of the first namespace")
	}
	restartGreen(l)
	l.eventually("the green pods of the first namespace are connected", l.greenConnected)
	l.podsg("plan", "-n", "shop", "--pod-selector", "app=api").exits(0).says("nothing to do")
}

// newGroup makes a security group in the VPC of a group, and lets its members
// ask that group's for names.
func (l *lab) newGroup(name, beside string) string {
	l.t.Helper()
	ctx, client := l.t.Context(), l.ec2()
	found, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{beside}})
	l.ok(err)
	made, err := client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &name, VpcId: found.SecurityGroups[0].VpcId})
	l.ok(err)
	var dns []types.IpPermission
	for _, protocol := range []string{"tcp", "udp"} {
		dns = append(dns, types.IpPermission{IpProtocol: &protocol, FromPort: aws.Int32(53), ToPort: aws.Int32(53), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: made.GroupId}}})
	}
	_, err = client.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: &beside, IpPermissions: dns})
	l.ok(err)
	return *made.GroupId
}

// newPolicy makes a SecurityGroupPolicy as somebody else would.
func (l *lab) newPolicy(namespace, name string, selector map[string]any, groups ...any) {
	l.t.Helper()
	_, err := l.policies(namespace).Create(l.t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "vpcresources.k8s.aws/v1beta1", "kind": "SecurityGroupPolicy", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"podSelector": selector, "securityGroups": map[string]any{"groupIds": groups}},
	}}, metav1.CreateOptions{})
	l.ok(err)
}

func (l *lab) newNamespace(name string) {
	l.t.Helper()
	_, err := l.kubernetes().CoreV1().Namespaces().Create(l.t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	l.ok(err)
}

// Security groups for pods by hand, for something that is no database, beside
// what podsg set up for another namespace.
func TestWhatSomebodySetUpByHandForACacheIsHealthy(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	group := l.newGroup("cache-clients", l.clusterGroup("workshop"))
	l.newNamespace("cache")
	l.newPolicy("cache", "cache-clients", map[string]any{"matchLabels": map[string]any{"app": "visitor"}}, group)
	l.foreignPod("cache")
	l.eventually("the pod runs on its branch ENI", func() bool {
		p, err := l.kubernetes().CoreV1().Pods("cache").Get(t.Context(), "visitor", metav1.GetOptions{})
		return err == nil && p.Status.Phase == corev1.PodRunning && p.Annotations["vpc.amazonaws.com/pod-eni"] != ""
	})
	l.podsg("diagnose", "-n", "cache").exits(0).says("0 warn, 0 fail")
	l.podsg("diagnose", "-n", "cache", "--pod", "cache/visitor").exits(0).says("0 warn, 0 fail")
}

// connectedIn reports whether the last try of each green pod of a namespace
// succeeded.
func (l *lab) connectedIn(namespace string) bool {
	l.t.Helper()
	pods := must[*corev1.PodList](l)(l.kubernetes().CoreV1().Pods(namespace).List(l.t.Context(), metav1.ListOptions{LabelSelector: "podsg/probe=green"}))
	for _, p := range pods.Items {
		log, err := l.kubernetes().CoreV1().Pods(namespace).GetLogs(p.Name, &corev1.PodLogOptions{}).DoRaw(l.t.Context())
		lines := strings.Split(strings.TrimSpace(string(log)), "\n")
		if err != nil || !slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "connected") }) {
			return false
		}
	}
	return len(pods.Items) > 0
}

// Two namespaces, one database: whichever was first, both are connected, and the
// cleanup of one leaves the other what it needs.
func TestACleanupOfOneAccessLeavesTheOther(t *testing.T) {
	t.Parallel()
	for name, namespaces := range map[string][2]string{"the first goes": {"shop", "orders"}, "the second goes": {"orders", "shop"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "workshop")
			before := l.state()
			for _, ns := range []string{"shop", "orders"} {
				proven(t, decode[plan.Result](l.podsg("setup", "-n", ns, "--yes", "-o", "json").exits(0)))
			}
			goes, stays := namespaces[0], namespaces[1]
			r := decode[plan.CleanupResult](l.podsg("cleanup", "-n", goes, "--yes", "-o", "json").exits(0))
			for _, x := range r.Removed {
				if x.Kind == world.KindDBInstance || x.Kind == world.KindSecurityGroup || x.Kind == world.KindRule || x.Kind == world.KindRolePolicy || strings.HasPrefix(x.ID, stays+"/") {
					t.Errorf("cleanup of %s removed %s %s", goes, x.Kind, x.ID)
				}
			}
			for _, kind := range []world.Kind{world.KindDBInstance, world.KindSecurityGroup, world.KindDBSubnetGroup} {
				if why := whyKept(r, kind); !strings.Contains(why, stays) && !strings.Contains(why, "rds-workshop") {
					t.Errorf("%s is kept because %q", kind, why)
				}
			}
			list := decode[accessList](l.podsg("list", "-o", "json").exits(0))
			if len(list.Accesses) != 1 || list.Accesses[0].Namespace != stays || list.Accesses[0].State != access.Healthy {
				t.Errorf("left are %+v", list.Accesses)
			}
			l.podsg("diagnose").exits(0)
			l.deletePods(stays, "podsg/probe=green")
			l.eventually("the pods of the other are connected after a restart", func() bool { return l.connectedIn(stays) })
			l.podsg("cleanup", "-n", goes, "--dry-run").exits(0)
			l.cleanedUp(before)
		})
	}
}

// A second policy of the namespace, for a database of its own, is an access beside
// the first, and goes without it.
func TestASecondDatabaseBesideTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	first := []string{"setup", "--yes", "-o", "json"}
	second := append(slices.Clone(first), "--policy", "reports", "--pod-selector", "app=reports", "--pod-security-group", "REPORTS_SG",
		"--create-database=reports", "--db-security-group", "REPORTS_DB_SG", "--secret", "reports-db", "--verify=false")
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	l.podsg(second...).exits(0)
	reaches := map[string]string{}
	for _, a := range decode[accessList](l.podsg("list", "-o", "json").exits(0)).Accesses {
		for _, x := range a.Targets {
			reaches[a.Policy] += x.ID
		}
	}
	if reaches["allow-rds-access"] != "rds-workshop" || reaches["reports"] != "reports" {
		t.Errorf("the accesses reach %v", reaches)
	}
	r := decode[plan.CleanupResult](l.podsg("cleanup", "--policy", "reports", "--yes", "-o", "json").exits(0))
	removed := map[world.Kind]string{}
	for _, x := range r.Removed {
		removed[x.Kind] += x.ID
	}
	if removed[world.KindDBInstance] != "reports" || removed[world.KindPolicy] != "sg-per-pod/reports"+"sg-per-pod/reports-probe" {
		t.Errorf("removed are %+v", r.Removed)
	}
	l.eventually("the pods of the first are connected", func() bool { return l.connectedIn("sg-per-pod") })
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	l.podsg("diagnose").exits(0)
}

// The database belongs to the cluster, the policy and the Secret to a
// namespace: another namespace joins with the password that is in use, and one
// cleanup removes both.
func TestASecondNamespaceSharesTheDatabaseAndGoesWithTheFirst(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	first := []string{"setup", "--yes", "-o", "json"}
	second := []string{"setup", "--yes", "-o", "json", "-n", "shop", "--pod-selector", "app=api"}
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	joined := decode[plan.Result](l.podsg(second...).exits(0))
	proven(t, joined)
	for _, id := range joined.Applied {
		if id == "database" || id == "secret-password" {
			t.Errorf("the second namespace changed the database's password: %v", joined.Applied)
		}
	}
	proven(t, decode[plan.Result](l.podsg(first...).exits(0)))
	l.podsg("diagnose").exits(0)
	l.podsg("diagnose", "-n", "shop").exits(0)

	gone := decode[plan.CleanupResult](l.podsg("cleanup", "--yes", "-o", "json").exits(0))
	objects, err := l.Objects()
	if err != nil {
		t.Fatal(err)
	}
	for name := range objects {
		if strings.Contains(name, " shop") || strings.Contains(name, "sg-per-pod") {
			t.Errorf("cleanup left %s, removed %+v", name, gone.Removed)
		}
	}
}
