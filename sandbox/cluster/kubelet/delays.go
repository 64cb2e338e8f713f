package kubelet

import (
	"time"

	"podsg/sandbox/cluster/component"
)

// How long a kubelet takes, and how soon it tries again.
const (
	sandboxRetryInterval = 12 * time.Second
	volumeRetryInterval  = 2 * time.Second
	configRetryInterval  = 10 * time.Second
	restartBackoff       = 10 * time.Second       // doubled at each restart …
	restartBackoffMax    = 5 * time.Minute        // … up to this
	killInterval         = 100 * time.Millisecond // between attempts to kill what has just started
	imageBackoff         = 10 * time.Second
)

var (
	podSetUpTime       = component.Between(200*time.Millisecond, 900*time.Millisecond)
	sandboxSetUpTime   = component.Between(300*time.Millisecond, 900*time.Millisecond)
	imagePullTime      = component.Between(900*time.Millisecond, 3*time.Second)
	imageCheckTime     = component.Between(150*time.Millisecond, 400*time.Millisecond)
	containerStartTime = component.Between(100*time.Millisecond, 400*time.Millisecond)
)
