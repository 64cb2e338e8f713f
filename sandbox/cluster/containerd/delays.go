package containerd

import (
	"time"

	"podsg/sandbox/cluster/component"
)

// How long the programs take.
const (
	ipamdLoopInterval = 5 * time.Second
)

var (
	cniInitTime     = component.Between(time.Second, 3500*time.Millisecond)
	ipamdStartTime  = component.Between(4*time.Second, 10*time.Second)
	programStopTime = component.Between(300*time.Millisecond, 1200*time.Millisecond)
)
