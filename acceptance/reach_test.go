package acceptance

import (
	"slices"
	"strings"
	"testing"
	"time"

	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"podsg/cli"
	"podsg/sandbox/cloud"
	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/proof"
	"podsg/steps/world"
)

func TestReachabilityIsComputedFromTheRules(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	setup := []string{"setup", "--yes", "-o", "json"}
	r := decode[plan.Result](l.podsg(setup...).exits(0))
	proven(t, r)
	database := resource(r, world.KindSecurityGroup, intent.DefaultDBGroupName)

	t.Run("without the rule green times out and the diagnosis says so", func(t *testing.T) {
		l.t = t
		if err := l.Account().RemoveRules(database, false); err != nil {
			t.Fatal(err)
		}
		l.eventually("green times out", func() bool { return strings.Contains(l.lastTry(intent.GreenLabel), "timeout expired") })
		l.fails(database, "D77")
	})
	t.Run("setup adds the rule again and green is connected", func(t *testing.T) {
		l.t = t
		again := decode[plan.Result](l.podsg(setup...).exits(0))
		if proven(t, again); !slices.Equal(again.Applied, []string{"database-rule"}) {
			t.Errorf("setup did %v", again.Applied)
		}
	})
	t.Run("open to the nodes red is connected, which disproves and the diagnosis says so", func(t *testing.T) {
		l.t = t
		rule, err := l.Account().AddRule(database, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: l.clusterGroup("workshop")})
		if err != nil {
			t.Fatal(err)
		}
		l.eventually("red is connected", func() bool { return strings.Contains(l.lastTry(intent.RedLabel), "connected") })
		l.fails(rule, "D80")
		o := l.podsg(setup...).exits(cli.ExitChecks)
		if v := decode[plan.Result](o).Verification; v == nil || v.Proven || v.Red.Verdict != plan.VerdictConnected {
			t.Errorf("the verdict: %+v", v)
		}
	})
}

func TestWithoutTheDNSRulesGreenCannotLookUpTheName(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes").exits(0)
	l.revokeDNS()
	l.eventually("green has no name service", func() bool {
		return proof.ClassifyClientError(l.lastTry(intent.GreenLabel)) == plan.VerdictDNSFailed
	})
	l.fails(l.clusterGroup("workshop"), "D76")
	r := decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0))
	if proven(t, r); len(r.Applied) != 2 {
		t.Errorf("setup did %v", r.Applied)
	}
}

func TestNodesThatCanHaveNoTrunkAreRefusedBeforeAnythingIsChanged(t *testing.T) {
	t.Parallel()
	l := newLab(t, "t3-only")
	l.unchanged(func() {
		l.podsg("setup", "--yes").exits(cli.ExitChecks).says("D33", "t3.medium")
		l.podsg("plan").exits(cli.ExitChecks).says("D33")
		l.fails("t3.medium", "D33")
	})
}

// fails fails the test unless the diagnosis fails for a check, and just that of
// its kind, and its text names an object.
func (l *lab) fails(object, id string) {
	l.t.Helper()
	o := l.podsg("diagnose", "-o", "json").exits(cli.ExitChecks)
	d := decode[plan.Diagnosis](o)
	f := finding(d, id)
	if f.Status != check.Fail || f.Fix == nil || f.Fix.Text.String() == "" {
		l.t.Errorf("%s: %+v", id, f)
	}
	if text := f.Reason.String() + strings.Join(f.Evidence, " ") + strings.Join(f.Objects, " "); !strings.Contains(text, object) {
		l.t.Errorf("%s does not name %s: %+v", id, object, f)
	}
}

// eventually waits until something is so.
func (l *lab) eventually(what string, is func() bool) {
	l.t.Helper()
	for limit := time.Now().Add(20 * time.Second); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(limit) {
			l.t.Fatalf("not in time: %s", what)
		}
	}
}

// lastTry is what the pod with a label app said last of the database.
func (l *lab) lastTry(app string) string {
	l.t.Helper()
	last := ""
	for line := range strings.Lines(l.podLog(app)) {
		if strings.Contains(line, "podsg-probe") {
			last = line
		}
	}
	return last
}

// revokeDNS takes podsg's DNS rules away.
func (l *lab) revokeDNS() {
	l.t.Helper()
	group := l.clusterGroup("workshop")
	client := l.ec2()
	rules, err := client.DescribeSecurityGroupRules(l.t.Context(), filtered("group-id", group))
	if err != nil {
		l.t.Fatal(err)
	}
	var ids []string
	for _, rule := range rules.SecurityGroupRules {
		if slices.ContainsFunc(rule.Tags, func(t ec2types.Tag) bool { return *t.Key == world.TagCluster }) {
			ids = append(ids, *rule.SecurityGroupRuleId)
		}
	}
	if _, err := client.RevokeSecurityGroupIngress(l.t.Context(), revocation(group, ids)); err != nil || len(ids) != 2 {
		l.t.Fatalf("revoke %v: %v", ids, err)
	}
}
