package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/widget"
)

// tablePage is a page with a table to choose from.
type tablePage struct {
	basePage
	table *widget.Table
}

func (p *tablePage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Back && p.table.Filter() != "" {
		p.table.ClearFilter()
		return nil, true
	}
	return nil, moveTable(p.table, a)
}

// moveTable carries out the actions that move a table's cursor or filter it.
func moveTable(t *widget.Table, a keys.Action) bool {
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

func (p *tablePage) offers(*Session) []keys.Action {
	var out []keys.Action
	if p.table.Total() > 1 {
		out = append(out, keys.Down)
	}
	if p.table.Total() >= filterFrom {
		out = append(out, keys.Filter)
	}
	return out
}

func (p *tablePage) label(_ *Session, a keys.Action) string {
	if a == keys.Down {
		return "choose"
	}
	return ""
}

// naming asks for the name of what a row makes; nil: it has none.
func (p *tablePage) naming(*Session, string) *naming { return nil }

// naming is the question for the name of a new object.
type naming struct {
	key, label, value string
	check             func(string) error
	store             func(string)
}

func (p *tablePage) capturing(_ *Session) bool { return p.table.Typing() }

func (p *tablePage) capture(_ *Session, k tea.KeyPressMsg) tea.Cmd {
	typeFilter(p.table, k)
	return nil
}

// typeFilter gives a table's filter a key.
func typeFilter(t *widget.Table, k tea.KeyPressMsg) {
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

func (p *tablePage) paste(_ *Session, text string) {
	p.table.StartTyping()
	p.table.Type(text)
}

// asRows is the page as a table whose rows are the answers.
func (p *tablePage) asRows() *tablePage { return p }
