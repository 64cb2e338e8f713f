package panes

import (
	"strings"
	"testing"
	"time"

	"podsg/kube/live/rows"
)

const outage = `Get "https://10.0.0.1/api/v1/pods?watch=true": dial tcp 10.0.0.1:443: connect: connection refused`

// lost makes the sources of panes fail.
func (s *screen) lost(trouble string, panes ...string) {
	s.source.happen(func(u *rows.Update) {
		for _, p := range panes {
			switch p {
			case "nodes":
				u.Nodes.Trouble = trouble
			case "pods":
				u.Pods.Trouble = trouble
			case "events":
				u.Events.Trouble = trouble
			}
		}
	})
	s.update()
}

func TestTheHeadSaysForHowLongTheClusterHasNotBeenHeardFrom(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.sees("reading …")
	fill(s.source, 3, 3)
	s.update()
	s.lost(outage, "nodes", "pods", "events")
	s.now = s.now.Add(40 * time.Second)
	head := strings.Split(s.text(), "\n")[1]
	if want := "! not heard from the API for 40s: dial tcp 10.0.0.1:443: connect: connection re…"; head != want {
		t.Errorf("the head is %q, want %q", head, want)
	}
	s.sees("orders-7f9c6d5b8-00000", "branch ENIs in use") // what was known stays
	s.source.happen(func(u *rows.Update) {})
	s.update()
	s.seesNot("not heard from")
}

func TestOnlyTheViewsThatAreOutOfDateAreNamed(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 3, 3)
	s.update()
	s.lost("the server is busy", "pods")
	s.now = s.now.Add(40 * time.Second)
	s.sees("! Pods: not heard from the API for 40s: the server is busy")
}

func TestWhatEC2TellsIsNoWordOfTheCluster(t *testing.T) {
	s := newScreen(t, 120, 40)
	fill(s.source, 3, 3)
	s.update()
	s.lost("the server is busy", "pods")
	s.now = s.now.Add(40 * time.Second)
	signal(s.board.polled.changed)
	s.source.mu.Lock()
	s.source.pending.Pods.Trouble = "the server is busy"
	s.source.mu.Unlock()
	s.update()
	s.sees("for 40s")
}

func TestRowsThatTheUserMayNotSeeAreToldByTheirView(t *testing.T) {
	s := newScreen(t, 120, 24)
	fill(s.source, 3, 3)
	s.update()
	s.lost("not allowed: pods is forbidden", "pods")
	s.sees("! not allowed: pods is forbidden", "orders-7f9c6d5b8-00000")
	s.seesNot("not heard from")
	s.lost("connection refused; not allowed: pods is forbidden", "pods")
	s.sees("! Pods: not heard from the API for 0s: connection refused; not allowed")
}

func TestTroubleLeavesRoomForWhatAKeyHasDone(t *testing.T) {
	s := newScreen(t, 80, 24)
	s.board.headed = false // as on the page of a run, which has no such head
	fill(s.source, 3, 3)
	s.update()
	s.lost(outage, "pods")
	s.now = s.now.Add(40 * time.Second)
	s.sees("! not heard from the API for 40s: dial tcp")
	s.keys("y")
	s.sees("! not heard from the API", " · sent to the clipboard: ")
	s.keys("/", "0")
	s.sees("! not heard from the API", " · /0▏")
}
