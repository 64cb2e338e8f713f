package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

var stepCNI = Step{
	ID: StepCNI,
	About: []string{
		"The VPC CNI must be told to use branch ENIs (" + envPodENI + "), and how strictly (the enforcing mode).",
		"It is told through the EKS add-on where one manages it, so that the next update keeps it; else on the DaemonSet.",
		"Then aws-node restarts on every node, some at a time, and the controller gives each node its trunk ENI.",
	},
	Check: checkCNI,
	Plan:  planCNI,
}

var (
	checkPodENI  = check{id: "D15", title: "VPC CNI uses branch ENIs"}
	checkRollout = check{id: "D16", title: "aws-node runs with it on every node"}
	checkManaged = check{id: "D17", title: "Setting survives updates of the add-on"}
	checkAddon   = check{id: "D19", title: "vpc-cni add-on is healthy"}
	checkModes   = check{id: "D20", title: "Enforcing mode is valid"}
	checkLocal   = check{id: "D24", title: "NodeLocal DNSCache works with the mode"}
)

func checkCNI(s *Snapshot, t *Target) []Finding {
	f := &findings{step: StepCNI, s: s, t: t}
	if !f.known(checkPodENI, FactCNI) || s.Kube.CNI == nil {
		return f.out
	}
	cni := s.Kube.CNI
	value, set := cni.Env[envPodENI]
	f.expect(checkPodENI, value == "true", envPodENI+"=true", fmt.Sprintf("%s is %s", envPodENI, cmp.Or(value, map[bool]string{true: "empty", false: "not set"}[set]))).
		saw("image "+cni.Image).on("kube-system/"+daemonSetCNI).
		bySetup(t, "setup sets it, through the add-on if one manages the CNI")
	r := cni.Rollout
	f.expect(checkRollout, r.Complete(), fmt.Sprintf("%d of %d pods are new and ready", r.Updated, r.Desired),
		fmt.Sprintf("%d of %d pods are new, %d are ready", r.Updated, r.Desired, r.Ready)).saw("update strategy "+cni.Strategy).
		mend("wait; if it does not move, see why a pod is not ready", "kubectl -n kube-system rollout status daemonset "+daemonSetCNI)
	checkCNIRole(f)
	checkAddonState(f)
	mode, ok := cni.Env[envEnforcingMode]
	f.expect(checkModes, !ok || isMode(mode), cmp.Or(mode, "not set, which means strict"),
		fmt.Sprintf("%s is %q: aws-node only accepts standard or strict", envEnforcingMode, mode)).bySetup(t, "setup sets it")
	if !s.Kube.DNS.NodeLocal {
		f.add(checkLocal, Pass, "it is not installed")
	} else {
		f.expect(checkLocal, t.Mode == ModeStandard, "standard mode lets pods reach it",
			"in strict mode the selected pods cannot reach NodeLocal DNSCache").
			mend("use standard mode", "podsg setup --cluster "+t.Cluster.Name+" --enforcing-mode standard")
	}
	checkModeLimits(f)
	checkEgress(f)
	checkCoolDownTime(f)
	return f.out
}

func checkAddonState(f *findings) {
	if !f.known(checkAddon, FactAddon) {
		return
	}
	a := f.s.Cloud.Addon
	if a == nil {
		f.add(checkAddon, Skip, "vpc-cni is not an EKS add-on here: its DaemonSet is managed otherwise")
		f.add(checkManaged, Skip, "no add-on manages the CNI")
		return
	}
	f.expect(checkAddon, a.Status == "ACTIVE" || a.Status == "UPDATING", fmt.Sprintf("%s, %s", a.Version, a.Status), "its status is "+a.Status).saw(a.Issues...).
		mend("see its health", "aws eks describe-addon --cluster-name "+f.t.Cluster.Name+" --addon-name "+AddonVPCCNI)
	checkAddonConfiguration(f, a)
	if f.s.Kube.CNI.Env[envPodENI] != "true" {
		f.add(checkManaged, Skip, envPodENI+" is not set")
		return
	}
	f.expect(checkManaged, addonSettings(a.ConfigurationValues).Env[envPodENI] == "true", "it is in the add-on's configuration",
		envPodENI+" was set by hand: the next update of the add-on takes it away, and the selected pods stop").
		saw("set by "+cmp.Or(f.s.Kube.CNI.EnvOwners[envPodENI], "an unknown manager"), "add-on configuration: "+cmp.Or(a.ConfigurationValues, "none")).
		bySetup(f.t, "setup puts it into the add-on's configuration")
}

// isMode reports whether aws-node accepts a text as its enforcing mode.
func isMode(text string) bool { return text == ModeStandard || text == ModeStrict }

// wantedCNI is what the CNI must be set to, and what of it is missing.
func wantedCNI(s *Snapshot, t *Target) (missing CNISettings) {
	want := CNISettings{Env: map[string]string{envPodENI: "true"}, InitEnv: map[string]string{}}
	cni := s.Kube.CNI
	now := cni.settings()
	var managed *CNISettings
	if a := s.Cloud.Addon; a != nil {
		set := addonSettings(a.ConfigurationValues)
		managed = &set
	}
	// Not set means strict. The add-on's next update brings what it has.
	if t.Mode == ModeStandard || cmp.Or(cni.Env[envEnforcingMode], ModeStrict) != ModeStrict ||
		managed != nil && cmp.Or(managed.Env[envEnforcingMode], t.Mode) != t.Mode {
		want.Env[envEnforcingMode] = t.Mode
	}
	if t.EarlyDemux != "" {
		want.InitEnv[envEarlyDemux] = t.EarlyDemux
	}
	missing = CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
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

func planCNI(s *Snapshot, t *Target, p *Plan) {
	if s.Kube.CNI == nil {
		return
	}
	missing := wantedCNI(s, t)
	rollout := rolloutTime(s.Kube.CNI.Rollout.Desired)
	change := Change{
		ID: changeCNI, Step: StepCNI, Op: Update, Needs: []string{changeIAM}, Expected: rollout,
		Why:  "aws-node then asks for a trunk ENI on each node; it restarts some nodes at a time, and running pods are not touched",
		Undo: "the values from before are restored",
	}
	managed := s.Cloud.Addon != nil
	switch {
	case !missing.empty() && managed:
		planAddon(s, t, p, change, missing)
	case !missing.empty():
		change.Kind = KindCNIEnv
		change.Summary = fmt.Sprintf("DaemonSet aws-node: %s, then roll it out on %d nodes", missing, s.Kube.CNI.Rollout.Desired)
		change.Action = PatchDaemonSet{Settings: missing, Prior: priorValues(missing, s.Kube.CNI.settings())}
		p.Add(change)
	case !s.Kube.CNI.Rollout.Complete():
		change.Kind, change.Undo = KindCNIEnv, "nothing to undo"
		change.Summary = fmt.Sprintf("wait for the roll-out of aws-node: %d of %d pods are ready", s.Kube.CNI.Rollout.Ready, s.Kube.CNI.Rollout.Desired)
		change.Action = AwaitRollout{Cluster: t.Cluster.Name, Managed: managed}
		p.Add(change)
	}
	planTrunk(s, p)
}

// planAddon puts what is missing into the configuration of the CNI's add-on, and
// what others have set by hand with it, so that the update takes none of it back.
func planAddon(s *Snapshot, t *Target, p *Plan, change Change, missing CNISettings) {
	cni, addon := s.Kube.CNI, s.Cloud.Addon
	kept := cni.takenFromAddon(addonSettings(addon.ConfigurationValues), missing)
	action := ConfigureAddon{
		Cluster: t.Cluster.Name, Current: addon.ConfigurationValues, Role: addon.ServiceAccountRole,
		Settings: missing.with(kept), ByHand: cni.byHand(missing.with(kept)),
	}
	var replaced []string
	for k, v := range missing.flat() {
		if old, hand := action.ByHand[k]; hand && old != v {
			replaced = append(replaced, fmt.Sprintf("%s was %q, set by %s", strings.TrimPrefix(k, InitEnvPrefix), old, cni.EnvOwners[k]))
		}
	}
	slices.Sort(replaced)
	action.Overwrite = len(replaced) > 0
	keeping := ""
	if !kept.empty() {
		keeping = ", keeping what was set by hand (" + kept.String() + ")"
		change.Why += "; what somebody set on the DaemonSet by hand is kept, and written into the add-on's configuration, where it survives updates"
	}
	if len(replaced) > 0 {
		change.Why += "; " + strings.Join(replaced, ", ")
	}
	change.Kind = KindAddonConfig
	change.Summary = fmt.Sprintf("EKS add-on %s: %s%s, then roll out aws-node on %d nodes", AddonVPCCNI, missing, keeping, cni.Rollout.Desired)
	change.Action = action
	p.Add(change)
}

// planTrunk waits for the first trunk ENI, unless a node has one.
func planTrunk(s *Snapshot, p *Plan) {
	var names []string
	for _, n := range s.candidates() {
		if n.PodENIs > 0 {
			return
		}
		names = append(names, n.Name)
	}
	slices.Sort(names)
	p.Add(Change{
		ID: changeTrunk, Step: StepCNI, Op: Update, Kind: KindInterface,
		Summary: fmt.Sprintf("wait for a trunk ENI on one of %d nodes", len(names)),
		Why:     "the VPC resource controller attaches it, and the node then offers branch ENIs",
		Needs:   []string{changeIAM, changeCNI}, Undo: "trunk ENIs stay until their nodes are replaced", Expected: 20 * time.Second,
		Action: AwaitTrunk{Nodes: names},
	})
}

// rolloutTime estimates a roll-out: 10 % of the nodes at a time, at least one,
// about fifteen seconds each, and half a minute for the add-on to take it up.
func rolloutTime(nodes int) time.Duration {
	atATime := max(1, (nodes+9)/10)
	return 30*time.Second + time.Duration((nodes+atATime-1)/atATime)*15*time.Second
}

// priorValues are the values that settings replace; nil for a new one.
func priorValues(set, now CNISettings) map[string]*string {
	current := now.flat()
	out := map[string]*string{}
	for k := range set.flat() {
		if v, ok := current[k]; ok {
			out[k] = &v
		} else {
			out[k] = nil
		}
	}
	return out
}

// settings are the environment variables of both containers.
func (c *CNI) settings() CNISettings { return CNISettings{Env: c.Env, InitEnv: c.InitEnv} }

// byHand are the values, of the variables that are to be set, that somebody else
// than the add-on has set on the DaemonSet.
func (c *CNI) byHand(set CNISettings) map[string]string {
	out := map[string]string{}
	now := c.settings().flat()
	for k := range set.flat() {
		value, is := now[k]
		if owner := c.EnvOwners[k]; is && owner != "" && owner != AddonManager {
			out[k] = value
		}
	}
	return out
}

// takenFromAddon are the values, other than those to be set, that somebody gave
// to variables of the add-on's own manifest and that its configuration lacks.
func (c *CNI) takenFromAddon(configured, set CNISettings) CNISettings {
	out := CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	now, has, sets := c.settings().flat(), configured.flat(), set.flat()
	for _, k := range c.EnvTaken {
		value, is := now[k]
		if _, planned := sets[k]; !is || planned || has[k] == value {
			continue
		}
		if name, init := strings.CutPrefix(k, InitEnvPrefix); init {
			out.InitEnv[name] = value
		} else {
			out.Env[k] = value
		}
	}
	return out
}
