package panes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"podsg/kube/live/rows"
	"podsg/steps/world"
	"podsg/ui/table"
)

func TestTheDetailsShowTheAnnotationTheGroupsAndTheRulesThatMatter(t *testing.T) {
	s := workshop(t, 120, 50)
	s.source.annotation = `[{"eniId":"eni-0d8a3a3a7f2eb57ab","vlanId":3}]`
	s.keys("z", "enter")
	s.sees(`[{"eniId":"eni-0d8a3a3a7f2eb57ab","vlanId":3}]`, "sg-pods (POD_SG)", "eni-trunk", "192.168.97.64 on VLAN 3",
		"the database, tcp 5432", "✓ admitted: ", "sgr-in", "the cluster's DNS, udp 53", "× not admitted: ")
	s.keys("esc")
	s.seesNot("sgr-in")
}

func TestTheDetailsSayWhyAnAnnotationCannotBeRead(t *testing.T) {
	s := workshop(t, 120, 50)
	s.keys("enter")
	s.sees("could not be read: pod sg-per-pod/green-pod-5c786d8dff-4kmvc is gone")
}

func TestTheAnnotationIsReadAgainWhenTheBranchENIArrives(t *testing.T) {
	s := workshop(t, 120, 50)
	s.source.happen(func(u *rows.Update) {
		waits := green()
		waits.ENIID, waits.PrivateIP, waits.VLAN = "", "", 0
		set(&u.Pods, "sg-per-pod/"+waits.Name, waits)
	})
	s.update()
	s.source.annotation = " " // there is none yet
	s.keys("z", "enter")
	s.sees("It has no branch ENI")
	s.source.annotation = `[{"eniId":"eni-0d8a3a3a7f2eb57ab"}]`
	s.source.happen(func(u *rows.Update) { set(&u.Pods, "sg-per-pod/"+green().Name, green()) })
	s.update()
	s.sees(`[{"eniId":"eni-0d8a3a3a7f2eb57ab"}]`)
	s.seesNot("reading …")
	s.watch.Update(annotationMsg{key: "sg-per-pod/" + green().Name, text: "late"})
	s.seesNot("late") // it was asked for before there was an ENI
}

func TestTheDetailsOfANodeNameItsBranchENIs(t *testing.T) {
	s := workshop(t, 120, 50)
	s.keys("1", "down", "enter", "z")
	s.sees("VLAN 2", "eni-released 192.168.97.65, cooling down", "VLAN 3", "sg-per-pod/green-pod", "i-00000000000000001 m5.large")
}

func TestANodeWhoseTypeCannotHaveATrunkENISaysSo(t *testing.T) {
	s := workshop(t, 120, 50)
	s.source.happen(func(u *rows.Update) {
		n := aNode(7)
		n.Type, n.Trunk, n.Branches, n.Limit = "t3.medium", rows.TrunkAsked, 0, 0
		set(&u.Nodes, n.Name, n)
	})
	s.update()
	s.keys("1")
	s.sees("× type has none")
	s.seesNot("asked for")
	s.keys("/", "t", "y", "p", "e")
	s.sees("1 of 1 (4 in all)")
}

func TestBranchENIsThatCoolDownTakeUpPlaces(t *testing.T) {
	s := workshop(t, 200, 50)
	s.source.happen(func(u *rows.Update) {
		n := aNode(1)
		n.Branches, n.Limit = 1, 2
		set(&u.Nodes, n.Name, n)
	})
	s.update()
	s.sees("full 1+1/2")
}

func TestWhatIsSummedUpOverManyRowsFollowsEveryUpdate(t *testing.T) {
	s := workshop(t, 120, 50)
	s.keys("1", "down", "enter", "z")
	s.sees("eni-0d8a3a3a7f2eb57ab 192.168.97.64 of sg-per-pod/green-pod")
	s.source.happen(func(u *rows.Update) {
		u.Pods.Gone = []string{"sg-per-pod/" + green().Name}
		free := aNode(1)
		free.Branches = 0
		set(&u.Nodes, free.Name, free)
	})
	s.update()
	s.sees("eni-0d8a3a3a7f2eb57ab 192.168.97.64, cooling down")
	s.keys("esc", "z", "2")
	s.sees("0 of 27 branch ENIs in use, 2 cooling down")
}

func TestAPodWhoseGroupsAreNotThoseOfItsPolicyIsMarked(t *testing.T) {
	s := workshop(t, 200, 50)
	s.source.happen(func(u *rows.Update) {
		p := green()
		p.Groups = []string{"sg-pods", "sg-new"}
		set(&u.Pods, "sg-per-pod/"+p.Name, p)
	})
	s.update()
	s.keys("z")
	s.sees("! POD_SG")
	s.keys("enter")
	s.sees("would now give sg-pods, sg-new")
}

func TestCopyingSendsTheWholeCellAndSaysSo(t *testing.T) {
	s := workshop(t, 120, 40)
	s.keys("right", "right", "y")
	s.sees("sent to the clipboard: eni-0d8a3a3a7f2eb57ab")
	s.keys("/", "g", "r", "enter", "y")
	s.sees("sent to the clipboard: eni-0d8a3a3a7f2eb57ab") // also while there is a filter
	s.keys("down")
	s.sees("/gr")
	s.keys("esc", "1", "y")
	s.sees("sent to the clipboard: " + aNode(0).Name)
	if len(s.sent) != 3 || !strings.Contains(s.sent[0], "eni-0d8a3a3a7f2eb57ab") || !strings.Contains(s.sent[2], aNode(0).Name) {
		t.Errorf("sent to the clipboard: %q", s.sent)
	}
}

func TestCopyingLeavesOutTheSymbolBeforeATextAndCellsWithNothing(t *testing.T) {
	for text, want := range map[string]string{
		"✓ Running": "Running", "○ asked for": "asked for", "! POD_SG": "POD_SG", "× not ready": "not ready", "- none": "none", "-": "", "-1": "-1", "eni-1": "eni-1",
	} {
		if got := unmarked(text); got != want {
			t.Errorf("of %q %q is copied", text, got)
		}
	}
	s := newScreen(t, 120, 40)
	s.source.happen(func(u *rows.Update) { set(&u.Nodes, "a", &rows.Node{Name: "a"}) })
	s.update()
	s.keys("1", "right", "right", "right", "right", "y")
	s.sees("there is nothing to copy in this cell")
	if len(s.sent) != 0 {
		t.Errorf("sent to the clipboard: %q", s.sent)
	}
}

func TestEventsThatHealByThemselvesAreNoWarnings(t *testing.T) {
	s := workshop(t, 120, 40)
	event := func(key, namespace, reason, explanation string) {
		s.source.happen(func(u *rows.Update) {
			set(&u.Events, key, &rows.Event{ClusterEvent: world.ClusterEvent{At: start, Type: "Warning", Reason: reason, Kind: "Pod", Namespace: namespace, Name: "orders-1"}, Explanation: explanation})
		})
	}
	event("e2", "shop", "FailedCreatePodSandBox", "Heals by itself: the VPC CNI waits for the branch ENI.")
	event("e3", "sg-per-pod", "BranchAllocationFailed", "The node's subnet has no free address for the branch ENI.")
	s.update()
	s.keys("3", "z")
	s.sees("shop/orders-1", "○ FailedCreatePodSandBox", "Heals by itself: the VPC CNI waits for the branch ENI.", "! BranchAllocationFailed")
	s.seesNot("sg-per-pod/orders-1") // the namespace that podsg works in
	s.keys("/", "a", "l", "l", "o", "c", "a", "t", "i", "o", "n", "F", "enter", "enter")
	s.sees("BranchAllocationFailed on sg-per-pod/orders-1")
}

func TestLogsOfGreenAndRedAreFollowedFromPodToPod(t *testing.T) {
	s := workshop(t, 120, 24)
	s.keys("4")
	emit := func(pod, text string) {
		t.Helper()
		for s.source.emit[pod] == nil {
			log := <-s.source.followed
			s.source.emit[log.pod] = log.emit
		}
		s.source.emit[pod](rows.LogLine{At: s.now, Text: text})
	}
	emit("green-pod-5c786d8dff-4kmvc", "2026-11-23T12:00:00Z podsg-probe connected clientAddress=192.168.97.64")
	emit("red-pod-7f68d642ff-x2v9q", redLine)
	s.update()
	s.sees("green  ✓ connected from 192.168.97.64", "red    ✓ timed out after 5s: no answer from rds-", "green-pod-5c786d8dff-4kmvc, red-pod-7f68d642ff-x2v9q")
	s.source.happen(func(u *rows.Update) {
		next := green()
		next.Name, next.CreatedAt = "green-pod-66f7-newer", start.Add(time.Minute)
		set(&u.Pods, "sg-per-pod/"+next.Name, next)
	})
	s.update()
	emit("green-pod-66f7-newer", "hello again")
	s.update()
	s.sees("green  hello again")
}

func TestOldLinesGoWhenThereAreTooMany(t *testing.T) {
	f := newLogFeed(Options{})
	l := table.NewList(func(r *logRow) string { return r.Text }, written, false)
	for i := range 3 * keptLines {
		f.add(logRow{LogLine: rows.LogLine{Text: fmt.Sprint("line ", i)}})
		if i%700 == 0 || i == 3*keptLines-1 {
			d := f.delta(f.take())
			l.Apply(d.Set, d.Gone)
		}
	}
	if l.Size() != keptLines || l.At(0).Text != "line 4000" || l.At(keptLines-1).Text != "line 5999" {
		t.Errorf("%d lines, from %q to %q", l.Size(), l.At(0).Text, l.At(l.Size()-1).Text)
	}
}
