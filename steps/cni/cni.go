// Package cni is the step of the procedure about the VPC CNI: its switches, its
// EKS add-on, its roll-out and the trunk ENIs that follow.
package cni

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Step is the step of the procedure.
var Step = plan.Step{
	ID: check.StepCNI,
	About: []string{
		"The VPC CNI must be told to use branch ENIs (" + world.EnvPodENI + "), and how strictly (the enforcing mode).",
		"It is told through the EKS add-on where one manages it, so that the next update keeps it; else on the DaemonSet.",
		"Then aws-node restarts on every node, some at a time, and the controller gives each node its trunk ENI.",
	},
	Checks: Checks,
	Plan:   changes,
}

// WantedCNI is what the CNI must be set to, and what of it is missing.
func WantedCNI(s *world.Snapshot, t *intent.Target) (missing world.CNISettings) {
	want := world.CNISettings{Env: map[string]string{world.EnvPodENI: "true"}, InitEnv: map[string]string{}}
	cni := s.Kube.CNI
	now := cni.Settings()
	var managed *world.CNISettings
	if a := s.Cloud.Addon; a != nil {
		set := world.AddonSettings(a.ConfigurationValues)
		managed = &set
	}
	// Not set means strict. The add-on's next update brings what it has.
	if t.Mode == world.ModeStandard || cmp.Or(cni.Env[world.EnvEnforcingMode], world.ModeStrict) != world.ModeStrict ||
		managed != nil && cmp.Or(managed.Env[world.EnvEnforcingMode], t.Mode) != t.Mode {
		want.Env[world.EnvEnforcingMode] = t.Mode
	}
	if t.EarlyDemux != "" {
		want.InitEnv[world.EnvEarlyDemux] = t.EarlyDemux
	}
	missing = world.CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	for k, v := range want.Env {
		if now.Env[k] != v || managed != nil && managed.Env[k] != v {
			missing.Env[k] = v
		}
	}
	for k, v := range want.InitEnv {
		if now.InitEnv[k] != v || managed != nil && managed.InitEnv[k] != v {
			missing.InitEnv[k] = v
		}
	}
	return missing
}

// changes sets what is missing, and waits for trunk ENIs.
func changes(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	if s.Kube.CNI == nil {
		return
	}
	missing := WantedCNI(s, t)
	rollout := RolloutTime(s.Kube.CNI.Rollout.Desired)
	change := plan.Change{
		ID: plan.ChangeCNI, Step: check.StepCNI, Op: plan.Update, Needs: []string{plan.ChangeIAM}, Expected: rollout,
		Why:  "aws-node then asks for a trunk ENI on each node; it restarts some nodes at a time, and running pods are not touched",
		Undo: "the values from before are restored",
	}
	managed := s.Cloud.Addon != nil
	switch {
	case !missing.Empty() && managed:
		planAddon(s, t, p, change, missing)
	case !missing.Empty():
		change.Kind = world.KindCNIEnv
		change.Summary = fmt.Sprintf("DaemonSet aws-node: %s, then roll it out on %d nodes", missing, s.Kube.CNI.Rollout.Desired)
		change.Action = PatchDaemonSet{Settings: missing, Prior: PriorValues(missing, s.Kube.CNI.Settings())}
		p.Add(change)
	case !s.Kube.CNI.Rollout.Complete():
		change.Kind, change.Undo = world.KindCNIEnv, "nothing to undo"
		change.Summary = fmt.Sprintf("wait for the roll-out of aws-node: %d of %d pods are ready", s.Kube.CNI.Rollout.Ready, s.Kube.CNI.Rollout.Desired)
		change.Action = AwaitRollout{Cluster: t.Cluster.Name, Managed: managed}
		p.Add(change)
	}
	planTrunk(s, p)
}

// planAddon puts what is missing into the configuration of the CNI's add-on, and
// what others have set by hand with it, so that the update takes none of it back.
func planAddon(s *world.Snapshot, t *intent.Target, p *plan.Plan, change plan.Change, missing world.CNISettings) {
	cni, addon := s.Kube.CNI, s.Cloud.Addon
	kept := cni.TakenFromAddon(world.AddonSettings(addon.ConfigurationValues), missing)
	action := ConfigureAddon{
		Cluster: t.Cluster.Name, Current: addon.ConfigurationValues, Role: addon.ServiceAccountRole,
		Settings: missing.With(kept), ByHand: cni.ByHand(missing.With(kept)),
	}
	var replaced []string
	for k, v := range missing.Flat() {
		if old, hand := action.ByHand[k]; hand && old != v {
			replaced = append(replaced, fmt.Sprintf("%s was %q, set by %s", strings.TrimPrefix(k, world.InitEnvPrefix), old, cni.EnvOwners[k]))
		}
	}
	slices.Sort(replaced)
	action.Overwrite = len(replaced) > 0
	keeping := ""
	if !kept.Empty() {
		keeping = ", keeping what was set by hand (" + kept.String() + ")"
		change.Why += "; what somebody set on the DaemonSet by hand is kept, and written into the add-on's configuration, where it survives updates"
	}
	if len(replaced) > 0 {
		change.Why += "; " + strings.Join(replaced, ", ")
	}
	if text := strings.TrimSpace(addon.ConfigurationValues); text != "" && len(action.ByHand) == 0 {
		if world.AddonTextIsYAML(text) {
			change.Why += "; its configuration stays YAML with its comments"
		}
		change.Undo = "the text of the configuration is kept in the journal, and cleanup restores it byte for byte"
	}
	change.Kind = world.KindAddonConfig
	change.Summary = fmt.Sprintf("EKS add-on %s: %s%s, then roll out aws-node on %d nodes", world.AddonVPCCNI, missing, keeping, cni.Rollout.Desired)
	change.Action = action
	p.Add(change)
}

// planTrunk waits for the first trunk ENI, unless a node has one.
func planTrunk(s *world.Snapshot, p *plan.Plan) {
	var names []string
	for _, n := range s.Candidates() {
		if n.PodENIs > 0 {
			return
		}
		names = append(names, n.Name)
	}
	slices.Sort(names)
	p.Add(plan.Change{
		ID: plan.ChangeTrunk, Step: check.StepCNI, Op: plan.Update, Kind: world.KindInterface,
		Summary: fmt.Sprintf("wait for a trunk ENI on one of %d nodes", len(names)),
		Why:     "the VPC resource controller attaches it, and the node then offers branch ENIs",
		Needs:   []string{plan.ChangeIAM, plan.ChangeCNI}, Undo: "trunk ENIs stay until their nodes are replaced", Expected: 20 * time.Second,
		Action: AwaitTrunk{Nodes: names},
	})
}

// RolloutTime estimates a roll-out: 10 % of the nodes at a time, at least one,
// about fifteen seconds each, and half a minute for the add-on to take it up.
func RolloutTime(nodes int) time.Duration {
	atATime := max(1, (nodes+9)/10)
	return 30*time.Second + time.Duration((nodes+atATime-1)/atATime)*15*time.Second
}

// PriorValues are the values that settings replace; nil for a new one.
func PriorValues(set, now world.CNISettings) map[string]*string {
	current := now.Flat()
	out := map[string]*string{}
	for k := range set.Flat() {
		if v, ok := current[k]; ok {
			out[k] = &v
		} else {
			out[k] = nil
		}
	}
	return out
}
