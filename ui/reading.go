package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// The results of the calls that read.
type (
	identityMsg struct {
		call     int
		identity steps.Identity
		err      error
	}
	clustersMsg struct {
		call  int
		names []string
		err   error
	}
	observedMsg struct {
		call int
		obs  *steps.Observation
		err  error
	}
	// feedAgainMsg ends the pause between two deliveries of a feed.
	feedAgainMsg struct{ call int }
)

// begin numbers a call and gives it a context that ends with it.
func (m *Session) begin(what string) (*call, context.Context) {
	m.calls++
	ctx, cancel := context.WithCancel(m.env.ctx)
	return &call{number: m.calls, what: what, started: m.env.now(), cancel: cancel, feed: newFeed()}, ctx
}

// list asks who the caller is and which clusters there are, at the same time.
func (m *Session) list() tea.Cmd {
	if m.listing != nil {
		m.listing.cancel()
	}
	c, ctx := m.begin("Asking AWS who you are and which clusters there are")
	m.listing, m.identified, m.listed, m.identityErr, m.clustersErr = c, false, false, nil, nil
	engine := m.options.Engine
	m.touched()
	return tea.Batch(
		m.env.guarded(func() tea.Msg {
			id, err := engine.Identity(ctx)
			return identityMsg{c.number, id, err}
		}, func(err error) tea.Msg { return identityMsg{call: c.number, err: err} }),
		m.env.guarded(func() tea.Msg {
			names, err := engine.Clusters(ctx)
			return clustersMsg{c.number, names, err}
		}, func(err error) tea.Msg { return clustersMsg{call: c.number, err: err} }),
	)
}

func (m *Session) onListed(msg tea.Msg) tea.Cmd {
	if m.listing == nil {
		return nil
	}
	switch msg := msg.(type) {
	case identityMsg:
		if msg.call == m.listing.number {
			m.identity, m.identityErr, m.identified = msg.identity, msg.err, true
		}
	case clustersMsg:
		if msg.call == m.listing.number {
			m.clusters, m.clustersErr, m.listed = msg.names, msg.err, true
		}
	}
	if m.listed && m.identified {
		m.listing.cancel()
		m.listing = nil
	}
	m.touched()
	return nil
}

// read observes the chosen cluster.
func (m *Session) read() tea.Cmd {
	if m.reading != nil {
		m.reading.cancel()
	}
	c, ctx := m.begin("Reading cluster " + m.intent.Cluster)
	m.reading, m.readLog, m.facts = c, nil, map[steps.Fact]bool{}
	m.world.err = nil
	engine, in := m.options.Engine, clone(m.intent)
	c.scope = scopeOf(in)
	m.touched()
	return tea.Batch(
		m.env.guarded(func() tea.Msg {
			defer c.feed.close()
			obs, err := engine.Observe(ctx, in, c.feed.observe)
			return observedMsg{c.number, obs, err}
		}, func(err error) tea.Msg { return observedMsg{call: c.number, err: err} }),
		m.env.wait(c),
	)
}

// readIfChanged reads the world again if the answers ask for another part of it.
func (m *Session) readIfChanged() tea.Cmd {
	if m.world.obs != nil && m.reading == nil && scopeOf(m.intent) != m.world.scope {
		return m.read()
	}
	return nil
}

func (m *Session) onObserved(msg observedMsg) tea.Cmd {
	if m.reading == nil || msg.call != m.reading.number {
		return nil
	}
	m.reading.cancel()
	scope := m.reading.scope
	m.reading = nil
	if msg.err != nil {
		m.world.err = msg.err
		m.touched()
		return nil
	}
	m.world.obs, m.world.stale, m.world.scope = msg.obs, false, scope
	m.identity = msg.obs.Cloud.Identity
	if m.onlyChecks {
		m.intent.Namespace = steps.NamespaceToDiagnose(msg.obs.Snapshot, m.intent)
	}
	m.world.settle(m.intent, m.onlyChecks)
	m.touched()
	// The answers may have changed while the world was being read.
	return m.readIfChanged()
}

// onFeed takes over what a call has told, and waits for more.
func (m *Session) onFeed(msg feedMsg) tea.Cmd {
	var c *call
	switch {
	case m.reading != nil && m.reading.number == msg.call:
		c = m.reading
		for _, e := range msg.events {
			if e.Type == steps.EventFactRead {
				m.facts[e.Fact] = true
			}
			if e.Progress != nil && e.Progress.Text != "" {
				m.readLog = append(m.readLog, e.Progress.Text)
			}
		}
	case m.run.call != nil && m.run.call.number == msg.call:
		c = m.run.call
		m.run.take(msg.events, m.env.now())
	default:
		return nil
	}
	m.touched()
	if msg.closed {
		return nil
	}
	return m.env.after(feedPause, feedAgainMsg{c.number})
}

func (m *Session) onFeedAgain(msg feedAgainMsg) tea.Cmd {
	for _, c := range []*call{m.reading, m.run.call} {
		if c != nil && c.number == msg.call {
			return m.env.wait(c)
		}
	}
	return nil
}

// abandon gives up the call that reads; it reports whether there was one.
func (m *Session) abandon() bool {
	switch {
	case m.reading != nil:
		m.reading.cancel()
		m.reading = nil
	case m.listing != nil:
		m.listing.cancel()
		m.listing, m.listed = nil, true
		m.clustersErr = &steps.Problem{
			Kind: steps.ProblemInterrupted, Doing: "list the clusters", Hint: "Press r to ask again, or q to leave.",
		}
	default:
		return false
	}
	m.touched()
	return true
}

// cancelCalls ends everything that is under way.
func (m *Session) cancelCalls() {
	for _, c := range []*call{m.listing, m.reading, m.run.call} {
		if c != nil {
			c.cancel()
		}
	}
}
