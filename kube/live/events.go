package live

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/kube/live/rows"
)

// keptEvents bounds the events that are kept; the oldest go first.
const keptEvents = 2000

// eventLog keeps the rows of events.
type eventLog struct {
	table  *table[rows.Event]
	synced map[string]struct{} // selectors whose events have been given
}

func newEventLog() eventLog {
	return eventLog{table: newTable[rows.Event](), synced: map[string]struct{}{}}
}

// followEvents follows the events that say something about security groups for
// pods. The server picks them by who reports or by reason, so that the many
// others of a large cluster are not sent.
func (f *Feed) followEvents(ctx context.Context) {
	log := &f.events
	selectors := eventSelectors()
	for _, selector := range selectors {
		var sources []follow.Source
		for _, ns := range slices.Compact([]string{metav1.NamespaceAll, f.options.Namespace}) {
			events := f.client.Clientset().CoreV1().Events(ns)
			sources = append(sources, follow.Listed(events, events, "", selector))
		}
		start(ctx, f, reduceEvent, sink[*rows.Event]{
			source: selector, trouble: log.table.trouble,
			set: log.set,
			// Events are deleted when they are an hour old; here they stay.
			synced: func() {
				log.synced[selector] = struct{}{}
				log.table.synced = len(log.synced) == len(selectors)
			},
		}, sources...)
	}
}

// reduceEvent keeps the events that can be explained.
func reduceEvent(e *corev1.Event) (*rows.Event, bool) {
	facts := facts.Event(e)
	explanation := Explain(facts)
	return &rows.Event{ClusterEvent: facts, Explanation: explanation}, explanation != ""
}

func (l *eventLog) set(key string, row *rows.Event) {
	l.table.set(key, row)
	if len(l.table.rows) <= keptEvents+keptEvents/10 {
		return
	}
	keys := make([]string, 0, len(l.table.rows))
	for k := range l.table.rows {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(l.table.rows[a].At.Compare(l.table.rows[b].At), cmp.Compare(a, b))
	})
	for _, k := range keys[:len(keys)-keptEvents] {
		l.table.delete(k)
	}
}
