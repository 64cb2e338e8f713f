package panes

import (
	"regexp"
	"strings"
	"time"

	"podsg/kube/live/rows"
)

// This file tells when what is shown may be out of date: a screen that stands
// still looks like a cluster in which nothing happens.

// refused reports whether a trouble, which may be several, is only that the user
// may not see the rows: no waiting mends that.
func refused(trouble string) bool {
	for part := range strings.SplitSeq(trouble, "; ") {
		if !strings.HasPrefix(part, "not allowed: ") {
			return false
		}
	}
	return true
}

// requestPattern is what Go's HTTP client puts before every error. The address
// is long, and the user knows which cluster it is.
var requestPattern = regexp.MustCompile(`^[A-Z][a-z]+ "[^"]*": `)

// hear keeps when the rows were last known to be current.
func (p *pane[R]) hear(d rows.Delta[R], heard bool) {
	p.synced, p.trouble = d.Synced, requestPattern.ReplaceAllString(d.Trouble, "")
	if heard && d.Trouble == "" || len(d.Set)+len(d.Gone) > 0 || p.heard.IsZero() {
		p.heard = p.board.options.Now()
	}
}

// troubleText says what keeps the rows from being current, and for how long it
// has; empty: they are.
func (p *pane[R]) troubleText() string {
	if p.trouble == "" || refused(p.trouble) {
		return p.trouble
	}
	return silence(p.board, p.heard) + ": " + p.trouble
}

func silence(b *Board, since time.Time) string {
	return "not heard from the API for " + age(b, since)
}

// trouble is why not everything that the panes show is current, for the head of
// the screen. It names the panes, unless it is all of them. What the user may
// not see is told by its pane alone.
func (b *Board) trouble() string {
	var (
		names  []string
		since  time.Time
		reason string
	)
	add := func(name, trouble string, heard time.Time) {
		if trouble == "" || refused(trouble) {
			return
		}
		if names = append(names, name); reason == "" || heard.Before(since) {
			since, reason = heard, trouble
		}
	}
	add(b.nodes.name, b.nodes.trouble, b.nodes.heard)
	add(b.pods.name, b.pods.trouble, b.pods.heard)
	add(b.events.name, b.events.trouble, b.events.heard)
	switch len(names) {
	case 0:
		return ""
	case 3:
		return silence(b, since) + ": " + reason
	default:
		return strings.Join(names, ", ") + ": " + silence(b, since) + ": " + reason
	}
}
