package pages

import (
	tea "charm.land/bubbletea/v2"

	"podsg/steps/intent"
	"podsg/ui/keys"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// FormPage is a page with fields to fill in. Its own part is fill, which makes
// the fields of what the model knows, and store, which takes an answer over.
type FormPage struct {
	basePage
	Form  *widget.Form
	Fill  func(s *wizard.Session) []widget.Field
	store func(s *wizard.Session, in *intent.Intent, key, value string)
}

func (p *FormPage) Refresh(s *wizard.Session) {
	if !p.Form.Editing() {
		p.Form.Set(p.Fill(s))
	}
}

func (p *FormPage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	switch a {
	case keys.Up:
		p.Form.Move(-1)
	case keys.Down:
		p.Form.Move(1)
	case keys.First:
		p.Form.Move(-1000)
	case keys.Last:
		p.Form.Move(1000)
	case keys.Left, keys.Right:
		by := 1
		if a == keys.Left {
			by = -1
		}
		key, value, changed := p.Form.Cycle(by)
		if !changed {
			return s.Say("Press e to change the text, enter to go on."), true
		}
		p.Change(s, key, value)
	case keys.Edit:
		if !p.Form.Edit() {
			p.Act(s, keys.Right)
		}
	default:
		return nil, false
	}
	return nil, true
}

// Change takes over the answer of a field.
func (p *FormPage) Change(s *wizard.Session, key, value string) {
	s.Answer(func(in *intent.Intent) { p.store(s, in, key, value) })
	p.Refresh(s)
}

func (p *FormPage) Offers(*wizard.Session) []keys.Action {
	if p.Form.IsText() {
		return []keys.Action{keys.Down, keys.Edit}
	}
	return []keys.Action{keys.Down, keys.Right}
}

func (p *FormPage) Label(_ *wizard.Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "move"
	case a == keys.Continue && p.Form.Editing():
		return "keep"
	case a == keys.Back && p.Form.Editing():
		return "undo"
	}
	return ""
}

func (p *FormPage) Capturing(_ *wizard.Session) bool { return p.Form.Editing() }

func (p *FormPage) Capture(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	switch k.String() {
	case "esc":
		p.Form.Cancel()
	case "enter", "tab", "down", "up", "shift+tab":
		key, value, ok := p.Form.Commit()
		if !ok {
			return nil
		}
		p.Change(s, key, value)
		switch k.String() {
		case "tab", "down":
			p.Form.Move(1)
		case "up", "shift+tab":
			p.Form.Move(-1)
		}
	default:
		p.Form.Type(k)
	}
	return nil
}

func (p *FormPage) Paste(_ *wizard.Session, text string) {
	if p.Form.Editing() || p.Form.Edit() {
		p.Form.Paste(text)
	}
}

func (p *FormPage) Draw(s *wizard.Session, width, _ int) wizard.Drawing {
	return p.Form.Draw(s.Theme, width)
}

// AsForm is the page as a form whose fields are the answers.
func (p *FormPage) AsForm() *FormPage { return p }

func (p *FormPage) Editing() bool { return p.Form.Editing() }
