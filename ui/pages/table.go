package pages

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/table"
	"podsg/ui/wizard"
)

// TablePage is a page with a table to choose from.
type TablePage struct {
	basePage
	Table *table.Table
}

func (p *TablePage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Back && p.Table.Filter() != "" {
		p.Table.ClearFilter()
		return nil, true
	}
	return nil, moveTable(p.Table, a)
}

// moveTable carries out the actions that move a table's cursor or filter it.
func moveTable(t *table.Table, a keys.Action) bool {
	switch a {
	case keys.Up:
		t.Move(-1)
	case keys.Down:
		t.Move(1)
	case keys.PageUp:
		t.MovePage(-1)
	case keys.PageDown:
		t.MovePage(1)
	case keys.First:
		t.Home()
	case keys.Last:
		t.End()
	case keys.Filter:
		t.StartTyping()
	default:
		return false
	}
	return true
}

// filterFrom is how many rows make a filter worth a place in the footer.
const filterFrom = 8

func (p *TablePage) Offers(*wizard.Session) []keys.Action {
	var out []keys.Action
	if p.Table.Total() > 1 {
		out = append(out, keys.Down)
	}
	if p.Table.Total() >= filterFrom {
		out = append(out, keys.Filter)
	}
	return out
}

func (p *TablePage) Label(_ *wizard.Session, a keys.Action) string {
	if a == keys.Down {
		return "choose"
	}
	return ""
}

// Naming asks for the name of what a row makes; nil: it has none.
func (p *TablePage) Naming(*wizard.Session, string) *Naming { return nil }

// Naming is the question for the name of a new object.
type Naming struct {
	Key, Label, Value string
	Check             func(string) error
	Store             func(string)
}

func (p *TablePage) Capturing(_ *wizard.Session) bool { return p.Table.Typing() }

func (p *TablePage) Capture(_ *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	typeFilter(p.Table, k)
	return nil
}

// typeFilter gives a table's filter a key.
func typeFilter(t *table.Table, k tea.KeyPressMsg) {
	switch k.String() {
	case "esc":
		t.ClearFilter()
	case "enter":
		t.StopTyping()
	case "backspace":
		t.Backspace()
	case "ctrl+u":
		t.SetFilter("")
	case "up":
		t.Move(-1)
	case "down":
		t.Move(1)
	default:
		if k.Text != "" {
			t.Type(k.Text)
		}
	}
}

func (p *TablePage) Paste(_ *wizard.Session, text string) {
	p.Table.StartTyping()
	p.Table.Type(text)
}

// AsTable is the page as a table whose rows are the answers.
func (p *TablePage) AsTable() *TablePage { return p }
