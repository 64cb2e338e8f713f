package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/keys"
)

// basePage is what most pages have in common: nothing to type, nothing to
// settle.
type basePage struct{ about facts }

func (b *basePage) facts() facts                              { return b.about }
func (b *basePage) refresh(*Session)                          {}
func (b *basePage) act(*Session, keys.Action) (tea.Cmd, bool) { return nil, false }
func (b *basePage) next(*Session) (tea.Cmd, bool)             { return nil, true }
func (b *basePage) told(*Session) []string                    { return nil }
func (b *basePage) commands(*Session) []string                { return nil }
func (b *basePage) label(*Session, keys.Action) string        { return "" }
func (b *basePage) capturing(*Session) bool                   { return false }
func (b *basePage) capture(*Session, tea.KeyPressMsg) tea.Cmd { return nil }
func (b *basePage) paste(*Session, string)                    {}

// answersKey is the answers key of one of the page's fields.
func (b *basePage) answersKey(_ *Session, field string) string {
	return cmp.Or(b.about.keys[field], b.about.answers[0]+"."+field)
}

// guide is what most pages teach whatever the session knows.
func (b *basePage) guide(*Session) guide { return guides[b.about.id] }
