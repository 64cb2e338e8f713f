package acceptance

import (
	"os"
	"strings"
	"testing"
	"time"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/plan"
)

func TestSetupIsRunAgainWithoutNamingItsDatabase(t *testing.T) {
	t.Parallel()
	l := newLab(t, "existing-db")
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json", "--database", "orders-db", "--db-password-from", "secretsmanager:"+l.ordersSecret()).exits(0)))
	l.unchanged(func() {
		l.podsg("plan").exits(0).says("nothing to do")
		proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json").exits(0)))
		l.podsg("plan", "--db-port", "5433").exits(cli.ExitUsage).says("--db-port: ", "5432")
		l.podsg("plan", "--create-database").exits(0).says("with a new random password", "is for another database, orders-db.")
	})
}

func TestAnswersThatAMadeDatabaseDoesNotHaveAreRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	l.podsg("setup", "--yes", "--verify=false").exits(0)
	other := l.clusterGroup("workshop")
	l.unchanged(func() {
		for _, c := range []struct{ flags, says string }{
			{"--db-port=5433", "--db-port: rds-workshop listens on 5432; podsg does not change an existing database"},
			{"--db-class=db.t4g.large", "--db-class: rds-workshop is a db.t4g.micro"},
			{"--db-security-group=" + other, "does not carry security group " + other},
		} {
			l.podsg("plan", c.flags).exits(cli.ExitUsage).says(c.says)
		}
		l.podsg("plan", "--verify=false", "--db-port=5432", "--db-class=db.t4g.micro").exits(0).says("nothing to do")
	})
}

func TestAFactThatMayNotBeReadIsNoFinding(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	for _, action := range []string{"ec2:DescribeInstances", "eks:ListNodegroups", "ec2:DescribeSecurityGroups"} {
		l.Account().Deny(action)
		l.unchanged(func() {
			l.podsg("plan").exits(cli.ExitCredentials).says(action)
			d := decode[plan.Diagnosis](l.podsg("diagnose", "-o", "json"))
			if f := finding(d, "D33"); f.Status == check.Fail || f.Status == check.Skip && !strings.Contains(f.Reason.String(), action) {
				t.Errorf("%s is denied: D33 %+v", action, f)
			}
		})
		l.Account().Deny()
	}
}

func TestTheLogHasEveryCallAndNothingThatWasSent(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	log := t.TempDir() + "/podsg.log"
	l.podsg("plan", "--log-file", log).exits(0)
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, want := range []string{
		`msg="AWS call" service=EKS action=DescribeCluster attempt=1`, "status=200",
		`msg="Kubernetes call" service=kubernetes action="GET /apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, no := range []string{"Feature gate", `=""`, "Authorization", l.variable("AWS_SECRET_ACCESS_KEY")} {
		if strings.Contains(text, no) {
			t.Errorf("%s is in the log", no)
		}
	}
	if started := strings.Count(text, "msg=start"); started != 1 {
		t.Errorf("%d starts", started)
	}
}

func TestWatchEndsWhenNobodyReadsOn(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p := l.process(real, []string{"watch"})
	p.Stdout = write
	p.start()
	_ = write.Close()
	if _, err := read.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	_ = read.Close()
	p.finish(20 * time.Second)
}
