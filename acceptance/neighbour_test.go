package acceptance

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/plan"
)

// The worlds have a second cluster in the same VPC whose name begins with the
// first's: a search by name pattern finds the groups of both.

func TestDNSRulesLandOnTheRightClustersGroup(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	before := l.state()
	first, second := l.clusterGroup("workshop"), l.clusterGroup("workshop-2")
	l.podsg("setup", "--yes").exits(0)
	var own, neighbours int
	changed := differences(before, l.state())
	for _, line := range changed {
		switch {
		case strings.Contains(line, "security-group/"+first+" ") && strings.Contains(line, ".FromPort") && strings.Contains(line, `is now "53"`):
			own++
		case strings.Contains(line, second):
			neighbours++
		}
	}
	if own != 2 || neighbours != 0 {
		t.Errorf("%d DNS rules on the cluster's group, %d differences on the neighbour's:\n%s", own, neighbours, strings.Join(changed, "\n"))
	}
}

func TestATagThatFitsTwoClustersIsAQuestion(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	tag := "eks-cluster-sg-workshop-*"
	l.unchanged(func() {
		l.podsg("setup", "--yes", "--node-security-group", tag).exits(2).
			says("--node-security-group", tag, l.clusterGroup("workshop"), l.clusterGroup("workshop-2"), "cluster workshop-2")
	})
	proven(t, decode[plan.Result](l.podsg("setup", "--yes", "-o", "json", "--node-security-group", l.clusterGroup("workshop")).exits(0)))
}

func TestDNSRulesLandWhereCoreDNSIsWhateverGroupIsChosen(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	chosen := []string{"--node-security-group", l.clusterGroup("workshop-2")}
	proven(t, decode[plan.Result](l.podsg(append(chosen, "setup", "--yes", "-o", "json")...).exits(0)))
	d := decode[plan.Diagnosis](l.podsg(append([]string{"diagnose", "-o", "json"}, chosen...)...).exits(0))
	if f := finding(d, "P02"); f.Status != check.Warn {
		t.Errorf("no warning of a group that no node carries: %+v", f)
	}
}

// finding is what a diagnosis says of one check.
func finding(d plan.Diagnosis, id string) check.Finding {
	for _, f := range d.Checks {
		if f.ID == id {
			return f
		}
	}
	return check.Finding{}
}
