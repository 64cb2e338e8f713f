package storage

import (
	"fmt"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// A change is one entry of the event log: what a write did to one object.
type change struct {
	version    uint64
	collection *collection
	key        string
	kind       watch.EventType // Added, Modified or Deleted
	object     runtime.Object  // after the write; the last state for Deleted
	previous   runtime.Object  // before the write; nil for Added
}

// An eventLog keeps the last changes, so that a watch can start in the past and
// a paged list can show one moment.
type eventLog struct {
	changes []change
	limit   int
	dropped uint64 // the newest version that is no longer in the log
}

func (l *eventLog) append(c change) {
	l.changes = append(l.changes, c)
	if len(l.changes) > l.limit {
		l.dropped = l.changes[0].version
		l.changes[0] = change{} // let the objects go before the array does
		l.changes = l.changes[1:]
	}
}

// reaches reports whether everything after version is still in the log.
func (l *eventLog) reaches(version uint64) bool { return version >= l.dropped }

// since returns the changes after version, oldest first.
func (l *eventLog) since(version uint64) []change {
	i := len(l.changes)
	for i > 0 && l.changes[i-1].version > version {
		i--
	}
	return l.changes[i:]
}

func formatVersion(version uint64) string { return strconv.FormatUint(version, 10) }

func parseVersion(text string) (uint64, error) {
	version, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, apierrors.NewBadRequest(fmt.Sprintf("invalid resource version %q", text))
	}
	return version, nil
}
