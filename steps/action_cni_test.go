package steps

import (
	"cmp"
	"maps"
	"strings"
	"testing"

	"podsg/steps/cni"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

func TestAddonConfigurationIsMergedAndRestored(t *testing.T) {
	t.Parallel()
	set := world.CNISettings{Env: map[string]string{"ENABLE_POD_ENI": "true"}, InitEnv: map[string]string{"DISABLE_TCP_EARLY_DEMUX": "true"}}
	for name, x := range map[string]struct{ before, after, back string }{
		"nothing was configured": {"", `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{}`},
		"other values are kept":  {`{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`, `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2","ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"2"}}`},
		"YAML stays YAML": {"env:\n  WARM_IP_TARGET: \"3\"\n",
			"env:\n  WARM_IP_TARGET: \"3\"\n  ENABLE_POD_ENI: \"true\"\ninit:\n  env:\n    DISABLE_TCP_EARLY_DEMUX: \"true\"\n", "env:\n  WARM_IP_TARGET: \"3\"\n"},
		"an earlier value comes back": {`{"env":{"ENABLE_POD_ENI":"false"}}`, `{"env":{"ENABLE_POD_ENI":"true"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`, `{"env":{"ENABLE_POD_ENI":"false"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, err := world.MergeAddonValues(x.before, set)
			if err != nil || after != x.after {
				t.Fatalf("merged %s (%v), want %s", after, err, x.after)
			}
			back, err := world.RestoreAddonValues(after, cni.PriorValues(set, world.AddonSettings(x.before)))
			if err != nil || back != x.back {
				t.Fatalf("restored %s (%v), want %s", back, err, x.back)
			}
		})
	}
	if _, err := world.MergeAddonValues(`{"env":"text"}`, set); err == nil {
		t.Fatal("an env that is no object was overwritten")
	}
}

func TestTheCommandsForTheAddonNameTheRoleOfItsServiceAccount(t *testing.T) {
	t.Parallel()
	const role = "arn:aws:iam::111122223333:role/cni"
	for name, action := range map[string]func(role string) plan.Action{
		"setup":   func(role string) plan.Action { return cni.ConfigureAddon{Cluster: "workshop", Role: role} },
		"cleanup": func(role string) plan.Action { return cni.RestoreAddon{Cluster: "workshop", Role: role} },
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
			env: map[string]string{world.EnvPodENI: "false"}, owners: map[string]string{world.EnvPodENI: world.AddonManager},
			set: "ENABLE_POD_ENI=true", prior: map[string]string{world.EnvPodENI: ""},
		},
		"the feature was put on by hand": {
			env: map[string]string{world.EnvPodENI: "true"}, owners: map[string]string{world.EnvPodENI: "kubectl-set"}, taken: []string{world.EnvPodENI},
			set: "ENABLE_POD_ENI=true", prior: map[string]string{world.EnvPodENI: "true"},
		},
		"the feature was put off by hand": {
			env: map[string]string{world.EnvPodENI: "false"}, owners: map[string]string{world.EnvPodENI: "kubectl-set"}, taken: []string{world.EnvPodENI},
			overwrite: true, set: "ENABLE_POD_ENI=true", prior: map[string]string{world.EnvPodENI: "false"}, says: []string{`ENABLE_POD_ENI was "false", set by kubectl-set`},
		},
		"another variable of the add-on's was set by hand": {
			env:    map[string]string{world.EnvPodENI: "false", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"},
			owners: map[string]string{world.EnvPodENI: world.AddonManager, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "kubectl-set"},
			taken:  []string{"AWS_VPC_K8S_CNI_EXTERNALSNAT"},
			set:    "AWS_VPC_K8S_CNI_EXTERNALSNAT=true, ENABLE_POD_ENI=true",
			prior:  map[string]string{world.EnvPodENI: "", "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"},
			says:   []string{"keeping what was set by hand (AWS_VPC_K8S_CNI_EXTERNALSNAT=true)"},
		},
		"a variable that the add-on does not know was set by hand": {
			env:    map[string]string{world.EnvPodENI: "false", "WARM_IP_TARGET": "3"},
			owners: map[string]string{world.EnvPodENI: world.AddonManager, "WARM_IP_TARGET": "kubectl-set"},
			set:    "ENABLE_POD_ENI=true", prior: map[string]string{world.EnvPodENI: ""},
		},
		"a hand-set variable is in the configuration already": {
			env:    map[string]string{world.EnvPodENI: "false", "WARM_ENI_TARGET": "2"},
			owners: map[string]string{world.EnvPodENI: world.AddonManager, "WARM_ENI_TARGET": "kubectl-set"},
			taken:  []string{"WARM_ENI_TARGET"}, config: `{"env":{"WARM_ENI_TARGET":"2"}}`,
			set: "ENABLE_POD_ENI=true", prior: map[string]string{world.EnvPodENI: ""},
		},
		"a variable of the init container was set by hand": {
			env:    map[string]string{world.EnvPodENI: "true", "init/" + world.EnvEarlyDemux: "false"},
			owners: map[string]string{world.EnvPodENI: world.AddonManager, "init/" + world.EnvEarlyDemux: "kubectl-set"},
			taken:  []string{"init/" + world.EnvEarlyDemux}, config: `{"env":{"ENABLE_POD_ENI":"true"}}`, mode: world.ModeStrict,
			overwrite: true, set: "DISABLE_TCP_EARLY_DEMUX=true", prior: map[string]string{"init/" + world.EnvEarlyDemux: "false"},
			says: []string{`DISABLE_TCP_EARLY_DEMUX was "false", set by kubectl-set`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			daemon := &world.CNI{Env: map[string]string{}, InitEnv: map[string]string{}, EnvOwners: x.owners, EnvTaken: x.taken}
			for k, v := range x.env {
				if name, init := strings.CutPrefix(k, "init/"); init {
					daemon.InitEnv[name] = v
				} else {
					daemon.Env[k] = v
				}
			}
			s := &world.Snapshot{}
			s.Kube.CNI, s.Cloud.Addon = daemon, &world.Addon{ConfigurationValues: x.config}
			target := &intent.Target{Mode: cmp.Or(x.mode, world.ModeStrict)}
			if x.mode == world.ModeStrict {
				target.EarlyDemux = "true"
			}
			p := &plan.Plan{}
			cni.Step.Plan(s, target, p)
			change, _ := p.Change(plan.ChangeCNI)
			a, ok := change.Action.(cni.ConfigureAddon)
			if !ok {
				t.Fatalf("the change is %+v", change)
			}
			if a.Overwrite != x.overwrite || a.Settings.String() != x.set {
				t.Errorf("overwrite %v, set %s", a.Overwrite, a.Settings)
			}
			prior := map[string]string{}
			for k, v := range a.Prior(a.Current) {
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
