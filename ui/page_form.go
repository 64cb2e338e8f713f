package ui

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/widget"
)

// formPage is a page with fields to fill in. Its own part is fill, which makes
// the fields of what the model knows, and store, which takes an answer over.
type formPage struct {
	basePage
	form  *widget.Form
	fill  func(m *Session) []widget.Field
	store func(m *Session, in *steps.Intent, key, value string)
}

func (p *formPage) refresh(m *Session) {
	if !p.form.Editing() {
		p.form.Set(p.fill(m))
	}
}

func (p *formPage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
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

func (p *formPage) change(m *Session, key, value string) {
	m.answer(func(in *steps.Intent) { p.store(m, in, key, value) })
	p.refresh(m)
}

func (p *formPage) offers(*Session) []keys.Action {
	if p.form.IsText() {
		return []keys.Action{keys.Down, keys.Edit}
	}
	return []keys.Action{keys.Down, keys.Right}
}

func (p *formPage) label(_ *Session, a keys.Action) string {
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

func (p *formPage) capturing(_ *Session) bool { return p.form.Editing() }

func (p *formPage) capture(m *Session, k tea.KeyPressMsg) tea.Cmd {
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

func (p *formPage) paste(_ *Session, text string) {
	if p.form.Editing() || p.form.Edit() {
		p.form.Paste(text)
	}
}

func (p *formPage) draw(m *Session, width, _ int) drawing {
	return p.form.Draw(m.theme, width)
}

// asForm is the page as a form whose fields are the answers.
func (p *formPage) asForm() *formPage { return p }

func (p *formPage) editing() bool { return p.form.Editing() }
