package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
	"podsg/ui/wizard"
)

// basePage is what most pages have in common: nothing to type, nothing to
// settle.
type basePage struct{ about wizard.Facts }

func (b *basePage) Facts() wizard.Facts                              { return b.about }
func (b *basePage) Refresh(*wizard.Session)                          {}
func (b *basePage) Act(*wizard.Session, keys.Action) (tea.Cmd, bool) { return nil, false }
func (b *basePage) Next(*wizard.Session) (tea.Cmd, bool)             { return nil, true }
func (b *basePage) Told(*wizard.Session) []string                    { return nil }
func (b *basePage) Commands(*wizard.Session) []string                { return nil }
func (b *basePage) Label(*wizard.Session, keys.Action) string        { return "" }
func (b *basePage) Capturing(*wizard.Session) bool                   { return false }
func (b *basePage) Capture(*wizard.Session, tea.KeyPressMsg) tea.Cmd { return nil }
func (b *basePage) Paste(*wizard.Session, string)                    {}

// AnswersKey is the answers key of one of the page's fields.
func (b *basePage) AnswersKey(_ *wizard.Session, field string) string {
	return cmp.Or(b.about.Keys[field], b.about.Answers[0]+"."+field)
}

// Guide is what most pages teach whatever the session knows.
func (b *basePage) Guide(*wizard.Session) wizard.Guide { return guides[b.about.ID] }
