package keys

import (
	"iter"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/widget"
)

// Bindings lists what works in a scope.
func (s Scope) Bindings() iter.Seq[Binding] {
	return func(yield func(Binding) bool) {
		for _, b := range table {
			if b.In&s != 0 && !yield(b) {
				return
			}
		}
	}
}

// Action finds what a key does; [None]: nothing.
func (s Scope) Action(k tea.KeyPressMsg) Action {
	name := k.String()
	for b := range s.Bindings() {
		if slices.Contains(b.Keys, name) {
			return b.Action
		}
	}
	return None
}

// Binding is the entry of an action.
func (s Scope) Binding(a Action) Binding {
	for b := range s.Bindings() {
		if b.Action == a {
			return b
		}
	}
	return Binding{}
}

// keyNames spells keys for people.
var keyNames = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "pgup": "page up", "pgdown": "page down",
}

func nameOf(key string) string {
	if name, ok := keyNames[key]; ok {
		return name
	}
	return key
}

// Key is the first key, as a footer writes it; empty: there is none.
func (b Binding) Key() string {
	if len(b.Keys) == 0 {
		return ""
	}
	return nameOf(b.Keys[0])
}

// AllKeys are the keys, as the help writes them.
func (b Binding) AllKeys() string {
	names := make([]string, len(b.Keys))
	for i, key := range b.Keys {
		names[i] = nameOf(key)
	}
	return strings.Join(names, " or ")
}

// Command is the binding as an entry of a help or a palette.
func (b Binding) Command(run func() tea.Cmd) widget.Command {
	return widget.Command{Key: b.Key(), Keys: b.AllKeys(), Name: b.Name, About: b.About, Run: run}
}
