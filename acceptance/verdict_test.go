package acceptance

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"podsg/cli"
	"podsg/steps/check"
	"podsg/steps/plan"
)

// readForLittle are the actions whose answers no check needs that can fail in a
// cluster which is set up: what cannot be read without them makes a warning, or
// is only needed to choose a new database. P01 warns that they are missing.
var readForLittle = []string{
	"ec2:DescribeInstanceTypes", "ec2:GetManagedPrefixListEntries", "eks:ListClusters", "iam:GetInstanceProfile", "iam:GetRole",
	"rds:DescribeDBEngineVersions", "rds:DescribeDBParameters", "rds:DescribeOrderableDBInstanceOptions", "sts:GetCallerIdentity",
}

func TestADiagnosisThatMayNotReadSaysSoAndIsNotHealthy(t *testing.T) {
	t.Parallel()
	l := newLab(t, "ready")
	read := policyActions(t, l.podsg("permissions", "-o", "iam", "--mode", "read").exits(0).stdout)
	for _, action := range slices.Sorted(maps.Keys(read)) {
		l.Account().Deny(action)
		o := l.podsg("diagnose", "-o", "json")
		d := decode[plan.Diagnosis](o)
		if o.code == cli.ExitCredentials && d.Verdict.State == "" {
			continue // nothing can be read without it: the document is the error
		}
		want := check.Unknown
		if slices.Contains(readForLittle, action) {
			want = check.Degraded
		}
		if d.Verdict.State != want || want == check.Unknown && (o.code != cli.ExitCredentials || len(d.Verdict.NotChecked) == 0) {
			t.Errorf("without %s the cluster is %s, and the exit code %d: %+v", action, d.Verdict.State, o.code, d.Verdict)
		}
		for _, n := range d.Verdict.NotChecked {
			if n.Permission == "" {
				t.Errorf("without %s, %s is said to be not checked without a permission: %s", action, n.Fact, n.Reason)
			}
		}
	}
}

func TestASymptomLeadsToItsCause(t *testing.T) {
	t.Parallel()
	l := newLab(t, "no-database-rule")
	log := "level=info msg=started\nconnection to server at \"db\" (10.0.0.1), port 5432 failed: timeout expired\n"
	for _, o := range []outcome{
		l.podsg("diagnose", "-o", "json", "--symptom", "timeout expired"),
		l.podsgWith(cli.Process{Args: []string{"diagnose", "-o", "json", "--symptom", "-"}, Stdin: strings.NewReader(log)}),
	} {
		d := decode[plan.Diagnosis](o.exits(cli.ExitChecks))
		if len(d.Verdict.Causes) != 1 || d.Verdict.Causes[0].ID != "D77" {
			t.Errorf("the causes are %+v", d.Verdict.Causes)
		}
		if slices.ContainsFunc(d.Checks, func(f check.Finding) bool { return f.ID == "D01" || f.ID == "D28" }) {
			t.Errorf("checks that do not matter are among the %d", len(d.Checks))
		}
	}
	l.podsg("diagnose", "--symptom", "all is well").exits(cli.ExitUsage)
}
