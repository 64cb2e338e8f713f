package cni

import (
	"cmp"
	"embed"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

//go:embed *.md
var pages embed.FS

// needs are the facts without which nothing is said of the VPC CNI.
var needs = []world.Fact{world.FactCNI}

// Checks are the checks of the step, in their order. They say nothing where the
// VPC CNI is not installed: a check of the cluster does.
var Checks = check.In("cni", check.StepCNI, pages,
	check.Check{
		ID: "D15", Title: "VPC CNI uses branch ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs,
		ExplainedBy: []string{"D10"},
		Run:         installed(podENI),
	},
	check.Check{
		ID: "D16", Title: "aws-node runs with it on every node",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs,
		ExplainedBy: []string{"D20", "P11", "P12"},
		Run:         installed(rollout),
	},
	check.Check{
		ID: "P11", Title: "VPC CNI's own role has its permissions",
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactAddon, world.FactNodeRoles},
		ExplainedBy: []string{"P12"},
		Run:         installed(ownRole),
	},
	check.Check{
		ID: "P12", Title: "No known fault in the VPC CNI's version",
		Severity: check.Warn, Needs: needs,
		Run: installed(advisories),
	},
	check.Check{
		ID: "D21", Title: "VPC CNI may ask for trunk ENIs",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactSettings, world.FactNodes, world.FactInstanceTypes},
		Run: installed(clusterRole),
	},
	check.Check{
		ID: "D19", Title: "vpc-cni add-on is healthy",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactAddon},
		ExplainedBy: []string{"D18"},
		Run:         installed(addonHealth),
	},
	check.Check{
		ID: "D18", Title: "Configuration of the add-on is valid",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactAddon},
		Run: installed(addonConfiguration),
	},
	check.Check{
		ID: "D17", Title: "Setting survives updates of the add-on",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactAddon},
		Run: installed(survives),
	},
	check.Check{
		ID: "D20", Title: "Enforcing mode is valid",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs,
		Run: installed(enforcingMode),
	},
	check.Check{
		ID: "D24", Title: "NodeLocal DNSCache works with the mode",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs,
		Run: installed(nodeLocalDNS),
	},
	check.Check{
		ID: "D25", Title: "EKS Pod Identity works with the mode",
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactPods, world.FactPolicies},
		Run: installed(strictly(credentialAgent)),
	},
	check.Check{
		ID: "D26", Title: "Services with local traffic work with the mode",
		Severity: check.Warn, Needs: needs, Uses: []world.Fact{world.FactTraffic, world.FactPods, world.FactPolicies},
		Run: installed(strictly(localServices)),
	},
	check.Check{
		ID: "D27", Title: "kube-proxy works with the mode",
		About:    check.AboutCluster,
		Severity: check.Fail, Needs: needs, Uses: []world.Fact{world.FactSettings},
		Run: installed(strictly(proxyMode)),
	},
	check.Check{
		ID: "D31", Title: "Network policies work with the mode",
		Severity: check.Warn, Needs: needs, Uses: []world.Fact{world.FactTraffic, world.FactPods, world.FactPolicies, world.FactAddon},
		Run: installed(strictly(networkPolicies)),
	},
	check.Check{
		ID: "D28", Title: "Strict mode leaves selected pods a way to the internet",
		Severity: check.Warn, Needs: needs,
		Uses: []world.Fact{world.FactNodes, world.FactInstanceTypes, world.FactInstances, world.FactNetwork, world.FactENIConfigs},
		Run:  installed(strictly(publicSubnets)),
	},
	check.Check{
		ID: "D29", Title: "Pods' own groups count on the way to the database",
		Severity: check.Fail, Needs: needs, ExplainedBy: []string{"D84"},
		Run: installed(translation),
	},
	check.Check{
		ID: "D69", Title: "Released branch ENIs cool down long enough",
		About:    check.AboutCluster,
		Severity: check.Warn, Needs: needs, Uses: []world.Fact{world.FactSettings},
		Run: installed(coolDown),
	},
)

// installed runs a check where the VPC CNI is installed.
func installed(run func(*check.Context)) func(*check.Context) {
	return func(c *check.Context) {
		if c.Kube.CNI != nil {
			run(c)
		}
	}
}

// strictly runs a check in strict mode, where all that a pod with a branch ENI
// sends leaves its node by the VPC.
// https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html
func strictly(run func(*check.Context)) func(*check.Context) {
	return func(c *check.Context) {
		if c.Target.Mode == world.ModeStrict {
			run(c)
		}
	}
}

// podENI looks for the switch of the whole feature.
func podENI(c *check.Context) {
	value, set := c.Kube.CNI.Env[world.EnvPodENI]
	is := say.T("not set")
	switch {
	case value != "":
		is = say.T("%s", value)
	case set:
		is = say.T("empty")
	}
	c.Expect(value == "true", say.T("%s=true", world.EnvPodENI), say.T("%s is %s", world.EnvPodENI, is)).
		Saw("image "+c.Kube.CNI.Image).On("kube-system/"+world.DaemonSetCNI).
		BySetup(c.Target, say.T("setup sets it, through the add-on if one manages the CNI")).
		ByHand(c.Target, say.T("set %s=true; aws-node restarts, some nodes at a time, and running pods are not touched", world.EnvPodENI), setByHand(c, world.EnvPodENI, "true"))
}

// rollout looks whether every aws-node pod is as the DaemonSet is now.
func rollout(c *check.Context) {
	r := c.Kube.CNI.Rollout
	c.Expect(r.Complete(), say.T("%d of %d pods are new and ready", r.Updated, r.Desired),
		say.T("%d of %d pods are new, %d are ready", r.Updated, r.Desired, r.Ready)).Saw("update strategy "+c.Kube.CNI.Strategy).
		Mend(say.T("wait; if it does not move, see why a pod is not ready"), shell.Command("kubectl -n kube-system rollout status daemonset %s", world.DaemonSetCNI))
}

// addonHealth looks at what EKS says of the add-on.
func addonHealth(c *check.Context) {
	if !c.Known(world.FactAddon) {
		return
	}
	a := c.Cloud.Addon
	if a == nil {
		c.Skip("vpc-cni is not an EKS add-on here: its DaemonSet is managed otherwise")
		return
	}
	c.Expect(a.Status == "ACTIVE" || a.Status == "UPDATING", say.T("%s, %s", a.Version, a.Status), say.T("its status is %s", a.Status)).Saw(a.Issues...).
		Mend(say.T("see its health"), shell.Command("aws eks describe-addon --cluster-name %s --addon-name %s", c.Target.Cluster.Name, world.AddonVPCCNI))
}

// survives looks whether the add-on knows the setting: its next update takes
// away what it does not.
func survives(c *check.Context) {
	if !c.Known(world.FactAddon) {
		return
	}
	a, cni := c.Cloud.Addon, c.Kube.CNI
	switch {
	case a == nil:
		c.Skip("no add-on manages the CNI")
		return
	case cni.Env[world.EnvPodENI] != "true":
		c.Skip("%s is not set", world.EnvPodENI)
		return
	}
	c.Expect(world.AddonSettings(a.ConfigurationValues).Env[world.EnvPodENI] == "true", say.T("it is in the add-on's configuration"),
		say.T("%s was set by hand: the next update of the add-on takes it away, and the selected pods stop", world.EnvPodENI)).
		Saw("set by "+cmp.Or(cni.EnvOwners[world.EnvPodENI], "an unknown manager"), "add-on configuration: "+cmp.Or(a.ConfigurationValues, "none")).
		BySetup(c.Target, say.T("setup puts it into the add-on's configuration")).
		ByHand(c.Target, say.T("put it into the add-on's configuration"), setByHand(c, world.EnvPodENI, "true"))
}

// enforcingMode looks for a value that aws-node does not start with.
func enforcingMode(c *check.Context) {
	mode, set := c.Kube.CNI.Env[world.EnvEnforcingMode]
	passed := say.T("not set, which means strict")
	if mode != "" {
		passed = say.T("%s", mode)
	}
	c.Expect(!set || world.IsMode(mode), passed, say.T("%s is %q: aws-node only accepts standard or strict", world.EnvEnforcingMode, mode)).
		BySetup(c.Target, say.T("setup sets it")).
		ByHand(c.Target, say.T("set %s to standard, or to strict if the pods rely on that", world.EnvEnforcingMode), setByHand(c, world.EnvEnforcingMode, world.ModeStandard))
}

// setByHand is the command that sets a variable of aws-node, through its add-on
// where there is one.
func setByHand(c *check.Context, name, value string) string {
	return SetCommand(c.Snapshot, world.CNISettings{Env: map[string]string{name: value}})
}

// nodeLocalDNS looks for the cache that pods reach in standard mode only.
func nodeLocalDNS(c *check.Context) {
	if !c.Kube.DNS.NodeLocal {
		c.Pass("it is not installed")
		return
	}
	c.Expect(c.Target.Mode == world.ModeStandard, say.T("standard mode lets pods reach it"),
		say.T("in strict mode the selected pods cannot reach NodeLocal DNSCache")).
		Mend(say.T("use standard mode, and restart the selected pods: the mode counts for pods that are made after it"), standardMode(c))
}
