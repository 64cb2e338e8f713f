package widget

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"podsg/ui/theme"
)

func plain() *theme.Theme { return theme.New(true, colorprofile.ASCII) }

func podTable(n int) *Table {
	t := NewTable(Column{Title: "Pod", Min: 8, Grow: true}, Column{Title: "Node", Min: 6, Max: 20}, Column{Title: "ENI", Min: 6, Max: 24, Optional: true})
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
	rows := append([]Row{{Key: "new", Cells: []Cell{{Text: "new"}}}}, table.rows...)
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
