package steps

import (
	"cmp"
	"maps"
	"strings"
	"testing"
)

func TestAddonConfigurationIsMergedAndRestored(t *testing.T) {
	t.Parallel()
	set := CNISettings{Env: map[string]string{"ENABLE_POD_ENI": "true"}, InitEnv: map[string]string{"DISABLE_TCP_EARLY_DEMUX": "true"}}
	for name, x := range map[string]struct{ before, after, back string }{
		"nothing was configured":      {"", `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{}`},
		"other values are kept":       {`{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`, `{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":"true","WARM_ENI_TARGET":"2"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`},
		"YAML is read too":            {"env:\n  WARM_IP_TARGET: \"3\"\n", `{"env":{"ENABLE_POD_ENI":"true","WARM_IP_TARGET":"3"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"env":{"WARM_IP_TARGET":"3"}}`},
		"an earlier value comes back": {`{"env":{"ENABLE_POD_ENI":"false"}}`, `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"env":{"ENABLE_POD_ENI":"false"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := MergeAddonValues(x.before, set)
			if err != nil || after != x.after {
				t.Fatalf("merged %s (%v), want %s", after, err, x.after)
			}
			back, err := RestoreAddonValues(after, priorValues(set, addonSettings(x.before)))
			if err != nil || back != x.back {
				t.Fatalf("restored %s (%v), want %s", back, err, x.back)
			}
		})
	}
	if _, err := MergeAddonValues(`{"env":"text"}`, set); err == nil {
		t.Fatal("an env that is no object was overwritten")
	}
}

func TestTheCommandsForTheAddonNameTheRoleOfItsServiceAccount(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111122223333:role/cni"
	for name, action := range map[string]func(role string) Action{
		"setup":   func(role string) Action { return ConfigureAddon{Cluster: "workshop", Role: role} },
		"cleanup": func(role string) Action { return RestoreAddon{Cluster: "workshop", Role: role} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if command := action(role).Shell()[0]; !strings.HasSuffix(command, " --service-account-role-arn "+role) {
				t.Errorf("the role is not in %q", command)
			}
			if command := action("").Shell()[0]; strings.Contains(command, "role-arn") {
				t.Errorf("there is a role in %q", command)
			}
		})
	}
}

func TestTheAddonIsOverwrittenOnlyWhereAHandSetValueIsInTheWay(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		env, owners map[string]string
		taken       []string
		config      string
		mode        string

		overwrite bool
		set       string
		prior     map[string]string // "" stands for not set
		says      []string
	}{
		"nobody set anything by hand": {
			env: map[string]string{envPodENI: "false"}, owners: map[string]string{envPodENI: AddonManager},
			set: "ENABLE_POD_ENI=true", prior: map[string]string{envPodENI: ""},
		},
		"the feature was put on by hand": {
			env: map[string]string{envPodENI: "true"}, owners: map[string]string{envPodENI: "kubectl-set"}, taken: []string{envPodENI},
			set: "ENABLE_POD_ENI=true", prior: map[string]string{envPodENI: "true"},
		},
		"the feature was put off by hand": {
			env: map[string]string{envPodENI: "false"}, owners: map[string]string{envPodENI: "kubectl-set"}, taken: []string{envPodENI},
			overwrite: true, set: "ENABLE_POD_ENI=true", prior: map[string]string{envPodENI: "false"}, says: []string{`ENABLE_POD_ENI was "false", set by kubectl-set`},
		},
		"another variable of the add-on's was set by hand": {
			env:    map[string]string{envPodENI: "false", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"},
			owners: map[string]string{envPodENI: AddonManager, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "kubectl-set"},
			taken:  []string{"AWS_VPC_K8S_CNI_EXTERNALSNAT"},
			set:    "AWS_VPC_K8S_CNI_EXTERNALSNAT=true, ENABLE_POD_ENI=true",
			prior:  map[string]string{envPodENI: "", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"},
			says:   []string{"keeping what was set by hand (AWS_VPC_K8S_CNI_EXTERNALSNAT=true)"},
		},
		"a variable that the add-on does not know was set by hand": {
			env:    map[string]string{envPodENI: "false", "WARM_IP_TARGET": "3"},
			owners: map[string]string{envPodENI: AddonManager, "WARM_IP_TARGET": "kubectl-set"},
			set:    "ENABLE_POD_ENI=true", prior: map[string]string{envPodENI: ""},
		},
		"a hand-set variable is in the configuration already": {
			env:    map[string]string{envPodENI: "false", "WARM_ENI_TARGET": "2"},
			owners: map[string]string{envPodENI: AddonManager, "WARM_ENI_TARGET": "kubectl-set"},
			taken:  []string{"WARM_ENI_TARGET"}, config: `{"env":{"WARM_ENI_TARGET":"2"}}`,
			set: "ENABLE_POD_ENI=true", prior: map[string]string{envPodENI: ""},
		},
		"a variable of the init container was set by hand": {
			env:    map[string]string{envPodENI: "true", "init/" + envEarlyDemux: "false"},
			owners: map[string]string{envPodENI: AddonManager, "init/" + envEarlyDemux: "kubectl-set"},
			taken:  []string{"init/" + envEarlyDemux}, config: `{"env":{"ENABLE_POD_ENI":"true"}}`, mode: ModeStrict,
			overwrite: true, set: "DISABLE_TCP_EARLY_DEMUX=true", prior: map[string]string{"init/" + envEarlyDemux: "false"},
			says: []string{`DISABLE_TCP_EARLY_DEMUX was "false", set by kubectl-set`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cni := &CNI{Env: map[string]string{}, InitEnv: map[string]string{}, EnvOwners: x.owners, EnvTaken: x.taken}
			for k, v := range x.env {
				if name, init := strings.CutPrefix(k, "init/"); init {
					cni.InitEnv[name] = v
				} else {
					cni.Env[k] = v
				}
			}
			s := &Snapshot{}
			s.Kube.CNI, s.Cloud.Addon = cni, &Addon{ConfigurationValues: x.config}
			target := &Target{Mode: cmp.Or(x.mode, ModeStrict)}
			if x.mode == ModeStrict {
				target.EarlyDemux = "true"
			}
			p := &Plan{}
			planCNI(s, target, p)
			change, _ := p.Change(changeCNI)
			a, ok := change.Action.(ConfigureAddon)
			if !ok {
				t.Fatalf("the change is %+v", change)
			}
			if a.Overwrite != x.overwrite || a.Settings.String() != x.set {
				t.Errorf("overwrite %v, set %s", a.Overwrite, a.Settings)
			}
			prior := map[string]string{}
			for k, v := range a.prior(a.Current) {
				prior[k] = ""
				if v != nil {
					prior[k] = *v
				}
			}
			if !maps.Equal(prior, x.prior) {
				t.Errorf("prior values %v, want %v", prior, x.prior)
			}
			for _, text := range x.says {
				if !strings.Contains(change.Summary+change.Why, text) {
					t.Errorf("no %q in %q, %q", text, change.Summary, change.Why)
				}
			}
		})
	}
}
