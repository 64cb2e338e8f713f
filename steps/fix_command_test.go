package steps

import (
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
)

func TestAProposedSetupMeansWhatWasDiagnosed(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	s.Cloud.Identity.Region = "eu-west-1"
	s.Kube.Policies[0].Owned = true // else setup would not touch it
	s.Cloud.SecurityGroups[2].Rules = nil
	f := diagnosed(t, s, intent.Intent{})["D77"]
	if want := "podsg setup --cluster shop --region eu-west-1 --namespace shop --policy db-clients --pod-selector db=yes --database orders"; f.Fix == nil || f.Fix.Command != want || !f.Fix.Setup {
		t.Errorf("got  %+v\nwant %s", f.Fix, want)
	}
	target := intent.Target{
		Cluster: world.Cluster{Name: "workshop"}, Namespace: intent.DefaultNamespace, PolicyName: intent.DefaultPolicyName, SecretName: intent.DefaultSecretName,
		Selector: intent.Intent{}.PodSelector(), PodGroup: intent.OutputRef(intent.OutputPodGroup, intent.DefaultPodGroupName), TLSMode: intent.TLSVerifyFull,
	}
	if got := target.SetupCommand(); got != "podsg setup --cluster workshop" {
		t.Errorf("where all is the default: %s", got)
	}
	target.Selector = &world.Selector{MatchExpressions: []world.SelectorRequirement{{Key: "tier", Operator: "In", Values: []string{"db", "cache"}}}}
	target.Intent.Database.Create = &intent.CreateDatabase{Identifier: "my-db", Class: "db.t3.micro"}
	if got, want := target.SetupCommand(), "podsg setup --cluster workshop --pod-selector 'tier in (db,cache)' --create-database=my-db --db-class db.t3.micro"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestCommandsOfTheAWSCLINameTheRegion(t *testing.T) {
	t.Parallel()
	got := shell.InRegion("aws ec2 revoke-security-group-ingress --group-id sg-1\nkubectl get pods\naws eks update-kubeconfig --name a --region us-east-1", "eu-west-1")
	want := "aws ec2 revoke-security-group-ingress --group-id sg-1 --region eu-west-1\nkubectl get pods\naws eks update-kubeconfig --name a --region us-east-1"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s := shopSnapshot()
	s.Cloud.Identity.Region = "eu-west-1"
	s.Cloud.Databases[0].Status = "modifying"
	if f := diagnosed(t, s, intent.Intent{})["P03"]; !strings.HasSuffix(f.Fix.Command, " --region eu-west-1") {
		t.Errorf("%+v", f.Fix)
	}
}

func TestOnlyTheOwnersOfThePodsConcernedAreRestarted(t *testing.T) {
	t.Parallel()
	s := shopSnapshot()
	base := s.Kube.Pods[0]
	pod := func(name, owner, phase string) world.Pod {
		p := base
		p.Name, p.Owner, p.Phase, p.ENILimitOn, p.ENIs = name, owner, phase, -1, nil
		p.CreatedAt = p.CreatedAt.Add(-time.Hour)
		p.Labels = map[string]string{"db": "yes", "pod-template-hash": "7c4c5c"}
		return p
	}
	s.Kube.Pods = []world.Pod{
		base, pod("web-7c4c5c-a", "ReplicaSet/web-7c4c5c", "Running"), pod("web-7c4c5c-b", "ReplicaSet/web-7c4c5c", "Pending"),
		pod("queue-0", "StatefulSet/queue", "Running"), pod("by-hand", "", "Running"), pod("job-1", "Job/job", "Succeeded"), pod("job-2", "Job/job", "Failed"),
	}
	f := diagnosed(t, s, intent.Intent{})["D44"]
	want := "kubectl -n shop get pod by-hand -o yaml\nkubectl -n shop rollout restart deployment/web\nkubectl -n shop rollout restart statefulset/queue"
	if f.Status != check.Fail || f.Fix.Command != want || len(f.Evidence) != 4 {
		t.Errorf("%s %v\ngot\n%s\nwant\n%s", f.Status, f.Evidence, f.Fix.Command, want)
	}
}
