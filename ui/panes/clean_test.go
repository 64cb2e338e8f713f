package panes

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// hostile tries to move the cursor, to colour, to set the title and to break
// the line.
const hostile = "bad\x1b[2J\x1b[31m\x1b]0;owned\x07\r\n\t\x00\u009b1m\u202ething"

var styling = regexp.MustCompile(`\x1b\[[0-9;]*m`)

func TestNoControlCharacterOfTheDataReachesTheScreen(t *testing.T) {
	s := workshop(t, 200, 60)
	s.source.annotation = hostile
	s.source.happen(func(u *rows.Update) {
		n := aNode(1)
		n.Agent, n.AgentReady, n.AgentHold = rows.RevisionNew, false, hostile
		set(&u.Nodes, n.Name, n)
		p := green()
		p.Status, p.Message, p.ENIID, p.PrivateIP, p.Groups = hostile, hostile, "eni-"+hostile, hostile, []string{hostile}
		set(&u.Pods, p.Namespace+"/"+p.Name, p)
		set(&u.Events, "sg-per-pod/e2", &rows.Event{ClusterEvent: world.ClusterEvent{
			At: start, Type: "Warning", Reason: hostile, Kind: "Pod", Namespace: "sg-per-pod", Name: hostile, Message: hostile, Component: hostile,
		}, Explanation: hostile})
		u.Pods.Trouble = hostile
	})
	s.board.logs.add(logRow{probe: "green-pod", pod: "green-pod-1", LogLine: rows.LogLine{Text: "log " + hostile}})
	s.board.polled.latest = &facts{err: errors.New(hostile)}
	s.update()
	for _, keys := range [][]string{{}, {"1", "enter"}, {"esc", "2", "enter"}, {"esc", "3", "enter"}, {"esc", "4", "enter"}, {"y"}} {
		s.keys(keys...)
		content := s.watch.View().Content
		if !strings.Contains(content, "bad") {
			t.Errorf("after %q nothing of the data is on the screen", keys)
		}
		for _, unwanted := range []string{"owned", "\x1b[31m"} {
			if strings.Contains(content, unwanted) {
				t.Errorf("after %q the screen holds %q", keys, unwanted)
			}
		}
		if lines := strings.Split(content, "\n"); len(lines) != 60 {
			t.Errorf("after %q the screen has %d lines", keys, len(lines))
		}
		for _, r := range styling.ReplaceAllString(content, "") {
			if r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("after %q the screen holds %U", keys, r)
			}
		}
	}
}

func TestRowsWithNothingToCleanAreNotCopied(t *testing.T) {
	n, p, e := aNode(1), aPod(1), &rows.Event{Explanation: "The pod has its own branch ENI."}
	if cleanNode(n) != n || cleanPod(p) != p || cleanEvent(e) != e {
		t.Error("a clean row was copied")
	}
}
