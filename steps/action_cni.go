package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// The VPC CNI and its switches.
// https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
const (
	AddonVPCCNI      = "vpc-cni"
	envPodENI        = "ENABLE_POD_ENI"
	envEnforcingMode = "POD_SECURITY_GROUP_ENFORCING_MODE"
	envEarlyDemux    = "DISABLE_TCP_EARLY_DEMUX" // of the init container
	daemonSetCNI     = "aws-node"
	// AddonManager is the field manager of EKS add-ons.
	// https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-field-management.html
	AddonManager = "eks"
	// InitEnvPrefix marks, in one list of both containers' variables, those of the
	// init container.
	InitEnvPrefix = "init/"
	// The values of POD_SECURITY_GROUP_ENFORCING_MODE.
	ModeStandard = "standard"
	ModeStrict   = "strict"
)

// CNISettings are environment variables of the VPC CNI: of the container
// aws-node and of the init container aws-vpc-cni-init.
type CNISettings struct {
	Env     map[string]string
	InitEnv map[string]string
}

func (c CNISettings) empty() bool { return len(c.Env) == 0 && len(c.InitEnv) == 0 }

// with are the settings and others, which win.
func (c CNISettings) with(other CNISettings) CNISettings {
	out := CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	for _, x := range []CNISettings{c, other} {
		maps.Copy(out.Env, x.Env)
		maps.Copy(out.InitEnv, x.InitEnv)
	}
	return out
}

// String lists the settings: ENABLE_POD_ENI=true, DISABLE_TCP_EARLY_DEMUX=true.
func (c CNISettings) String() string {
	var parts []string
	for _, env := range []map[string]string{c.Env, c.InitEnv} {
		for _, k := range slices.Sorted(maps.Keys(env)) {
			parts = append(parts, k+"="+env[k])
		}
	}
	return strings.Join(parts, ", ")
}

// flat maps every setting to its value, the init container's with the prefix
// [InitEnvPrefix].
func (c CNISettings) flat() map[string]string {
	out := maps.Clone(c.Env)
	if out == nil {
		out = map[string]string{}
	}
	for k, v := range c.InitEnv {
		out[InitEnvPrefix+k] = v
	}
	return out
}

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
	Settings CNISettings
	// ByHand are those values on the DaemonSet that somebody else than the add-on
	// set: they were in effect, whatever the configuration says.
	ByHand    map[string]string
	Overwrite bool
}

// Apply implements [Action].
func (a ConfigureAddon) Apply(ctx context.Context, run *Run) error {
	entry := JournalEntry{Kind: KindAddonConfig, Object: AddonVPCCNI, Name: a.Cluster, Set: a.Settings.flat()}
	update, err := updateAddon(ctx, run, a.Cluster, a.Overwrite, func(current string) (string, error) {
		values, err := MergeAddonValues(current, a.Settings)
		if err != nil {
			return "", err
		}
		entry.Prior = a.prior(current)
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

// prior are the values to restore: those that were in effect, or, of a variable
// that the add-on itself sets, that of its configuration.
func (a ConfigureAddon) prior(current string) map[string]*string {
	out := priorValues(a.Settings, addonSettings(current))
	for k, v := range a.ByHand {
		if _, replaced := out[k]; replaced {
			out[k] = &v
		}
	}
	return out
}

// Shell implements [Action].
func (a ConfigureAddon) Shell() []string {
	values, err := MergeAddonValues(a.Current, a.Settings)
	if err != nil {
		values = a.Current
	}
	conflicts := "PRESERVE"
	if a.Overwrite {
		conflicts = "OVERWRITE"
	}
	return []string{
		updateAddonCommand(a.Cluster, values, a.Role, conflicts),
		fmt.Sprintf("aws eks wait addon-active --cluster-name %s --addon-name %s", quote(a.Cluster), AddonVPCCNI),
		"kubectl -n kube-system rollout status daemonset " + daemonSetCNI,
	}
}

// updateAddonCommand is the update of the CNI's add-on as a command. It names the
// role of the add-on's service account, which EKS would take away otherwise.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateAddon.html
func updateAddonCommand(cluster, values, role, conflicts string) string {
	command := fmt.Sprintf("aws eks update-addon --cluster-name %s --addon-name %s --configuration-values %s --resolve-conflicts %s",
		quote(cluster), AddonVPCCNI, quote(values), conflicts)
	if role != "" {
		command += " --service-account-role-arn " + quote(role)
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
func updateAddon(ctx context.Context, run *Run, cluster string, overwrite bool, edit func(current string) (string, error)) (id string, err error) {
	for try := 1; ; try++ {
		current, err := settledAddon(ctx, run, cluster)
		if err != nil {
			return "", err
		}
		values, err := edit(current)
		if err != nil {
			return "", err
		}
		call, cancel := callContext(ctx)
		id, err := run.Cloud.UpdateAddon(call, AddonUpdate{Cluster: cluster, Addon: AddonVPCCNI, ConfigurationValues: values, Overwrite: overwrite})
		cancel()
		if KindOf(err) != ProblemInUse || try == addonTries {
			return id, err
		}
		if err := run.Cloud.WaitAddon(ctx, cluster, AddonVPCCNI, "", run.Progress); err != nil {
			return "", err
		}
	}
}

// settledAddon reads the configuration of the CNI's add-on when no update of it
// runs.
func settledAddon(ctx context.Context, run *Run, cluster string) (string, error) {
	for {
		addon, err := run.Cloud.Addon(ctx, cluster, AddonVPCCNI)
		switch {
		case err != nil:
			return "", err
		case addon == nil:
			return "", &Problem{
				Kind: ProblemChanged, Doing: "configure EKS add-on", Object: AddonVPCCNI, Err: errors.New("the cluster does not have it any more"),
				Hint: "run again: it is planned anew",
			}
		case addon.Status != "UPDATING":
			return addon.ConfigurationValues, nil
		}
		if err := run.Cloud.WaitAddon(ctx, cluster, AddonVPCCNI, "", run.Progress); err != nil {
			return "", err
		}
	}
}

// awaitAddon waits until an update of the CNI's add-on has ended, or, without
// its id, until the add-on is active, and until the roll-out is complete.
func awaitAddon(ctx context.Context, run *Run, cluster, update string) error {
	if err := run.Cloud.WaitAddon(ctx, cluster, AddonVPCCNI, update, run.Progress); err != nil {
		return err
	}
	return run.Kube.WaitCNIRollout(ctx, run.Progress)
}

// MergeAddonValues sets the CNI's environment in an add-on's
// configurationValues, which may be JSON or YAML or empty, and returns it as
// JSON. Values that the settings do not name are kept.
func MergeAddonValues(current string, set CNISettings) (string, error) {
	return editAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range set.Env {
			env[k] = v
		}
		for k, v := range set.InitEnv {
			initEnv[k] = v
		}
	})
}

// RestoreAddonValues gives the values in prior back, as [CNISettings.flat]
// names them; a nil value is removed.
func RestoreAddonValues(current string, prior map[string]*string) (string, error) {
	return editAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range prior {
			target := env
			if name, ok := strings.CutPrefix(k, InitEnvPrefix); ok {
				k, target = name, initEnv
			}
			if v == nil {
				delete(target, k)
			} else {
				target[k] = *v
			}
		}
	})
}

func editAddonValues(current string, edit func(env, initEnv map[string]any)) (string, error) {
	values := map[string]any{}
	if strings.TrimSpace(current) != "" {
		if err := yaml.Unmarshal([]byte(current), &values); err != nil {
			return "", fmt.Errorf("read the configuration of add-on %s: %w", AddonVPCCNI, err)
		}
	}
	env, err := submap(values, "env")
	if err != nil {
		return "", err
	}
	init, err := submap(values, "init")
	if err != nil {
		return "", err
	}
	initEnv, err := submap(init, "env")
	if err != nil {
		return "", err
	}
	edit(env, initEnv)
	setOrDrop(init, "env", initEnv)
	setOrDrop(values, "init", init)
	setOrDrop(values, "env", env)
	if len(values) == 0 && strings.TrimSpace(current) == "" {
		return "", nil
	}
	out, err := json.Marshal(values)
	return string(out), err
}

func submap(m map[string]any, key string) (map[string]any, error) {
	switch v := m[key].(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return maps.Clone(v), nil
	default:
		return nil, fmt.Errorf("the configuration of add-on %s has %q, which is not an object", AddonVPCCNI, key)
	}
}

func setOrDrop(m map[string]any, key string, v map[string]any) {
	if len(v) == 0 {
		delete(m, key)
		return
	}
	m[key] = v
}

// addonSettings reads the CNI's environment out of an add-on's
// configurationValues. What cannot be read is treated as not set.
func addonSettings(current string) CNISettings {
	set := CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	_, _ = editAddonValues(current, func(env, initEnv map[string]any) {
		for k, v := range env {
			set.Env[k] = fmt.Sprint(v)
		}
		for k, v := range initEnv {
			set.InitEnv[k] = fmt.Sprint(v)
		}
	})
	return set
}

// PatchDaemonSet sets the VPC CNI's environment on the DaemonSet itself, where
// no add-on manages it, and waits for the roll-out.
type PatchDaemonSet struct {
	Settings CNISettings
	Prior    map[string]*string
}

// Apply implements [Action].
func (a PatchDaemonSet) Apply(ctx context.Context, run *Run) error {
	entry := JournalEntry{Kind: KindCNIEnv, Object: "kube-system/" + daemonSetCNI, Prior: a.Prior, Set: a.Settings.flat()}
	if err := run.Record(ctx, entry); err != nil {
		return err
	}
	call, cancel := callContext(ctx)
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

func cniEnv(c CNISettings) CNIEnv {
	out := CNIEnv{Env: map[string]*string{}, InitEnv: map[string]*string{}}
	for k, v := range c.Env {
		out.Env[k] = &v
	}
	for k, v := range c.InitEnv {
		out.InitEnv[k] = &v
	}
	return out
}

// Shell implements [Action].
func (a PatchDaemonSet) Shell() []string {
	var out []string
	if len(a.Settings.Env) > 0 {
		out = append(out, fmt.Sprintf("kubectl -n kube-system set env daemonset %s -c aws-node %s", daemonSetCNI, envArgs(a.Settings.Env)))
	}
	if len(a.Settings.InitEnv) > 0 {
		out = append(out, fmt.Sprintf("kubectl -n kube-system set env daemonset %s -c aws-vpc-cni-init %s", daemonSetCNI, envArgs(a.Settings.InitEnv)))
	}
	return append(out, "kubectl -n kube-system rollout status daemonset "+daemonSetCNI)
}

func envArgs(env map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		parts = append(parts, quote(k+"="+env[k]))
	}
	return strings.Join(parts, " ")
}

// AwaitRollout waits for a roll-out that an earlier run started.
type AwaitRollout struct {
	Cluster string
	Managed bool // by an EKS add-on
}

// Apply implements [Action].
func (a AwaitRollout) Apply(ctx context.Context, run *Run) error {
	if a.Managed {
		return awaitAddon(ctx, run, a.Cluster, "")
	}
	return run.Kube.WaitCNIRollout(ctx, run.Progress)
}

// Shell implements [Action].
func (a AwaitRollout) Shell() []string {
	return []string{"kubectl -n kube-system rollout status daemonset " + daemonSetCNI}
}

// AwaitTrunk waits until a node has a trunk ENI and offers branch ENIs.
type AwaitTrunk struct{ Nodes []string }

// Apply implements [Action].
func (a AwaitTrunk) Apply(ctx context.Context, run *Run) error {
	return run.Kube.WaitTrunk(ctx, TrunkWait{Nodes: a.Nodes}, run.Progress)
}

// Shell implements [Action].
func (a AwaitTrunk) Shell() []string {
	return []string{
		"kubectl get cninodes",
		`kubectl get nodes -o custom-columns='NODE:.metadata.name,BRANCH ENIS:.status.allocatable.vpc\.amazonaws\.com/pod-eni'`,
	}
}
