package vpcrc

import (
	"time"

	"podsg/sandbox/cluster/component"
)

// How long the controller takes, and how often it looks.
const (
	leaseRenewInterval   = 10 * time.Second
	resyncInterval       = 30 * time.Minute // informers of the VPC resource controller
	coolDownPollInterval = 30 * time.Second
	coolDownDefault      = 60 * time.Second
	coolDownMinimum      = 30 * time.Second
	nodeCleanUpDelay     = time.Minute
)

var (
	trunkCreateTime  = component.Between(3*time.Second, 20*time.Second)
	branchCreateTime = component.Between(time.Second, 3*time.Second)
)
