package acceptance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"podsg/steps/plan"
	"podsg/steps/render"
	"podsg/steps/world"
)

// ec2 is a client of the world's account, as somebody else may use one.
func (l *lab) ec2() *ec2.Client { return ec2.NewFromConfig(l.config()) }

// config is the configuration of such a client.
func (l *lab) config() aws.Config {
	key, secret, token := l.Account().Credentials()
	return aws.Config{
		Region: l.Account().Region(), BaseEndpoint: aws.String(l.variable("AWS_ENDPOINT_URL")),
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
	}
}

func filtered(name, value string) *ec2.DescribeSecurityGroupRulesInput {
	return &ec2.DescribeSecurityGroupRulesInput{Filters: []ec2types.Filter{{Name: &name, Values: []string{value}}}}
}

func revocation(group string, rules []string) *ec2.RevokeSecurityGroupIngressInput {
	return &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: rules}
}

// owned are the changes of a plan that are of what another tool makes, by the tool.
func owned(p render.PlanReport) map[string]render.ChangeReport {
	out := map[string]render.ChangeReport{}
	for _, c := range p.Changes {
		if c.Owner != nil {
			out[c.Owner.Tool] = c
		}
	}
	return out
}

func TestThePlanNamesTheToolThatMakesTheVPCCNI(t *testing.T) {
	t.Parallel()
	l := newLab(t, "self-managed-cni")
	patch := `{"metadata":{"labels":{"app.kubernetes.io/managed-by":"Helm"},"annotations":{"meta.helm.sh/release-name":"aws-vpc-cni","meta.helm.sh/release-namespace":"kube-system"}}}`
	if _, err := l.kubernetes().AppsV1().DaemonSets("kube-system").Patch(t.Context(), world.DaemonSetCNI, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	change := owned(decode[render.PlanReport](l.podsg("plan", "-o", "json").exits(0)))[world.ToolHelm]
	if change.ID != "vpc-cni" && change.Owner == nil || change.Owner.Name != "kube-system/aws-vpc-cni" || !strings.Contains(change.Instead, "env:\n  ENABLE_POD_ENI: \"true\"\n") {
		t.Errorf("%+v", change)
	}
	l.podsg("plan").exits(0).says("Helm (release kube-system/aws-vpc-cni) makes it, and will see this as drift", "        env:\n          ENABLE_POD_ENI: \"true\"")
}

func TestThePlanNamesTheToolThatMakesADatabasesGroup(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	group, key, value := "", "ManagedBy", "terraform"
	for id, fields := range l.state() {
		if fields[".Name"] == "orders-db" && strings.HasPrefix(id, "aws security-group/") {
			group = strings.TrimPrefix(id, "aws security-group/")
		}
	}
	if _, err := l.ec2().CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{group}, Tags: []ec2types.Tag{{Key: &key, Value: &value}}}); err != nil {
		t.Fatal(err)
	}
	p := decode[render.PlanReport](l.podsg("plan", "--database", "orders-db", "--db-password-from", "secretsmanager:orders-db", "-o", "json").exits(0))
	change := owned(p)[world.ToolTerraform]
	if !strings.Contains(change.Why, "Terraform makes it") || !strings.Contains(change.Instead, `"`+group+`"`) {
		t.Errorf("%+v", change)
	}
}

func TestDedicatedNodesAreNamedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	l := newLab(t, "dedicated-nodes")
	before := l.state()
	l.unchanged(func() {
		l.podsg("setup", "--yes", "--timeout", "1m").exits(3).says("P08", "dedicated=sgp:NoSchedule", "--probe-tolerations dedicated=sgp:NoSchedule")
		l.podsg("plan", "--verify=false", "--seed=false").exits(0)
	})
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json", "--probe-tolerations", "dedicated=sgp:NoSchedule").exits(0)))
	l.cleanedUp(before)
}
