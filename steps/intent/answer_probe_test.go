package intent

import (
	"reflect"
	"strings"
	"testing"

	"podsg/steps/world"
)

func TestTolerationsAreWrittenAsKubectlWritesTaints(t *testing.T) {
	for text, want := range map[string][]world.Toleration{
		"dedicated=sgp:NoSchedule": {{Key: "dedicated", Operator: "Equal", Value: "sgp", Effect: "NoSchedule"}},
		"dedicated:NoExecute":      {{Key: "dedicated", Operator: "Exists", Effect: "NoExecute"}},
		"*:NoSchedule":             {{Operator: "Exists", Effect: "NoSchedule"}},
		"spot, gpu=true": {
			{Key: "spot", Operator: "Exists"}, {Key: "gpu", Operator: "Equal", Value: "true"},
		},
	} {
		in := answered(t, "probe-tolerations", text)
		if got := in.Probe.Tolerations; !reflect.DeepEqual(got, want) {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
		if err := in.Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got, want := tolerationsFlag(in.Probe.Tolerations), strings.ReplaceAll(text, " ", ""); got != want {
			t.Errorf("%q is written as %q", text, got)
		}
	}
}

func TestImpossibleProbePodsAreRefused(t *testing.T) {
	for name, x := range map[string]struct {
		in   ProbeIntent
		says string
	}{
		"an image with a space":       {ProbeIntent{Image: "my image"}, "probe.image"},
		"a Secret in capitals":        {ProbeIntent{PullSecret: "Pull"}, "probe.pullSecret"},
		"a node label without a name": {ProbeIntent{NodeSelector: map[string]string{"": "x"}}, "no label key"},
		"an effect that is none":      {ProbeIntent{Tolerations: []world.Toleration{{Key: "a", Effect: "NoRun"}}}, "NoSchedule, PreferNoSchedule, NoExecute"},
		"an operator that is none":    {ProbeIntent{Tolerations: []world.Toleration{{Key: "a", Operator: "In"}}}, "Equal, Exists"},
		"a toleration of nothing":     {ProbeIntent{Tolerations: []world.Toleration{{Value: "b"}}}, "probe.tolerations[0].key"},
		"Exists with a value":         {ProbeIntent{Tolerations: []world.Toleration{{Key: "a", Operator: "Exists", Value: "b"}}}, "takes no value"},
	} {
		if err := (Intent{Probe: x.in}).Validate(); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", name, err, x.says)
		}
	}
}

func TestTheFileSaysHowProbePodsAreMade(t *testing.T) {
	in, err := ParseAnswers("answers.yaml", []byte(`
probe:
  image: registry.example.com:5000/mirror/postgres@sha256:0123
  pullSecret: registry
  nodeSelector: {pool: sgp}
  tolerations: [{key: dedicated, value: sgp, effect: NoSchedule}]
`))
	if err != nil {
		t.Fatal(err)
	}
	if got := in.Probe; got.PullSecret != "registry" || got.NodeSelector["pool"] != "sgp" || got.Tolerations[0].Value != "sgp" {
		t.Errorf("%+v", got)
	}
}

// answered is an intent with one answer, given by its flag.
func answered(t *testing.T, flag, value string) (in Intent) {
	t.Helper()
	for _, a := range Answers() {
		if a.Flag == flag {
			if err := a.Set(&in, value); err != nil {
				t.Fatal(err)
			}
			return in
		}
	}
	t.Fatalf("there is no answer --%s", flag)
	return in
}
