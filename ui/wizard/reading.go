package wizard

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
)

// The results of the calls that read.
type (
	IdentityMsg struct {
		call     int
		identity steps.Identity
		err      error
	}
	ClustersMsg struct {
		call  int
		names []string
		err   error
	}
	ObservedMsg struct {
		call int
		obs  *steps.Observation
		err  error
	}
	// FeedAgainMsg ends the pause between two deliveries of a feed.
	FeedAgainMsg struct{ call int }
)

// begin numbers a call and gives it a context that ends with it.
func (m *Session) begin(what string) (*Call, context.Context) {
	m.calls++
	ctx, cancel := context.WithCancel(m.Env.Ctx)
	return &Call{number: m.calls, What: what, Started: m.Env.Now(), cancel: cancel, Feed: newFeed()}, ctx
}

// List asks who the caller is and which clusters there are, at the same time.
func (m *Session) List() tea.Cmd {
	if m.Listing != nil {
		m.Listing.cancel()
	}
	c, ctx := m.begin("Asking AWS who you are and which clusters there are")
	m.Listing, m.identified, m.Listed, m.IdentityErr, m.ClustersErr = c, false, false, nil, nil
	engine := m.Options.Engine
	m.Touched()
	return tea.Batch(
		m.Env.Guarded(func() tea.Msg {
			id, err := engine.Identity(ctx)
			return IdentityMsg{c.number, id, err}
		}, func(err error) tea.Msg { return IdentityMsg{call: c.number, err: err} }),
		m.Env.Guarded(func() tea.Msg {
			names, err := engine.Clusters(ctx)
			return ClustersMsg{c.number, names, err}
		}, func(err error) tea.Msg { return ClustersMsg{call: c.number, err: err} }),
	)
}

// OnListed takes over who the caller is, or which clusters there are.
func (m *Session) OnListed(msg tea.Msg) tea.Cmd {
	if m.Listing == nil {
		return nil
	}
	switch msg := msg.(type) {
	case IdentityMsg:
		if msg.call == m.Listing.number {
			m.Identity, m.IdentityErr, m.identified = msg.identity, msg.err, true
		}
	case ClustersMsg:
		if msg.call == m.Listing.number {
			m.Clusters, m.ClustersErr, m.Listed = msg.names, msg.err, true
		}
	}
	if m.Listed && m.identified {
		m.Listing.cancel()
		m.Listing = nil
	}
	m.Touched()
	return nil
}

// Read observes the chosen cluster.
func (m *Session) Read() tea.Cmd {
	if m.Reading != nil {
		m.Reading.cancel()
	}
	c, ctx := m.begin("Reading cluster " + m.Intent.Cluster)
	m.Reading, m.ReadLog, m.Facts = c, nil, map[steps.Fact]bool{}
	m.World.Err = nil
	engine, in := m.Options.Engine, Clone(m.Intent)
	c.scope = ScopeOf(in)
	m.Touched()
	return tea.Batch(
		m.Env.Guarded(func() tea.Msg {
			defer c.Feed.close()
			obs, err := engine.Observe(ctx, in, c.Feed.Observe)
			return ObservedMsg{c.number, obs, err}
		}, func(err error) tea.Msg { return ObservedMsg{call: c.number, err: err} }),
		m.Env.wait(c),
	)
}

// ReadIfChanged reads the world again if the answers ask for another part of it.
func (m *Session) ReadIfChanged() tea.Cmd {
	if m.World.Obs != nil && m.Reading == nil && ScopeOf(m.Intent) != m.World.Scope {
		return m.Read()
	}
	return nil
}

// OnObserved takes over what a cluster was observed to be.
func (m *Session) OnObserved(msg ObservedMsg) tea.Cmd {
	if m.Reading == nil || msg.call != m.Reading.number {
		return nil
	}
	m.Reading.cancel()
	scope := m.Reading.scope
	m.Reading = nil
	if msg.err != nil {
		m.World.Err = msg.err
		m.Touched()
		return nil
	}
	m.World.Obs, m.World.Stale, m.World.Scope = msg.obs, false, scope
	m.Identity = msg.obs.Cloud.Identity
	if m.OnlyChecks {
		m.Intent.Namespace = steps.NamespaceToDiagnose(msg.obs.Snapshot, m.Intent)
	}
	m.World.Settle(m.Intent, m.OnlyChecks)
	m.Touched()
	// The answers may have changed while the world was being read.
	return m.ReadIfChanged()
}

// OnFeed takes over what a call has told, and waits for more.
func (m *Session) OnFeed(msg FeedMsg) tea.Cmd {
	var c *Call
	switch {
	case m.Reading != nil && m.Reading.number == msg.call:
		c = m.Reading
		for _, e := range msg.events {
			if e.Type == steps.EventFactRead {
				m.Facts[e.Fact] = true
			}
			if e.Progress != nil && e.Progress.Text != "" {
				m.ReadLog = append(m.ReadLog, e.Progress.Text)
			}
		}
	case m.Run.Call != nil && m.Run.Call.number == msg.call:
		c = m.Run.Call
		m.Run.take(msg.events, m.Env.Now())
	default:
		return nil
	}
	m.Touched()
	if msg.closed {
		return nil
	}
	return m.Env.After(feedPause, FeedAgainMsg{c.number})
}

// OnFeedAgain waits for more of a call, after the pause.
func (m *Session) OnFeedAgain(msg FeedAgainMsg) tea.Cmd {
	for _, c := range []*Call{m.Reading, m.Run.Call} {
		if c != nil && c.number == msg.call {
			return m.Env.wait(c)
		}
	}
	return nil
}

// Abandon gives up the call that reads; it reports whether there was one.
func (m *Session) Abandon() bool {
	switch {
	case m.Reading != nil:
		m.Reading.cancel()
		m.Reading = nil
	case m.Listing != nil:
		m.Listing.cancel()
		m.Listing, m.Listed = nil, true
		m.ClustersErr = &steps.Problem{
			Kind: steps.ProblemInterrupted, Doing: "list the clusters", Hint: "Press r to ask again, or q to leave.",
		}
	default:
		return false
	}
	m.Touched()
	return true
}

// CancelCalls ends everything that is under way.
func (m *Session) CancelCalls() {
	for _, c := range []*Call{m.Listing, m.Reading, m.Run.Call} {
		if c != nil {
			c.cancel()
		}
	}
}
