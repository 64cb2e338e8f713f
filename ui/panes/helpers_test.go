package panes

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// source is a cluster that tests play. It gathers what happens as a feed does.
type source struct {
	changed chan struct{}

	mu         sync.Mutex
	pending    rows.Update
	annotation string

	followed chan followedLog
	emit     map[string]func(rows.LogLine) // of those that have been followed
}

// followedLog is a log that is being followed.
type followedLog struct {
	pod  string
	emit func(rows.LogLine)
}

var _ Source = (*source)(nil)

func newSource() *source {
	return &source{changed: make(chan struct{}, 1), followed: make(chan followedLog, 10), emit: map[string]func(rows.LogLine){}}
}

func (s *source) Changed() <-chan struct{} { return s.changed }

func (s *source) Take() rows.Update {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.pending
	s.pending = rows.Update{Rollout: u.Rollout}
	s.pending.Nodes.Synced, s.pending.Pods.Synced, s.pending.Events.Synced = u.Nodes.Synced, u.Pods.Synced, u.Events.Synced
	return u
}

func (s *source) Annotation(_ context.Context, namespace, pod string) (string, error) {
	if s.annotation == "" {
		return "", errors.New("pod " + namespace + "/" + pod + " is gone")
	}
	return s.annotation, nil
}

func (s *source) Follow(ctx context.Context, _, pod string, emit func(rows.LogLine)) error {
	s.followed <- followedLog{pod, emit}
	<-ctx.Done()
	return nil
}

// happen changes the cluster.
func (s *source) happen(change func(u *rows.Update)) {
	s.mu.Lock()
	change(&s.pending)
	s.mu.Unlock()
	signal(s.changed)
}

func set[R any](d *rows.Delta[R], key string, row *R) {
	if d.Set == nil {
		d.Set = map[string]*R{}
	}
	d.Set[key] = row
	d.Synced = true
}

// account answers what EC2 knows.
type account struct {
	interfaces []world.Interface
	groups     []world.SecurityGroup
	err        error
}

func (a *account) PodInterfaces(_ context.Context, _ string, each func(world.Interface)) error {
	for _, e := range a.interfaces {
		each(e)
	}
	return a.err
}

func (a *account) SecurityGroups(context.Context, string) ([]world.SecurityGroup, error) {
	return a.groups, nil
}

// aNode and aPod are rows of a cluster in which everything is as it must be.
func aNode(i int) *rows.Node {
	return &rows.Node{
		Name: fmt.Sprintf("ip-10-%d-%d-%d.us-west-2.compute.internal", i>>16, i>>8&255, i&255), InstanceID: fmt.Sprintf("i-%017x", i),
		Type: "m5.large", Zone: "us-west-2a", Nodegroup: "workers", Ready: true, Agent: rows.RevisionNew, AgentReady: true,
		Trunk: rows.TrunkAttached, Branches: 1, Limit: 9, CreatedAt: start.Add(-time.Hour),
	}
}

func aPod(i int) *rows.Pod {
	return &rows.Pod{
		Namespace: "shop", Name: fmt.Sprintf("orders-7f9c6d5b8-%05d", i), Node: aNode(i % 5000).Name, Status: "Running", Ready: true,
		WantsENI: true, ENIID: fmt.Sprintf("eni-%017x", i), PrivateIP: fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), VLAN: i%100 + 1,
		ENISince: start.Add(-time.Duration(i) * time.Second), Policies: []string{"orders"}, Groups: []string{"sg-0123456789abcdef0"},
		CreatedAt: start.Add(-time.Hour),
	}
}

// fill gives the source a cluster.
func fill(s *source, nodes, pods int) {
	s.happen(func(u *rows.Update) {
		for i := range nodes {
			n := aNode(i)
			set(&u.Nodes, n.Name, n)
		}
		for i := range pods {
			p := aPod(i)
			set(&u.Pods, p.Namespace+"/"+p.Name, p)
		}
		u.Events.Synced = true
		u.Rollout = world.Rollout{Observed: true, Desired: nodes, Updated: nodes, Ready: nodes}
	})
}

// screen drives podsg watch without a terminal and without waiting: an update is
// fetched when the test asks for it.
type screen struct {
	t      testing.TB
	source *source
	board  *Board
	watch  *watch
	wait   tea.Cmd
	sent   []string // to the clipboard
	quit   bool
	now    time.Time
}

func newScreen(t testing.TB, width, height int, change ...func(o *Options)) *screen {
	t.Helper()
	s := &screen{t: t, source: newSource(), now: start}
	options := Options{
		Title: "workshop, us-west-2", Source: s.source, Namespace: "sg-per-pod", Probes: []string{"green-pod", "red-pod"},
		NoTrunk: func(instanceType string) bool { return instanceType == "t3.medium" },
		Now:     func() time.Time { return s.now }, After: func(time.Duration) <-chan time.Time { return nil },
	}
	for _, c := range change {
		c(&options)
	}
	s.board = New(t.Context(), options)
	s.board.pause = 0
	s.watch = newWatch(Screen{Title: "workshop"}, nil)
	s.watch.Update(tea.WindowSizeMsg{Width: width, Height: height})
	s.wait = s.watch.opened(openedMsg{board: s.board})
	return s
}

// update waits for what has happened and shows it.
func (s *screen) update() {
	s.t.Helper()
	msg := run(s.wait)
	if msg == nil {
		s.t.Fatal("the panes do not wait for anything")
	}
	_, cmd := s.watch.Update(msg)
	for _, msg := range messages(cmd) {
		if _, again := msg.(againMsg); again {
			s.wait = s.board.update(msg)
			continue
		}
		s.watch.Update(msg)
	}
}

// messages runs a command and what it is made of, and returns all messages.
func messages(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	switch msg := cmd().(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		var out []tea.Msg
		for _, c := range msg {
			out = append(out, messages(c)...)
		}
		return out
	default:
		return []tea.Msg{msg}
	}
}

// run runs a command and what it is made of, and returns its last message.
func run(cmd tea.Cmd) tea.Msg {
	all := messages(cmd)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

// keys presses keys; text in quotes is typed.
func (s *screen) keys(keys ...string) {
	s.t.Helper()
	for _, k := range keys {
		msg := run(s.watch.key(keyPress(k)))
		switch msg := msg.(type) {
		case nil:
		case tea.QuitMsg:
			s.quit = true
		case annotationMsg:
			s.watch.Update(msg)
		default:
			s.sent = append(s.sent, fmt.Sprint(msg))
		}
	}
}

// keyPress is the message of a key, by its name.
func keyPress(name string) tea.KeyPressMsg {
	named := map[string]rune{
		"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "enter": tea.KeyEnter, "esc": tea.KeyEscape,
		"tab": tea.KeyTab, "home": tea.KeyHome, "end": tea.KeyEnd, "pgdown": tea.KeyPgDown, "pgup": tea.KeyPgUp, "backspace": tea.KeyBackspace,
	}
	if code, ok := named[name]; ok {
		return tea.KeyPressMsg{Code: code}
	}
	r := []rune(name)[0]
	return tea.KeyPressMsg{Code: r, Text: name}
}

func (s *screen) text() string { return ansi.Strip(s.watch.View().Content) }

func (s *screen) sees(wanted ...string) {
	s.t.Helper()
	text := s.text()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			s.t.Errorf("%q is not on the screen:\n%s", w, text)
		}
	}
}

func (s *screen) seesNot(unwanted ...string) {
	s.t.Helper()
	text := s.text()
	for _, w := range unwanted {
		if strings.Contains(text, w) {
			s.t.Errorf("%q is on the screen:\n%s", w, text)
		}
	}
}
