package cni

import (
	"testing"

	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestTheEnforcingModeIsAlwaysOneThatTheCNIAccepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		on      bool
		now     string // on the DaemonSet
		managed string // in the add-on's configuration
		answer  string
		want    string
	}{
		"an answer wins":                           {on: true, now: world.ModeStrict, answer: world.ModeStandard, want: world.ModeStandard},
		"the mode that pods may rely on is kept":   {on: true, now: world.ModeStrict, want: world.ModeStrict},
		"not set means strict":                     {on: true, want: world.ModeStrict},
		"a feature that is off gets standard":      {now: world.ModeStrict, want: world.ModeStandard},
		"the add-on's configuration knows it":      {managed: world.ModeStrict, want: world.ModeStrict},
		"an invalid mode is not adopted":           {on: true, now: "Strict", want: world.ModeStandard},
		"nor where the feature is off":             {now: "Strict", want: world.ModeStandard},
		"nor from the add-on's configuration":      {managed: "Strict", want: world.ModeStandard},
		"nor from both":                            {on: true, now: "Strict", managed: "Strict", want: world.ModeStandard},
		"nor left in the add-on's configuration":   {on: true, now: world.ModeStrict, managed: "Strict", want: world.ModeStrict},
		"an invalid one gives way to the add-on's": {on: true, now: "Strict", managed: world.ModeStrict, want: world.ModeStrict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &world.Snapshot{}
			s.Kube.CNI = &world.CNI{Env: map[string]string{}}
			if c.on {
				s.Kube.CNI.Env[world.EnvPodENI] = "true"
			}
			if c.now != "" {
				s.Kube.CNI.Env[world.EnvEnforcingMode] = c.now
			}
			if c.managed != "" {
				s.Cloud.Addon = &world.Addon{ConfigurationValues: `{"env":{"` + world.EnvEnforcingMode + `":"` + c.managed + `"}}`}
			}
			r := &intent.Resolver{S: s, In: intent.Intent{CNI: intent.CNIIntent{EnforcingMode: c.answer}}}
			r.T.Sources = map[string]intent.Source{}
			if err := r.CNI(); err != nil || r.T.Mode != c.want {
				t.Errorf("the mode is %q, want %q (%v)", r.T.Mode, c.want, err)
			}
			missing := WantedCNI(s, &r.T)
			if (c.now == "Strict" || c.managed == "Strict") && missing.Env[world.EnvEnforcingMode] != c.want {
				t.Errorf("setup sets %s", missing)
			}
		})
	}
}
