package cni

import (
	"context"
	"maps"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// RestoreAddon gives the CNI add-on its prior values back and waits for the
// roll-out.
type RestoreAddon struct {
	Cluster string
	Current string
	Role    string // of the add-on's service account
	Prior   map[string]*string
	Set     map[string]string // by podsg; what has another value meanwhile is left
	// Text is the text from before, to be restored as it was while the one that podsg
	// wrote stands; nil: not known.
	Text    *string
	SetText string
}

// Whole reports whether a text of the configuration is replaced by the one from
// before. EKS cannot be told to forget a configuration, so there must have been one.
func (a RestoreAddon) Whole(current string) bool {
	return a.Text != nil && strings.TrimSpace(*a.Text) != "" && current == a.SetText
}

// values are the configuration to restore.
func (a RestoreAddon) values(current string) (string, error) {
	if a.Whole(current) {
		return *a.Text, nil
	}
	return world.RestoreAddonValues(current, unchangedPrior(a.Prior, a.Set, world.AddonSettings(current)))
}

// unchangedPrior are the prior values of those keys that still have the value
// that podsg set.
func unchangedPrior(prior map[string]*string, set map[string]string, now world.CNISettings) map[string]*string {
	out, current := maps.Clone(prior), now.Flat()
	maps.DeleteFunc(out, func(k string, _ *string) bool { v, known := set[k]; return known && current[k] != v })
	return out
}

// Apply implements [plan.Action].
func (a RestoreAddon) Apply(ctx context.Context, run *plan.Run) error {
	update, err := updateAddon(ctx, run, a.Cluster, false, a.values)
	if err != nil {
		return err
	}
	if err := awaitAddon(ctx, run, a.Cluster, update); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindAddonConfig, world.AddonVPCCNI)
}

// Shell implements [plan.Action].
func (a RestoreAddon) Shell() []string {
	values, err := a.values(a.Current)
	if err != nil {
		values = a.Current
	}
	return []string{updateAddonCommand(a.Cluster, values, a.Role, "PRESERVE")}
}

// RestoreDaemonSet gives the aws-node DaemonSet its prior environment back and
// waits for the roll-out.
type RestoreDaemonSet struct{ Prior map[string]*string }

// Apply implements [plan.Action].
func (a RestoreDaemonSet) Apply(ctx context.Context, run *plan.Run) error {
	env := plan.CNIEnv{Env: map[string]*string{}, InitEnv: map[string]*string{}}
	for k, v := range a.Prior {
		if name, ok := strings.CutPrefix(k, world.InitEnvPrefix); ok {
			env.InitEnv[name] = v
		} else {
			env.Env[k] = v
		}
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Kube.SetCNIEnv(call, env); err != nil {
		return err
	}
	if err := run.Kube.WaitCNIRollout(ctx, run.Progress); err != nil {
		return err
	}
	return run.Forget(ctx, world.KindCNIEnv, "kube-system/"+world.DaemonSetCNI)
}

// Shell implements [plan.Action].
func (a RestoreDaemonSet) Shell() []string {
	var out []string
	for k, v := range a.Prior {
		container, name := "aws-node", k
		if cut, ok := strings.CutPrefix(k, world.InitEnvPrefix); ok {
			container, name = "aws-vpc-cni-init", cut
		}
		arg := shell.Quote(name + "-")
		if v != nil {
			arg = shell.Quote(name + "=" + *v)
		}
		out = append(out, shell.Command("kubectl -n kube-system set env daemonset %s -c %s %s", world.DaemonSetCNI, container, shell.Words(arg)))
	}
	return out
}
