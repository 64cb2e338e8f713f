package nodes

import (
	"time"

	"podsg/sandbox/cluster/component"
)

// How long what becomes of nodes takes.
const (
	pollInterval      = 10 * time.Second // how soon a new or gone instance is noticed
	heartbeatInterval = 5 * time.Minute  // a kubelet reports an unchanged node this often
	statusInterval    = 10 * time.Second // a kubelet looks for changes of its node this often
)

var (
	bootTime = component.Between(20*time.Second, 40*time.Second)
)
