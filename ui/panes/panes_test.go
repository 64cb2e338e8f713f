package panes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// green is the green pod with its branch ENI; its group's rules let it reach
// the database and nothing else.
func green() *rows.Pod {
	return &rows.Pod{
		Namespace: "sg-per-pod", Name: "green-pod-5c786d8dff-4kmvc", Node: aNode(1).Name, Status: "Running", Ready: true, WantsENI: true,
		ENIID: "eni-0d8a3a3a7f2eb57ab", PrivateIP: "192.168.97.64", VLAN: 3, ENISince: start.Add(-90 * time.Second),
		Policies: []string{"allow-rds-access"}, Groups: []string{"sg-pods"}, CreatedAt: start,
	}
}

func withAccount(o *Options) {
	o.Interfaces = &account{
		interfaces: []world.Interface{
			{ID: "eni-trunk", Type: world.InterfaceTrunk, InstanceID: aNode(1).InstanceID},
			{ID: "eni-0d8a3a3a7f2eb57ab", Type: world.InterfaceBranch, TrunkID: "eni-trunk", VLAN: 3, Groups: []string{"sg-pods"}, PrivateIP: "192.168.97.64", Status: "in-use"},
			{ID: "eni-released", Type: world.InterfaceBranch, TrunkID: "eni-trunk", VLAN: 2, Groups: []string{"sg-pods"}, PrivateIP: "192.168.97.65"},
		},
		groups: []world.SecurityGroup{
			{ID: "sg-pods", Name: "POD_SG", Rules: []world.Rule{{ID: "sgr-out", Direction: world.Egress, Protocol: "-1", FromPort: -1, ToPort: -1, CIDR: "0.0.0.0/0"}}},
			{ID: "sg-db", Name: "RDS_SG", Rules: []world.Rule{{ID: "sgr-in", Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, PeerGroup: "sg-pods"}}},
			{ID: "sg-nodes", Name: "nodes"},
		},
	}
	o.Destinations = []Destination{
		{Name: "the database", GroupNames: []string{"RDS_SG"}, Protocol: "tcp", Port: 5432},
		{Name: "the cluster's DNS", Groups: []string{"sg-nodes"}, Protocol: "udp", Port: 53},
	}
}

// workshop is a screen on which the green pod runs.
func workshop(t *testing.T, width, height int) *screen {
	t.Helper()
	s := newScreen(t, width, height, withAccount)
	<-s.board.polled.changed // EC2 has answered
	signal(s.board.polled.changed)
	s.source.happen(func(u *rows.Update) {
		for i := range 3 {
			n := aNode(i)
			n.Branches = 0
			set(&u.Nodes, n.Name, n)
		}
		busy := aNode(1)
		set(&u.Nodes, busy.Name, busy)
		set(&u.Pods, "sg-per-pod/green-pod-5c786d8dff-4kmvc", green())
		red := &rows.Pod{Namespace: "sg-per-pod", Name: "red-pod-7f68d642ff-x2v9q", Status: "Running", Ready: true, CreatedAt: start}
		set(&u.Pods, "sg-per-pod/"+red.Name, red)
		set(&u.Events, "sg-per-pod/e1", &rows.Event{ClusterEvent: world.ClusterEvent{
			At: start.Add(-5 * time.Second), Type: "Normal", Reason: "ResourceAllocated", Kind: "Pod", Namespace: "sg-per-pod", Name: green().Name,
			Message: "Allocated [{...}] to the pod", Component: "vpc-resource-controller",
		}, Explanation: "The pod has its own branch ENI."})
		u.Rollout = world.Rollout{Observed: true, Desired: 3, Updated: 2, Ready: 3}
	})
	s.update()
	return s
}

func TestEveryViewShowsWhatItIsFor(t *testing.T) {
	s := workshop(t, 200, 60)
	s.sees(
		"aws-node: 2 of 3 nodes updated, 3 ready", "ip-10-0-0-1", "✓ new, ready", "✓ eni-trunk",
		"1+1/9", // one in use, one cooling down, of nine
		"sg-per-pod/green-pod-5c786d8dff-4kmvc", "eni-0d8a3a3a7f2eb57ab", "192.168.97.64",
		"1 of 27 branch ENIs in use, 1 cooling down",
		"ResourceAllocated", "The pod has its own branch ENI.",
	)
	s.keys("z", "right", "right", "right", "right", "right", "right", "right")
	s.sees("POD_SG", "allow-rds-access", "90s")
	s.seesNot("red-pod") // it has no branch ENI
	s.keys("a")
	s.sees("red-pod-7f68d642ff-x2v9q", "all pods")
}

func TestTheFilterShowsOnlyRowsThatContainItAndEscShowsAllAgain(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 50, 200)
	s.update()
	s.keys("/", "0", "0", "1", "7", "7")
	s.sees("orders-7f9c6d5b8-00177", "1 of 1 (200 in all)", "/00177▏")
	s.keys("backspace", "enter")
	s.sees("10 of 12 (200 in all)", "orders-7f9c6d5b8-00171")
	s.keys("esc")
	s.sees("of 200")
	s.keys("/", "N", "o", "!")
	s.sees("no row contains “No!”")
}

func TestSortingByTheChosenColumnAndTheOtherWayRound(t *testing.T) {
	s := newScreen(t, 200, 30)
	fill(s.source, 10, 300)
	s.update()
	s.keys("z", "right", "right", "right", "right", "s")
	s.sees("VLAN↑")
	first := func() string {
		_, row := s.board.pods.rows.Current()
		return fmt.Sprint(row.VLAN)
	}
	s.keys("home")
	if first() != "1" {
		t.Errorf("the first VLAN is %s", first())
	}
	s.keys("s", "home")
	if first() != "100" {
		t.Errorf("the first VLAN the other way round is %s", first())
	}
	s.sees("VLAN↓")
	s.keys("left", "left", "left", "left", "s", "s", "home")
	s.sees("Pod↓", "› shop/"+aPod(299).Name)
}

func TestTheCursorStaysOnItsRowWhileRowsComeAndGo(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 5, 100)
	s.update()
	s.keys("down", "down", "down")
	at, _ := s.board.pods.rows.Current()
	s.source.happen(func(u *rows.Update) {
		u.Pods.Gone = []string{"shop/" + aPod(0).Name, "shop/" + aPod(99).Name}
		early := aPod(5000)
		early.Name = "a-first-pod"
		set(&u.Pods, "shop/a-first-pod", early)
	})
	s.update()
	if now, _ := s.board.pods.rows.Current(); now != at {
		t.Errorf("the cursor went from %q to %q", at, now)
	}
	s.sees("4 of 99", "a-first-pod")
}

func TestFollowingStaysOnWhatHasChangedLast(t *testing.T) {
	s := newScreen(t, 120, 24)
	fill(s.source, 5, 100)
	s.update()
	s.keys("f")
	for _, i := range []int{77, 3, 58} {
		s.source.happen(func(u *rows.Update) {
			p := aPod(i)
			p.Status, p.Ready = "CrashLoopBackOff", false
			set(&u.Pods, "shop/"+p.Name, p)
		})
		s.update()
		s.sees("following", fmt.Sprintf("› shop/%s", aPod(i).Name))
	}
	s.keys("up")
	s.seesNot("following")
}

func TestNothingIsLostHoweverMuchHappensBetweenTwoUpdates(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 100, 1000)
	s.update()
	for round := range 20 {
		for i := range 500 {
			s.source.happen(func(u *rows.Update) {
				p := aPod((round*500 + i*7) % 1000)
				p.VLAN = round + 200
				set(&u.Pods, "shop/"+p.Name, p)
			})
		}
		s.update()
	}
	s.source.happen(func(u *rows.Update) {
		for i := range 1000 {
			p := aPod(i)
			p.VLAN = 4000 - i
			set(&u.Pods, "shop/"+p.Name, p)
		}
	})
	s.update()
	for i := range 1000 {
		if row := s.board.pods.rows.Row("shop/" + aPod(i).Name); row.VLAN != 4000-i {
			t.Fatalf("pod %d shows VLAN %d", i, row.VLAN)
		}
	}
}

func TestOneUpdateIsTakenOnceAlthoughEveryViewHearsOfIt(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 1, 1)
	msg := run(s.wait)
	before := s.board.number
	for _, v := range s.board.Views() {
		v.Update(msg)
	}
	if s.board.number != before+1 {
		t.Errorf("it was taken %d times", s.board.number-before)
	}
}

func TestEC2ThatDoesNotAnswerIsToldBesideWhatIsKnown(t *testing.T) {
	s := newScreen(t, 120, 40, func(o *Options) { o.Interfaces = &account{err: errors.New("connection refused")} })
	<-s.board.polled.changed
	signal(s.board.polled.changed)
	fill(s.source, 3, 3)
	s.update()
	s.sees("EC2 does not answer: connection refused", "orders-7f9c6d5b8-00000")
}

func TestEveryLineOfEverySizeFitsTheScreen(t *testing.T) {
	for _, size := range [][2]int{{60, 12}, {80, 24}, {81, 30}, {120, 40}, {149, 50}, {150, 36}, {200, 60}, {333, 90}} {
		s := workshop(t, size[0], size[1])
		for _, keys := range [][]string{{}, {"2"}, {"enter"}, {"esc"}, {"z"}, {"?"}, {"?", "3"}, {"4"}, {"1", "enter"}, {"esc", "/", "x"}} {
			s.keys(keys...)
			lines := strings.Split(s.watch.View().Content, "\n")
			if len(lines) > size[1] {
				t.Errorf("%v after %q: %d lines", size, keys, len(lines))
			}
			for i, line := range lines {
				if w := ansi.StringWidth(line); w > size[0] {
					t.Errorf("%v after %q: line %d has %d cells: %s", size, keys, i, w, ansi.Strip(line))
				}
			}
		}
	}
}

func TestTheChosenColumnIsAlwaysOnTheScreen(t *testing.T) {
	s := workshop(t, 80, 24)
	p := s.board.pods
	for _, key := range slices.Concat(slices.Repeat([]string{"right"}, 9), slices.Repeat([]string{"left"}, 9)) {
		s.keys(key)
		s.sees(p.columns[p.column].Title)
	}
}

func TestASmallScreenSaysSoInOneLine(t *testing.T) {
	s := workshop(t, 59, 11)
	s.sees("podsg watch needs 60×12 cells; this is 59×11")
}

func TestAnEndpointThatNeverAnswersLeavesTheScreenAliveAndEscLeaves(t *testing.T) {
	w := newWatch(Screen{Title: "workshop"}, func() tea.Msg { select {} })
	w.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	for range 9 {
		w.Update(secondMsg{})
	}
	text := ansi.Strip(w.View().Content)
	if !strings.Contains(text, "Reading the cluster … 9s") || !strings.Contains(text, "an endpoint may not answer. esc leaves.") {
		t.Errorf("the screen says:\n%s", text)
	}
	if _, quits := run(w.key(keyPress("esc"))).(tea.QuitMsg); !quits {
		t.Error("esc does not leave")
	}
}

func TestClosingEndsEverythingThatWasStarted(t *testing.T) {
	closed := 0
	s := newScreen(t, 80, 24, func(o *Options) { o.Closed = func() { closed++ } })
	s.board.Close()
	s.board.Close()
	if closed != 1 || !errors.Is(s.board.ctx.Err(), context.Canceled) {
		t.Errorf("closed %d times, context %v", closed, s.board.ctx.Err())
	}
	if msg := run(s.wait); msg != nil {
		t.Errorf("the waiting command answers %v", msg)
	}
}

func TestNetworkInterfacesAreReadLessOftenWhileThatTakesLongOrFails(t *testing.T) {
	now, rests := start, make(chan time.Duration)
	a := &slowAccount{took: 20 * time.Second, now: &now}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	again := make(chan time.Time)
	p := newPoller(Options{Interfaces: a, Every: 10 * time.Second, Now: func() time.Time { return now }, After: func(d time.Duration) <-chan time.Time {
		rests <- d
		return again
	}})
	go p.run(ctx)
	for i, step := range []struct {
		took time.Duration
		err  error
		want time.Duration
	}{
		{20 * time.Second, nil, 100 * time.Second},
		{time.Second, nil, 10 * time.Second},
		{time.Second, errors.New("throttled"), 20 * time.Second},
		{time.Second, errors.New("throttled"), 40 * time.Second},
		{time.Second, nil, 10 * time.Second},
	} {
		if i > 0 {
			a.took, a.err = step.took, step.err
			again <- time.Time{}
		}
		if got := <-rests; got != step.want {
			t.Errorf("read %d took %s (%v): it rests %s, want %s", i, step.took, step.err, got, step.want)
		}
	}
}

// slowAccount is an account that takes its time.
type slowAccount struct {
	account
	took time.Duration
	now  *time.Time
}

func (a *slowAccount) PodInterfaces(context.Context, string, func(world.Interface)) error {
	*a.now = a.now.Add(a.took)
	return a.err
}
