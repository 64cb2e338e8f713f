package symptom

import (
	"slices"
	"testing"

	"podsg/steps/check"
)

func TestATextLeadsToTheChecksThatMatter(t *testing.T) {
	for text, first := range map[string][]string{
		"timeout expired": {"D90"},
		`psql: error: connection to server at "orders.rds" (10.0.1.2), port 5432 failed: timeout expired`: {"D90"},
		"0/3 nodes are available: 3 Insufficient vpc.amazonaws.com/pod-eni.":                              {"D11"},
		"0/3 nodes are available: 3 INSUFFICIENT VPC.AMAZONAWS.COM/POD-ENI.":                              {"D11"},
		"Readiness probe failed: context deadline exceeded":                                               {"D22"},
		"level=info msg=ready\npassword authentication failed for user \"app\"\n":                         {"D92"},
		"could not resolve host: orders.rds\nconnection refused":                                          {"D96", "D97"},
		"all is well": nil,
		"":            nil,
	} {
		var got []string
		for _, s := range In(text) {
			got = append(got, s.Checks[0])
		}
		if !slices.Equal(got, first) {
			t.Errorf("%q leads to %v, want %v", text, got, first)
		}
	}
}

func TestWhatMayExplainACheckMattersToo(t *testing.T) {
	checks := []check.Check{{ID: "D90", ExplainedBy: []string{"D77"}}, {ID: "D77", ExplainedBy: []string{"D83"}}, {ID: "D83"}, {ID: "D01"}}
	got := Matters([]Symptom{{Checks: []string{"D90"}}}, checks)
	if !got["D90"] || !got["D77"] || !got["D83"] || got["D01"] {
		t.Errorf("got %v", got)
	}
}
