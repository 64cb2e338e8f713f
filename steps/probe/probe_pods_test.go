package probe

import (
	"reflect"
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestEveryPodOfPodsgIsMadeAsAnswered(t *testing.T) {
	target := &intent.Target{
		Namespace: "shop", SecretName: "rds", ProbeImage: "mirror/postgres:17", ProbePullSecret: "registry",
		ProbeNodeSelector: map[string]string{"pool": "sgp"},
		ProbeTolerations:  []world.Toleration{{Key: "dedicated", Operator: "Equal", Value: "sgp", Effect: "NoSchedule"}},
	}
	for _, role := range []string{"green", "red", "relay", "seed"} {
		spec := Probe(target, role).Template()["spec"].(map[string]any)
		for field, want := range map[string]any{
			"imagePullSecrets": []any{map[string]any{"name": "registry"}},
			"nodeSelector":     map[string]any{"kubernetes.io/os": "linux", "pool": "sgp"},
			"tolerations":      []any{map[string]any{"key": "dedicated", "operator": "Equal", "value": "sgp", "effect": "NoSchedule"}},
		} {
			if got := spec[field]; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s is %v, want %v", role, field, got, want)
			}
		}
		if image := spec["containers"].([]any)[0].(map[string]any)["image"]; image != "mirror/postgres:17" {
			t.Errorf("%s: the image is %v", role, image)
		}
	}
}
