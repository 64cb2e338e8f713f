package wizard

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// The results of the calls that read.
type (
	IdentityMsg struct {
		call     int
		identity world.Identity
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
func (s *Session) begin(what string) (*Call, context.Context) {
	s.calls++
	ctx, cancel := context.WithCancel(s.Env.Ctx)
	return &Call{number: s.calls, What: what, Started: s.Env.Now(), cancel: cancel, Feed: newFeed()}, ctx
}

// List asks who the caller is and which clusters there are, at the same time.
func (s *Session) List() tea.Cmd {
	if s.Listing != nil {
		s.Listing.cancel()
	}
	c, ctx := s.begin("Asking AWS who you are and which clusters there are")
	s.Listing, s.identified, s.Listed, s.IdentityErr, s.ClustersErr = c, false, false, nil, nil
	engine := s.Options.Engine
	s.Touched()
	return tea.Batch(
		s.Env.Guarded(func() tea.Msg {
			id, err := engine.Identity(ctx)
			return IdentityMsg{c.number, id, err}
		}, func(err error) tea.Msg { return IdentityMsg{call: c.number, err: err} }),
		s.Env.Guarded(func() tea.Msg {
			names, err := engine.Clusters(ctx)
			return ClustersMsg{c.number, names, err}
		}, func(err error) tea.Msg { return ClustersMsg{call: c.number, err: err} }),
	)
}

// OnListed takes over who the caller is, or which clusters there are.
func (s *Session) OnListed(msg tea.Msg) tea.Cmd {
	if s.Listing == nil {
		return nil
	}
	switch msg := msg.(type) {
	case IdentityMsg:
		if msg.call == s.Listing.number {
			s.Identity, s.IdentityErr, s.identified = msg.identity, msg.err, true
		}
	case ClustersMsg:
		if msg.call == s.Listing.number {
			s.Clusters, s.ClustersErr, s.Listed = msg.names, msg.err, true
		}
	}
	if s.Listed && s.identified {
		s.Listing.cancel()
		s.Listing = nil
	}
	s.Touched()
	return nil
}

// Read observes the chosen cluster.
func (s *Session) Read() tea.Cmd {
	if s.Reading != nil {
		s.Reading.cancel()
	}
	c, ctx := s.begin("Reading cluster " + s.Intent.Cluster)
	s.Reading, s.ReadLog, s.Facts = c, nil, map[world.Fact]bool{}
	s.World.Err = nil
	engine, in := s.Options.Engine, Clone(s.Intent)
	c.scope = ScopeOf(in)
	s.Touched()
	return tea.Batch(
		s.Env.Guarded(func() tea.Msg {
			defer c.Feed.close()
			obs, err := engine.Observe(ctx, in, c.Feed.Observe)
			return ObservedMsg{c.number, obs, err}
		}, func(err error) tea.Msg { return ObservedMsg{call: c.number, err: err} }),
		s.Env.wait(c),
	)
}

// ReadIfChanged reads the world again if the answers ask for another part of it.
func (s *Session) ReadIfChanged() tea.Cmd {
	if s.World.Obs != nil && s.Reading == nil && ScopeOf(s.Intent) != s.World.Scope {
		return s.Read()
	}
	return nil
}

// OnObserved takes over what a cluster was observed to be.
func (s *Session) OnObserved(msg ObservedMsg) tea.Cmd {
	if s.Reading == nil || msg.call != s.Reading.number {
		return nil
	}
	s.Reading.cancel()
	scope := s.Reading.scope
	s.Reading = nil
	if msg.err != nil {
		s.World.Err = msg.err
		s.Touched()
		return nil
	}
	s.World.Obs, s.World.Stale, s.World.Scope = msg.obs, false, scope
	s.Identity = msg.obs.Cloud.Identity
	if s.OnlyChecks {
		s.Intent.Namespace = intent.NamespaceToDiagnose(msg.obs.Snapshot, s.Intent)
	}
	s.World.Settle(s.Intent, s.OnlyChecks)
	s.Touched()
	// The answers may have changed while the world was being read.
	return s.ReadIfChanged()
}

// OnFeed takes over what a call has told, and waits for more.
func (s *Session) OnFeed(msg FeedMsg) tea.Cmd {
	var c *Call
	switch {
	case s.Reading != nil && s.Reading.number == msg.call:
		c = s.Reading
		for _, e := range msg.events {
			if e.Type == plan.EventFactRead {
				s.Facts[e.Fact] = true
			}
			if e.Progress != nil && e.Progress.Text != "" {
				s.ReadLog = append(s.ReadLog, e.Progress.Text)
			}
		}
	case s.Run.Call != nil && s.Run.Call.number == msg.call:
		c = s.Run.Call
		s.Run.take(msg.events, s.Env.Now())
	default:
		return nil
	}
	s.Touched()
	if msg.closed {
		return nil
	}
	return s.Env.After(feedPause, FeedAgainMsg{c.number})
}

// OnFeedAgain waits for more of a call, after the pause.
func (s *Session) OnFeedAgain(msg FeedAgainMsg) tea.Cmd {
	for _, c := range []*Call{s.Reading, s.Run.Call} {
		if c != nil && c.number == msg.call {
			return s.Env.wait(c)
		}
	}
	return nil
}

// Abandon gives up the call that reads; it reports whether there was one.
func (s *Session) Abandon() bool {
	switch {
	case s.Reading != nil:
		s.Reading.cancel()
		s.Reading = nil
	case s.Listing != nil:
		s.Listing.cancel()
		s.Listing, s.Listed = nil, true
		s.ClustersErr = &world.Problem{
			Kind: world.ProblemInterrupted, Doing: "list the clusters", Hint: "Press r to ask again, or q to leave.",
		}
	default:
		return false
	}
	s.Touched()
	return true
}

// CancelCalls ends everything that is under way.
func (s *Session) CancelCalls() {
	for _, c := range []*Call{s.Listing, s.Reading, s.Run.Call} {
		if c != nil {
			c.cancel()
		}
	}
}
