package world

import (
	"maps"
	"slices"
	"strings"
)

// The VPC CNI and its switches.
// https://github.com/aws/amazon-vpc-cni-k8s#cni-configuration-variables
const (
	AddonVPCCNI      = "vpc-cni"
	EnvPodENI        = "ENABLE_POD_ENI"
	EnvEnforcingMode = "POD_SECURITY_GROUP_ENFORCING_MODE"
	EnvEarlyDemux    = "DISABLE_TCP_EARLY_DEMUX" // of the init container
	DaemonSetCNI     = "aws-node"
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

func (c CNISettings) Empty() bool { return len(c.Env) == 0 && len(c.InitEnv) == 0 }

// With are the settings and others, which win.
func (c CNISettings) With(other CNISettings) CNISettings {
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

// Flat maps every setting to its value, the init container's with the prefix
// [InitEnvPrefix].
func (c CNISettings) Flat() map[string]string {
	out := maps.Clone(c.Env)
	if out == nil {
		out = map[string]string{}
	}
	for k, v := range c.InitEnv {
		out[InitEnvPrefix+k] = v
	}
	return out
}

func (c *CNI) RolloutSize() int {
	if c == nil {
		return 0
	}
	return c.Rollout.Desired
}

// IsMode reports whether aws-node accepts a text as its enforcing mode.
func IsMode(text string) bool { return text == ModeStandard || text == ModeStrict }

// Settings are the environment variables of both containers.
func (c *CNI) Settings() CNISettings { return CNISettings{Env: c.Env, InitEnv: c.InitEnv} }

// ByHand are the values, of the variables that are to be set, that somebody else
// than the add-on has set on the DaemonSet.
func (c *CNI) ByHand(set CNISettings) map[string]string {
	out := map[string]string{}
	now := c.Settings().Flat()
	for k := range set.Flat() {
		value, is := now[k]
		if owner := c.EnvOwners[k]; is && owner != "" && owner != AddonManager {
			out[k] = value
		}
	}
	return out
}

// TakenFromAddon are the values, other than those to be set, that somebody gave
// to variables of the add-on's own manifest and that its configuration lacks.
func (c *CNI) TakenFromAddon(configured, set CNISettings) CNISettings {
	out := CNISettings{Env: map[string]string{}, InitEnv: map[string]string{}}
	now, has, sets := c.Settings().Flat(), configured.Flat(), set.Flat()
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
