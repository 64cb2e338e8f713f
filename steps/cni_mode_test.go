package steps

import "testing"

func TestTheEnforcingModeIsAlwaysOneThatTheCNIAccepts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		on      bool
		now     string // on the DaemonSet
		managed string // in the add-on's configuration
		answer  string
		want    string
	}{
		"an answer wins":                           {on: true, now: ModeStrict, answer: ModeStandard, want: ModeStandard},
		"the mode that pods may rely on is kept":   {on: true, now: ModeStrict, want: ModeStrict},
		"not set means strict":                     {on: true, want: ModeStrict},
		"a feature that is off gets standard":      {now: ModeStrict, want: ModeStandard},
		"the add-on's configuration knows it":      {managed: ModeStrict, want: ModeStrict},
		"an invalid mode is not adopted":           {on: true, now: "Strict", want: ModeStandard},
		"nor where the feature is off":             {now: "Strict", want: ModeStandard},
		"nor from the add-on's configuration":      {managed: "Strict", want: ModeStandard},
		"nor from both":                            {on: true, now: "Strict", managed: "Strict", want: ModeStandard},
		"nor left in the add-on's configuration":   {on: true, now: ModeStrict, managed: "Strict", want: ModeStrict},
		"an invalid one gives way to the add-on's": {on: true, now: "Strict", managed: ModeStrict, want: ModeStrict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &Snapshot{}
			s.Kube.CNI = &CNI{Env: map[string]string{}}
			if c.on {
				s.Kube.CNI.Env[envPodENI] = "true"
			}
			if c.now != "" {
				s.Kube.CNI.Env[envEnforcingMode] = c.now
			}
			if c.managed != "" {
				s.Cloud.Addon = &Addon{ConfigurationValues: `{"env":{"` + envEnforcingMode + `":"` + c.managed + `"}}`}
			}
			r := &resolver{s: s, in: Intent{CNI: CNIIntent{EnforcingMode: c.answer}}}
			r.t.Sources = map[string]Source{}
			if err := r.cni(); err != nil || r.t.Mode != c.want {
				t.Errorf("the mode is %q, want %q (%v)", r.t.Mode, c.want, err)
			}
			missing := wantedCNI(s, &r.t)
			if (c.now == "Strict" || c.managed == "Strict") && missing.Env[envEnforcingMode] != c.want {
				t.Errorf("setup sets %s", missing)
			}
		})
	}
}
