package cni

import (
	"context"
	"errors"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// ConfigureAddon sets the VPC CNI's environment through the EKS add-on that
// manages it, keeping the rest of its configuration, and waits for the
// roll-out. Set by kubectl, the values would be lost at the next update of the
// add-on.
type ConfigureAddon struct {
	Cluster string
	Current string // configurationValues when it was planned, for the command
	// Role is the ARN of the IAM role of the add-on's service account; empty if
	// it has none.
	Role     string
	Settings world.CNISettings
	// ByHand are those values on the DaemonSet that somebody else than the add-on
	// set: they were in effect, whatever the configuration says.
	ByHand    map[string]string
	Overwrite bool
}

// Apply implements [plan.Action].
func (a ConfigureAddon) Apply(ctx context.Context, run *plan.Run) error {
	entry := world.JournalEntry{Kind: world.KindAddonConfig, Object: world.AddonVPCCNI, Name: a.Cluster, Set: a.Settings.Flat()}
	update, err := updateAddon(ctx, run, a.Cluster, a.Overwrite, func(current string) (string, error) {
		values, err := world.MergeAddonValues(current, a.Settings)
		if err != nil {
			return "", err
		}
		entry.Prior, entry.SetText = a.Prior(current), values
		entry.PriorText = a.priorText(current, run)
		return values, run.Record(ctx, entry)
	})
	if err != nil {
		return err
	}
	entry.Done = true
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	return awaitAddon(ctx, run, a.Cluster, update)
}

// Prior are the values to restore: those that were in effect, or, of a variable
// that the add-on itself sets, that of its configuration.
func (a ConfigureAddon) Prior(current string) map[string]*string {
	out := PriorValues(a.Settings, world.AddonSettings(current))
	for k, v := range a.ByHand {
		if _, replaced := out[k]; replaced {
			out[k] = &v
		}
	}
	return out
}

// priorText is the text to restore: the one from before podsg's first change, which
// the journal has unless somebody edited the configuration since. Where values by
// hand were in effect, no text of the configuration tells what was there.
func (a ConfigureAddon) priorText(current string, run *plan.Run) *string {
	earlier, known := run.Recorded(world.KindAddonConfig, world.AddonVPCCNI)
	switch {
	case len(a.ByHand) > 0:
		return nil
	case !known:
		return &current
	case earlier.PriorText != nil && (current == earlier.SetText || current == *earlier.PriorText):
		return earlier.PriorText
	default:
		return nil
	}
}

// Shell implements [plan.Action].
func (a ConfigureAddon) Shell() []string {
	values, err := world.MergeAddonValues(a.Current, a.Settings)
	if err != nil {
		values = a.Current
	}
	conflicts := "PRESERVE"
	if a.Overwrite {
		conflicts = "OVERWRITE"
	}
	return []string{
		updateAddonCommand(a.Cluster, values, a.Role, conflicts),
		shell.Command("aws eks wait addon-active --cluster-name %s --addon-name %s", a.Cluster, world.AddonVPCCNI),
		shell.Command("kubectl -n kube-system rollout status daemonset %s", world.DaemonSetCNI),
	}
}

// updateAddonCommand is the update of the CNI's add-on as a command. It names the
// role of the add-on's service account, which EKS would take away otherwise.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
func updateAddonCommand(cluster, values, role, conflicts string) string {
	command := shell.Command("aws eks update-addon --cluster-name %s --addon-name %s --configuration-values %s --resolve-conflicts %s",
		cluster, world.AddonVPCCNI, values, conflicts)
	if role != "" {
		command += shell.Command(" --service-account-role-arn %s", role)
	}
	return command
}

// addonTries is how often an update is tried that EKS refuses because another
// one runs.
const addonTries = 3

// updateAddon edits the configuration of the CNI's add-on and returns the id of
// the update. What is edited is what is configured at that moment and not when
// the plan was made. EKS takes no update while another one runs, such as one that
// a killed run began: that is waited for, and its outcome is read.
func updateAddon(ctx context.Context, run *plan.Run, cluster string, overwrite bool, edit func(current string) (string, error)) (id string, err error) {
	for try := 1; ; try++ {
		current, err := settledAddon(ctx, run, cluster)
		if err != nil {
			return "", err
		}
		values, err := edit(current)
		if err != nil {
			return "", err
		}
		call, cancel := plan.CallContext(ctx)
		id, err := run.Cloud.UpdateAddon(call, plan.AddonUpdate{Cluster: cluster, Addon: world.AddonVPCCNI, ConfigurationValues: values, Overwrite: overwrite})
		cancel()
		if world.KindOf(err) != world.ProblemInUse || try == addonTries {
			return id, err
		}
		if err := run.Cloud.WaitAddon(ctx, cluster, world.AddonVPCCNI, "", run.Progress); err != nil {
			return "", err
		}
	}
}

// settledAddon reads the configuration of the CNI's add-on when no update of it
// runs.
func settledAddon(ctx context.Context, run *plan.Run, cluster string) (string, error) {
	for {
		addon, err := run.Cloud.Addon(ctx, cluster, world.AddonVPCCNI)
		switch {
		case err != nil:
			return "", err
		case addon == nil:
			return "", &world.Problem{
				Kind: world.ProblemChanged, Doing: "configure EKS add-on", Object: world.AddonVPCCNI, Err: errors.New("the cluster does not have it any more"),
				Hint: "run again: it is planned anew",
			}
		case addon.Status != "UPDATING":
			return addon.ConfigurationValues, nil
		}
		if err := run.Cloud.WaitAddon(ctx, cluster, world.AddonVPCCNI, "", run.Progress); err != nil {
			return "", err
		}
	}
}

// awaitAddon waits until an update of the CNI's add-on has ended, or, without
// its id, until the add-on is active, and until the roll-out is complete.
func awaitAddon(ctx context.Context, run *plan.Run, cluster, update string) error {
	if err := run.Cloud.WaitAddon(ctx, cluster, world.AddonVPCCNI, update, run.Progress); err != nil {
		return err
	}
	return run.Kube.WaitCNIRollout(ctx, run.Progress)
}

// PatchDaemonSet sets the VPC CNI's environment on the DaemonSet itself, where
// no add-on manages it, and waits for the roll-out.
type PatchDaemonSet struct {
	Settings world.CNISettings
	Prior    map[string]*string
}

// Apply implements [plan.Action].
func (a PatchDaemonSet) Apply(ctx context.Context, run *plan.Run) error {
	entry := world.JournalEntry{Kind: world.KindCNIEnv, Object: "kube-system/" + world.DaemonSetCNI, Prior: a.Prior, Set: a.Settings.Flat()}
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	if err := run.Kube.SetCNIEnv(call, cniEnv(a.Settings)); err != nil {
		return err
	}
	entry.Done = true
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	return run.Kube.WaitCNIRollout(ctx, run.Progress)
}

func cniEnv(c world.CNISettings) plan.CNIEnv {
	out := plan.CNIEnv{Env: map[string]*string{}, InitEnv: map[string]*string{}}
	for k, v := range c.Env {
		out.Env[k] = &v
	}
	for k, v := range c.InitEnv {
		out.InitEnv[k] = &v
	}
	return out
}

// Shell implements [plan.Action].
func (a PatchDaemonSet) Shell() []string {
	var out []string
	if len(a.Settings.Env) > 0 {
		out = append(out, shell.Command("kubectl -n kube-system set env daemonset %s -c aws-node %s", world.DaemonSetCNI, shell.EnvArgs(a.Settings.Env)))
	}
	if len(a.Settings.InitEnv) > 0 {
		out = append(out, shell.Command("kubectl -n kube-system set env daemonset %s -c aws-vpc-cni-init %s", world.DaemonSetCNI, shell.EnvArgs(a.Settings.InitEnv)))
	}
	return append(out, shell.Command("kubectl -n kube-system rollout status daemonset %s", world.DaemonSetCNI))
}

// AwaitRollout waits for a roll-out that an earlier run started.
type AwaitRollout struct {
	Cluster string
	Managed bool // by an EKS add-on
}

// Apply implements [plan.Action].
func (a AwaitRollout) Apply(ctx context.Context, run *plan.Run) error {
	if a.Managed {
		return awaitAddon(ctx, run, a.Cluster, "")
	}
	return run.Kube.WaitCNIRollout(ctx, run.Progress)
}

// Shell implements [plan.Action].
func (a AwaitRollout) Shell() []string {
	return []string{shell.Command("kubectl -n kube-system rollout status daemonset %s", world.DaemonSetCNI)}
}

// AwaitTrunk waits until a node has a trunk ENI and offers branch ENIs.
type AwaitTrunk struct{ Nodes []string }

// Apply implements [plan.Action].
func (a AwaitTrunk) Apply(ctx context.Context, run *plan.Run) error {
	return run.Kube.WaitTrunk(ctx, plan.TrunkWait{Nodes: a.Nodes}, run.Progress)
}

// Shell implements [plan.Action].
func (a AwaitTrunk) Shell() []string {
	return []string{
		"kubectl get cninodes",
		`kubectl get nodes -o custom-columns='NODE:.metadata.name,BRANCH ENIS:.status.allocatable.vpc\.amazonaws\.com/pod-eni'`,
	}
}
