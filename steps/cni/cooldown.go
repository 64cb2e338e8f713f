package cni

import (
	"strconv"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// The cool-down of the VPC resource controller in seconds: what it takes where
// nothing is written or it cannot read it, and the least that it takes.
// See pkg/provider/branch/cooldown of aws/amazon-vpc-resource-controller-k8s.
const (
	usualCoolDown = 60
	leastCoolDown = 30
)

// coolDown judges the cool-down that is configured. It is told only
// where one is.
func coolDown(c *check.Context) {
	if !c.Known(world.FactSettings) {
		return
	}
	text := c.Kube.Settings.CoolDown
	if text == "" {
		return
	}
	restore := shell.Command(`kubectl -n kube-system patch configmap amazon-vpc-cni --type merge -p '{"data":{"branch-eni-cooldown":"%d"}}'`, usualCoolDown)
	seconds, err := strconv.Atoi(text)
	switch {
	case err != nil:
		c.Warn("branch-eni-cooldown is %q, which is no whole number of seconds: the controller keeps the period from before, or %d seconds", text, usualCoolDown).
			On("kube-system/amazon-vpc-cni").Mend(say.T("write a number of seconds, without a unit"), restore)
	case seconds < leastCoolDown:
		c.Warn("branch-eni-cooldown is %d, and the controller takes no less than %d seconds", seconds, leastCoolDown).
			On("kube-system/amazon-vpc-cni").Saw("a new pod can get the address of one that ended half a minute before, while nodes still know the old one by ARP").
			Mend(say.T("write what is meant: %d, or %d to be safe", leastCoolDown, usualCoolDown), restore)
	case seconds < usualCoolDown:
		c.Warn("it is %d seconds: a new pod can get the address of one that has just ended while nodes still know the old one by ARP, which shows as lost packets and failing DNS now and then", seconds).
			On("kube-system/amazon-vpc-cni").
			Mend(say.T("set %d seconds, or make the nodes forget addresses sooner (sysctl net.ipv4.neigh.default.gc_stale_time=%d)", usualCoolDown, seconds), restore)
	default:
		c.Pass("%d seconds", seconds)
	}
}
