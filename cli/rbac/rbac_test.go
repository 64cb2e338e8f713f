package rbac

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestRolesCoverThePermissionsAndReadingChangesNothing(t *testing.T) {
	for _, write := range []bool{false, true} {
		text, err := Manifest("shop", write)
		if err != nil {
			t.Fatal(err)
		}
		changes := 0
		for _, document := range strings.Split(text, "---\n")[1:] {
			var object struct {
				Kind  string
				Rules []struct{ Resources, Verbs []string }
			}
			if err := yaml.UnmarshalStrict([]byte(document), &object, yaml.DisallowUnknownFields); err != nil && object.Kind == "" {
				t.Fatal(err)
			}
			for _, r := range object.Rules {
				for _, v := range r.Verbs {
					// The proof by dry run needs create on pods.
					dryRun := v == "create" && len(r.Resources) == 1 && r.Resources[0] == "pods"
					if v != "get" && v != "list" && v != "watch" && !dryRun {
						changes++
					}
				}
			}
		}
		if (changes > 0) != write {
			t.Errorf("write %t: %d verbs that change something in\n%s", write, changes, text)
		}
	}
}
