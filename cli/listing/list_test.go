package listing

import (
	"strings"
	"testing"

	"podsg/cli/console"
	"podsg/steps/check/checktest"
	"podsg/steps/world"
)

func TestTheListIsReadAtEightyColumns(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	for _, id := range []string{"eni-0123456789abcdef0", "eni-0123456789abcdef1", "eni-0123456789abcdef2"} {
		s.Cloud.Interfaces = append(s.Cloud.Interfaces, world.Interface{ID: id, Description: "ElastiCache sessions", Groups: []string{"sg-db"}})
	}
	text := Of(s, "").Text(console.Style{})
	for _, want := range []string{"sg-per-pod/allow-rds-access  healthy, by podsg\n", "  groups     sg-pods POD_SG\n", "reaches    rds-workshop:5432,", "Cluster workshop: 1 access\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if len(strings.TrimSuffix(line, "\n")) > lastColumn {
			t.Errorf("a line of %d characters: %s", len(line), line)
		}
	}
}

func TestAListWithoutAnAccessSaysWhatMakesOne(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	for namespace, want := range map[string]string{
		"shop": "podsg setup --cluster workshop --namespace shop\n", "": "podsg setup --cluster workshop\n",
	} {
		if namespace == "" {
			s.Kube.Policies = nil
		}
		l := Of(s, namespace)
		if text := l.Text(console.Style{}); !strings.Contains(text, want) || l.Accesses == nil {
			t.Errorf("namespace %q:\n%s", namespace, text)
		}
	}
}

func TestAListSaysWhatItCouldNotSee(t *testing.T) {
	t.Parallel()
	s := checktest.World()
	s.Kube.Partial = map[world.Fact]string{world.FactPolicies: "forbidden"}
	if text := Of(s, "").Text(console.Style{}); !strings.Contains(text, "note: security group policies of other namespaces not observed: forbidden\n") {
		t.Errorf("got\n%s", text)
	}
}
