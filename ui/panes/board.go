package panes

import (
	"context"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// pause is the shortest time between two updates of the screen.
const pause = 100 * time.Millisecond

// Options say what the panes look at.
type Options struct {
	// Title names the cluster: "workshop, us-west-2".
	Title  string
	Source Source
	// Interfaces tells about network interfaces; nil: only what the cluster
	// itself knows is shown.
	Interfaces Interfaces
	VPCID      string
	// NoTrunk reports whether nodes of an instance type can never have a trunk
	// ENI; nil: none is known for that.
	NoTrunk func(instanceType string) bool
	// Every is how often the network interfaces are read.
	Every time.Duration
	// Namespace and Probes are where the test pods run and what their names
	// begin with, in the order of their colours: green, red.
	Namespace string
	Probes    []string
	// Destinations are what the rules of a pod's groups are held against.
	Destinations []Destination
	// Now and After are the clock; nil: the real one.
	Now   func() time.Time
	After func(d time.Duration) <-chan time.Time
	// Closed is called once, when the panes are closed.
	Closed func()
}

// Destination is something that pods want to reach.
type Destination struct {
	Name string // "the database"
	// Its security groups, by id, or by name while they have not been made.
	Groups, GroupNames []string
	Protocol           string
	Port               int
}

// Board is what the panes of one cluster have in common: the rows, and the one
// command that waits for them to change.
type Board struct {
	options Options
	ctx     context.Context
	cancel  context.CancelFunc
	started bool
	closing sync.Once
	number  int // of the update that is waited for
	pause   time.Duration

	taken  int  // how many updates have been taken
	headed bool // the screen has a head that tells of trouble

	rollout  world.Rollout
	facts    *facts
	capacity capacity
	logs     *logFeed
	polled   *poller

	nodes  *pane[rows.Node]
	pods   *pane[rows.Pod]
	events *pane[rows.Event]
	lines  *pane[logRow]
	newest map[string]*rows.Pod // test pods whose logs are followed, by what their names begin with
}

// New makes the panes of a cluster. They begin to ask when the first one is
// started, and end when one is closed or ctx ends.
func New(ctx context.Context, options Options) *Board {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.After == nil {
		options.After = time.After
	}
	if options.Every <= 0 {
		options.Every = 10 * time.Second
	}
	b := &Board{options: options, pause: pause, facts: &facts{}, newest: map[string]*rows.Pod{}}
	b.capacity.facts = b.facts
	b.ctx, b.cancel = context.WithCancel(ctx)
	b.logs, b.polled = newLogFeed(options), newPoller(options)
	b.nodes, b.pods, b.events, b.lines = newNodes(b), newPods(b), newEvents(b), newLogs(b)
	return b
}

// Views are the panes, in the order in which they are shown.
func (b *Board) Views() []View { return []View{b.nodes, b.pods, b.events, b.lines} }

// Close ends what the panes have started.
func (b *Board) Close() {
	b.closing.Do(func() {
		b.cancel()
		if b.options.Closed != nil {
			b.options.Closed()
		}
	})
}

// updateMsg is what has happened since the last one.
type updateMsg struct {
	board  *Board
	number int
	heard  bool // from the cluster, rather than from EC2
	update rows.Update
	lines  []logRow
	facts  *facts
}

// againMsg ends the pause after an update.
type againMsg struct {
	board  *Board
	number int
}

// start begins to wait; the panes after the first have nothing to start.
func (b *Board) start() tea.Cmd {
	if b.started {
		return nil
	}
	b.started = true
	if b.options.Interfaces != nil {
		go b.polled.run(b.ctx)
	}
	return b.wait()
}

// wait is the command that waits for something to happen, and fetches it.
func (b *Board) wait() tea.Cmd {
	b.number++
	number := b.number
	return func() tea.Msg {
		heard := true
		select {
		case <-b.ctx.Done():
			return nil
		case <-b.options.Source.Changed():
		case <-b.logs.changed:
		case <-b.polled.changed:
			heard = false
		}
		update := b.options.Source.Take()
		clean(&update)
		return updateMsg{board: b, number: number, heard: heard, update: update, lines: b.logs.take(), facts: b.polled.take()}
	}
}

// update takes a message. Every pane is given every message; the first that
// passes it on has it handled.
func (b *Board) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case updateMsg:
		if msg.board != b || msg.number != b.number {
			return nil
		}
		b.number++
		b.take(msg)
		again := againMsg{b, b.number}
		return tea.Batch(tea.Tick(b.pause, func(time.Time) tea.Msg { return again }), b.pods.askAgain())
	case againMsg:
		if msg.board != b || msg.number != b.number {
			return nil
		}
		return b.wait()
	}
	return nil
}

// perUpdate keeps what is made of many rows until the next update: frames are
// drawn more often than that.
type perUpdate[T any] struct {
	at    int
	value T
}

func (c *perUpdate[T]) get(b *Board, make func() T) T {
	if at := b.taken + 1; c.at != at {
		c.at, c.value = at, make()
	}
	return c.value
}

// take takes over what has happened.
func (b *Board) take(msg updateMsg) {
	b.taken++
	b.rollout = msg.update.Rollout
	b.capacity.take(b.nodes.rows, msg.update.Nodes)
	b.nodes.take(msg.update.Nodes, msg.heard)
	b.pods.take(msg.update.Pods, msg.heard)
	b.events.take(msg.update.Events, msg.heard)
	if msg.facts != nil {
		b.facts = msg.facts
		b.capacity.recount(b.nodes.rows, b.facts)
	}
	b.followProbes(msg.update.Pods)
	b.lines.take(b.logs.delta(msg.lines), msg.heard)
}
