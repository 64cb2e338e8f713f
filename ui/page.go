package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/widget"
)

// pageID names a page.
type pageID string

// The pages, in the order of the procedure.
const (
	pageCluster   pageID = "cluster"
	pageAccess    pageID = "access"
	pageNetwork   pageID = "network"
	pageNodes     pageID = "nodes"
	pagePodGroup  pageID = "pod-group"
	pageDatabase  pageID = "database"
	pageLogin     pageID = "database-settings"
	pageRules     pageID = "rules"
	pagePolicy    pageID = "policy"
	pageCNI       pageID = "cni"
	pageProof     pageID = "proof"
	pagePlan      pageID = "plan"
	pageRun       pageID = "run"
	pageVerdict   pageID = "verdict"
	pageDiagnosis pageID = "diagnosis" // beside the procedure
)

// facts describes a page: what never changes about it.
type facts struct {
	id    pageID
	title string // its heading
	rail  string // its name in the step rail
	// steps are the steps of the procedure that the page is about: their
	// findings and the commands of their changes are shown on it.
	steps []steps.StepID
	// answers are the beginnings of the answers keys that are settled here.
	answers []string
	// keys are the answers keys of the fields that are not called as their answer
	// is beneath the first of answers.
	keys map[string]string
	// first says that the page is answered before the cluster is read.
	first bool
	// allChecks says that its checks are told one by one, those that passed too.
	allChecks bool
	// brief pages leave out what they are about where lines are scarce.
	brief bool
}

// drawing is what a page draws: lines, the line that must stay visible when
// they do not all fit, and the text cursor.
type drawing = widget.Drawing

// page is one page. Its methods get the model they belong to; a page holds only
// what the model does not know: cursors and texts being edited.
type page interface {
	facts() facts
	// refresh takes over what the model knows now.
	refresh(m *Model)
	// draw draws the page beneath its heading. Lines beyond the height are
	// scrolled to as the focus moves.
	draw(m *Model, width, height int) drawing
	// act carries out an action; false: the action means nothing here.
	act(m *Model, a keys.Action) (tea.Cmd, bool)
	// next settles what the page asks. It returns false, having said why, when
	// that cannot be.
	next(m *Model) (tea.Cmd, bool)
	// guide is what the page teaches.
	guide(m *Model) guide
	// told are the lines that the plain mode writes before it asks.
	told(m *Model) []string
	// commands are the commands that do or show by hand what the page is about.
	commands(m *Model) []string
	// offers lists the page's own actions for the footer, most useful first.
	offers(m *Model) []keys.Action
	// label is the name of an action on this page; empty: the usual one;
	// noAction: it means nothing here.
	label(m *Model, a keys.Action) string
	// capturing reports whether every key goes to capture: a text is typed.
	capturing(m *Model) bool
	capture(m *Model, k tea.KeyPressMsg) tea.Cmd
	paste(m *Model, text string)
}

// noAction is the label of an action that means nothing on a page.
const noAction = "-"

// basePage is what most pages have in common: nothing to type, nothing to
// settle.
type basePage struct{ about facts }

func (b *basePage) facts() facts                            { return b.about }
func (b *basePage) refresh(*Model)                          {}
func (b *basePage) act(*Model, keys.Action) (tea.Cmd, bool) { return nil, false }
func (b *basePage) next(*Model) (tea.Cmd, bool)             { return nil, true }
func (b *basePage) told(*Model) []string                    { return nil }
func (b *basePage) commands(*Model) []string                { return nil }
func (b *basePage) label(*Model, keys.Action) string        { return "" }
func (b *basePage) capturing(*Model) bool                   { return false }
func (b *basePage) capture(*Model, tea.KeyPressMsg) tea.Cmd { return nil }
func (b *basePage) paste(*Model, string)                    {}

// answersKey is the answers key of one of the page's fields.
func (b *basePage) answersKey(_ *Model, field string) string {
	return cmp.Or(b.about.keys[field], b.about.answers[0]+"."+field)
}

// tablePage is a page with a table to choose from.
type tablePage struct {
	basePage
	table *widget.Table
}

func (p *tablePage) act(m *Model, a keys.Action) (tea.Cmd, bool) {
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

func (p *tablePage) offers(*Model) []keys.Action {
	var out []keys.Action
	if p.table.Total() > 1 {
		out = append(out, keys.Down)
	}
	if p.table.Total() >= filterFrom {
		out = append(out, keys.Filter)
	}
	return out
}

func (p *tablePage) label(_ *Model, a keys.Action) string {
	if a == keys.Down {
		return "choose"
	}
	return ""
}

// naming asks for the name of what a row makes; nil: it has none.
func (p *tablePage) naming(*Model, string) *naming { return nil }

// naming is the question for the name of a new object.
type naming struct {
	key, label, value string
	check             func(string) error
	store             func(string)
}

func (p *tablePage) capturing(_ *Model) bool { return p.table.Typing() }

func (p *tablePage) capture(_ *Model, k tea.KeyPressMsg) tea.Cmd {
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

func (p *tablePage) paste(_ *Model, text string) {
	p.table.StartTyping()
	p.table.Type(text)
}

// asRows is the page as a table whose rows are the answers.
func (p *tablePage) asRows() *tablePage { return p }

// formPage is a page with fields to fill in. Its own part is fill, which makes
// the fields of what the model knows, and store, which takes an answer over.
type formPage struct {
	basePage
	form  *widget.Form
	fill  func(m *Model) []widget.Field
	store func(m *Model, in *steps.Intent, key, value string)
}

func (p *formPage) refresh(m *Model) {
	if !p.form.Editing() {
		p.form.Set(p.fill(m))
	}
}

func (p *formPage) act(m *Model, a keys.Action) (tea.Cmd, bool) {
	switch a {
	case keys.Up:
		p.form.Move(-1)
	case keys.Down:
		p.form.Move(1)
	case keys.First:
		p.form.Move(-1000)
	case keys.Last:
		p.form.Move(1000)
	case keys.Left, keys.Right:
		by := 1
		if a == keys.Left {
			by = -1
		}
		key, value, changed := p.form.Cycle(by)
		if !changed {
			return m.say("Press e to change the text, enter to go on."), true
		}
		p.change(m, key, value)
	case keys.Edit:
		if !p.form.Edit() {
			p.act(m, keys.Right)
		}
	default:
		return nil, false
	}
	return nil, true
}

func (p *formPage) change(m *Model, key, value string) {
	m.answer(func(in *steps.Intent) { p.store(m, in, key, value) })
	p.refresh(m)
}

func (p *formPage) offers(*Model) []keys.Action {
	if p.form.IsText() {
		return []keys.Action{keys.Down, keys.Edit}
	}
	return []keys.Action{keys.Down, keys.Right}
}

func (p *formPage) label(_ *Model, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "move"
	case a == keys.Continue && p.form.Editing():
		return "keep"
	case a == keys.Back && p.form.Editing():
		return "undo"
	}
	return ""
}

func (p *formPage) capturing(_ *Model) bool { return p.form.Editing() }

func (p *formPage) capture(m *Model, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		p.form.Cancel()
	case "enter", "tab", "down", "up", "shift+tab":
		key, value, ok := p.form.Commit()
		if !ok {
			return nil
		}
		p.change(m, key, value)
		switch k.String() {
		case "tab", "down":
			p.form.Move(1)
		case "up", "shift+tab":
			p.form.Move(-1)
		}
	default:
		p.form.Type(k)
	}
	return nil
}

func (p *formPage) paste(_ *Model, text string) {
	if p.form.Editing() || p.form.Edit() {
		p.form.Paste(text)
	}
}

func (p *formPage) draw(m *Model, width, _ int) drawing {
	return p.form.Draw(m.theme, width)
}

// asForm is the page as a form whose fields are the answers.
func (p *formPage) asForm() *formPage { return p }

func (p *formPage) editing() bool { return p.form.Editing() }
