package scheduler

import (
	"time"
)

// How soon the scheduler looks again at what fits nowhere.
const (
	retryBackoff       = time.Second
	unschedulableFlush = 5 * time.Minute
)
