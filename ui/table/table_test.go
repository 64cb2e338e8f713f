package table

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"podsg/ui/theme"
	"podsg/ui/widget"
)

func plain() *theme.Theme { return theme.New(true, colorprofile.ASCII) }

func podTable(n int) *Table {
	t := New(RowColumn{Title: "Pod", Min: 8, Grow: true}, RowColumn{Title: "Node", Min: 6, Max: 20}, RowColumn{Title: "ENI", Min: 6, Max: 24, Optional: true})
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{
			Key: fmt.Sprint("pod-", i),
			Cells: []Cell{
				{Text: fmt.Sprintf("green-pod-%05d", i)},
				{Text: fmt.Sprintf("ip-10-0-%d-%d", i/200, i%200)},
				{Text: fmt.Sprintf("eni-%08x", i), Tone: theme.Muted},
			},
		}
	}
	t.SetRows(rows)
	return t
}

func TestRowsStandUnderTheHeadingsOfTheirGroups(t *testing.T) {
	table := New(RowColumn{Title: "Row", Min: 10, Grow: true})
	groups := []string{"the first", "the second", "the third"}
	var rows []Row
	for i := range 12 {
		rows = append(rows, Row{Key: fmt.Sprint(i), Group: groups[i/4], Cells: []Cell{{Text: fmt.Sprint("row ", i)}}})
	}
	table.SetRows(rows)
	if got := table.Lines(); got != 15 {
		t.Errorf("%d lines for 12 rows in 3 groups", got)
	}
	for range 3 {
		for i := range 12 {
			table.SelectKey(fmt.Sprint(i))
			lines := table.Draw(plain(), 40, 8)
			if len(lines) > 8 {
				t.Fatalf("%d lines in 8", len(lines))
			}
			heading, seen := "", false
			for _, line := range lines[1:] {
				text := strings.TrimSpace(ansi.Strip(line))
				if strings.HasPrefix(text, "the ") {
					heading = text
				}
				if strings.HasSuffix(text, fmt.Sprint("row ", i)) && strings.HasPrefix(text, theme.SymbolPointer) {
					seen = heading == groups[i/4]
				}
			}
			if !seen {
				t.Fatalf("row %d is not on the screen under its heading:\n%s", i, ansi.Strip(strings.Join(lines, "\n")))
			}
		}
	}
	table.SetFilter("second")
	if got := table.Len(); got != 4 {
		t.Errorf("the filter finds %d rows of a group of 4", got)
	}
}

func TestEveryLineIsExactlyAsWideAsTheTable(t *testing.T) {
	table := podTable(100)
	for width := 20; width <= 120; width++ {
		for _, line := range table.Draw(plain(), width, 12) {
			if got := ansi.StringWidth(line); got != width {
				t.Fatalf("width %d: line %q is %d cells wide", width, ansi.Strip(line), got)
			}
		}
	}
}

func TestTheCursorStaysOnItsRowWhenRowsAreReplaced(t *testing.T) {
	table := podTable(50)
	table.SelectKey("pod-40")
	rows := []Row{{Key: "new", Cells: []Cell{{Text: "new"}}}}
	for r := range table.Each {
		rows = append(rows, *r)
	}
	table.SetRows(rows)
	if key, _ := table.CurrentKey(); key != "pod-40" {
		t.Errorf("cursor is on %q after a row came in above, want pod-40", key)
	}
	table.SetRows(nil)
	if _, ok := table.Current(); ok {
		t.Error("an empty table has a current row")
	}
	table.SetRows(rows)
	if key, ok := table.CurrentKey(); !ok || key != "new" {
		t.Errorf("cursor is on %q after rows came back, want the first", key)
	}
}

func TestTheFilterNarrowsAsItIsTypedAndWidensAsItIsTakenBack(t *testing.T) {
	table := podTable(1000)
	table.StartTyping()
	for _, r := range "pod-00007" {
		table.Type(string(r))
	}
	if table.Len() != 1 {
		t.Fatalf("filter %q shows %d rows, want 1", table.Filter(), table.Len())
	}
	table.Backspace()
	if table.Len() != 10 {
		t.Errorf("filter %q shows %d rows, want 10", table.Filter(), table.Len())
	}
	table.SetFilter("GREEN d-0005 10-0-0")
	if table.Len() != 10 {
		t.Errorf("words in any case and order: %d rows, want 10", table.Len())
	}
	table.SetFilter("nothing like it")
	text := strings.Join(table.Draw(plain(), 60, 5), "\n")
	if !strings.Contains(text, "no row contains “nothing like it”") {
		t.Errorf("an empty result does not say so:\n%s", text)
	}
	table.ClearFilter()
	if table.Len() != 1000 || table.Typing() {
		t.Errorf("after clearing: %d rows, typing %v", table.Len(), table.Typing())
	}
}

func TestTheCursorIsAlwaysOnScreen(t *testing.T) {
	table := podTable(300)
	for _, move := range []func(){
		table.End, func() { table.Move(-5) }, func() { table.MovePage(-3) }, table.Home,
		func() { table.Move(1000) }, func() { table.SetFilter("0029") },
	} {
		move()
		r, ok := table.Current()
		if !ok {
			t.Fatal("no current row")
		}
		for _, height := range []int{3, 5, 20} {
			text := strings.Join(table.Draw(plain(), 60, height), "\n")
			if !strings.Contains(ansi.Strip(text), theme.SymbolPointer+" "+r.Cells[0].Text) {
				t.Errorf("height %d does not show the row under the cursor, %s:\n%s", height, r.Cells[0].Text, text)
			}
		}
	}
}

// groupTable is a table of n security groups whose names begin alike.
func groupTable(n int) *Table {
	t := New(RowColumn{Title: "Security group", Min: 20}, RowColumn{Title: "Name", Min: 8, Grow: true}, RowColumn{Title: "Why", Min: 12, Max: 44, Grow: true})
	rows := make([]Row, n)
	for i := range rows {
		rows[i] = Row{Key: fmt.Sprint(i), Cells: []Cell{
			{Text: fmt.Sprintf("sg-%017x", i)},
			{Text: fmt.Sprintf("eks-cluster-sg-workshop-%d-4344", i)},
			{Text: fmt.Sprintf("✓ on %d nodes, holds the pods of CoreDNS", i)},
		}}
	}
	t.SetRows(rows)
	return t
}

func TestNamesThatBeginAlikeAreToldApartByTheirEnds(t *testing.T) {
	text := ansi.Strip(strings.Join(groupTable(3).Draw(plain(), 57, 4), "\n"))
	for _, end := range []string{"eks-clu…-0-4344", "eks-clu…-1-4344", "eks-clu…-2-4344"} {
		if !strings.Contains(text, end) {
			t.Errorf("%q is not in the table:\n%s", end, text)
		}
	}
	if got := widget.CutCell("on 5 nodes, holds CoreDNS", 12); got != "on 5 nodes,…" {
		t.Errorf("a sentence was cut to %q", got)
	}
	for width := range 20 {
		if got := widget.CutCell("安全组-workshop-安全组", width); widget.Width(got) > width {
			t.Errorf("width %d: %q", width, got)
		}
	}
}

func TestWhatIsCutOffTheRowUnderTheCursorStandsBeneathTheTableWhereThereIsRoom(t *testing.T) {
	rest := []string{"Name  eks-cluster-sg-workshop-2-4344", "Why   ✓ on 2 nodes, holds the pods of CoreDNS"}
	for _, c := range []struct {
		rows, width, height int
		shown               bool
	}{
		{3, 57, 12, true},
		{3, 57, 4, false},   // no room
		{3, 120, 12, false}, // nothing is cut
		{300, 57, 12, true}, // rows make room
		{300, 57, 7, false}, // too few lines for both
	} {
		table := groupTable(c.rows)
		table.SpellOut()
		table.SelectKey("2")
		lines := table.Draw(plain(), c.width, c.height)
		text := ansi.Strip(strings.Join(lines, "\n"))
		for _, want := range rest {
			if strings.Contains(text, want) != c.shown {
				t.Errorf("%d rows in %d×%d: %q is shown: %v, want %v\n%s", c.rows, c.width, c.height, want, !c.shown, c.shown, text)
			}
		}
		for i, line := range lines {
			if len(lines) > c.height || ansi.StringWidth(line) != c.width {
				t.Errorf("%d rows in %d×%d: %d lines, line %d has %d cells", c.rows, c.width, c.height, len(lines), i, ansi.StringWidth(line))
			}
		}
	}
}

func TestRowsGiveWayOnlyInATableThatSpellsOut(t *testing.T) {
	text := ansi.Strip(strings.Join(groupTable(300).Draw(plain(), 57, 12), "\n"))
	if !strings.Contains(text, "-9-4344") || strings.Contains(text, "eks-cluster-sg-workshop-0-4344") {
		t.Errorf("the table is\n%s", text)
	}
}

func TestTheReasonAgainstARowIsWrappedRatherThanCut(t *testing.T) {
	table := New(RowColumn{Title: "Database", Min: 14, Max: 40}, RowColumn{Title: "Class", Min: 12, Optional: true}, RowColumn{Min: 24, Grow: true})
	reason := "cannot be reached from the cluster's VPC: it is in another one, and the two are not connected"
	table.SetRows([]Row{{Key: "orders", Disabled: reason, Cells: []Cell{{Text: "orders-eu"}, {Text: "db.r7g.large"}, {Text: "× " + reason, Tone: theme.Bad}}}})
	text := ansi.Strip(strings.Join(table.Draw(plain(), 57, 12), "\n"))
	for _, want := range []string{"cannot be reached from the cluster's VPC", "another one, and the", "not connected"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not there:\n%s", want, text)
		}
	}
}

func BenchmarkMoveAndDrawInFiftyThousandRows(b *testing.B) {
	table := podTable(50_000)
	th := theme.New(true, colorprofile.TrueColor)
	b.ReportAllocs()
	for b.Loop() {
		table.Move(1)
		if len(table.Draw(th, 160, 50)) != 50 {
			b.Fatal("short table")
		}
	}
}

func BenchmarkTypeInTheFilterOfFiftyThousandRows(b *testing.B) {
	table := podTable(50_000)
	th := theme.New(true, colorprofile.TrueColor)
	b.ReportAllocs()
	for b.Loop() {
		table.SetFilter("")
		table.Type("4")
		table.Draw(th, 160, 50)
	}
}

func TestAFilterTakesTheFirstLineOfAPaste(t *testing.T) {
	table := podTable(20)
	table.StartTyping()
	table.Type("pod-00007\rpod-00008")
	if table.Filter() != "pod-00007" {
		t.Errorf("the filter is %q", table.Filter())
	}
}
