package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// action is something that a key can do. Keys, the footer, the help and the
// palette are all made from the one table below.
type action int

const (
	actNone action = iota
	actContinue
	actBack
	actUp
	actDown
	actPageUp
	actPageDown
	actHome
	actEnd
	actLeft
	actRight
	actEdit
	actFilter
	actRetry
	actFix
	actExport
	actSave
	actPanes
	actExplain
	actCommands
	actPalette
	actDiagnose
	actWizard
	actQuit
	actStop
)

// binding says which keys do something, and how it is called.
type binding struct {
	act   action
	keys  []string // as [tea.Key.String] spells them
	name  string   // in the footer
	about string   // in the help and the palette
	// always marks what works on every page.
	always bool
	// hidden keys do not show in the palette: they need a place on the screen.
	hidden bool
	// moves marks what moves the pointer or the page.
	moves bool
}

// bindings is the table of keys.
var bindings = [...]binding{
	{act: actContinue, keys: []string{"enter"}, name: "continue", about: "accept what the page shows and go on", always: true},
	{act: actBack, keys: []string{"esc", "shift+tab"}, name: "back", about: "go back one page; nothing is lost", always: true},
	{act: actUp, keys: []string{"up", "k"}, name: "up", about: "move up", hidden: true, moves: true},
	{act: actDown, keys: []string{"down", "j"}, name: "down", about: "move down", hidden: true, moves: true},
	{act: actPageUp, keys: []string{"pgup", "ctrl+b"}, name: "page up", about: "move up by a screen", hidden: true, moves: true},
	{act: actPageDown, keys: []string{"pgdown", "ctrl+f"}, name: "page down", about: "move down by a screen", hidden: true, moves: true},
	{act: actHome, keys: []string{"home", "g"}, name: "first", about: "go to the first row", hidden: true, moves: true},
	{act: actEnd, keys: []string{"end", "G"}, name: "last", about: "go to the last row", hidden: true, moves: true},
	{act: actLeft, keys: []string{"left", "h"}, name: "choose", about: "choose the option to the left", hidden: true},
	{act: actRight, keys: []string{"right", "l", "space"}, name: "choose", about: "choose the option to the right", hidden: true},
	{act: actEdit, keys: []string{"e"}, name: "edit", about: "change the text under the pointer"},
	{act: actFilter, keys: []string{"/"}, name: "filter", about: "type to show only the rows that contain it"},
	{act: actRetry, keys: []string{"r", "ctrl+r"}, name: "read again", about: "read the account and the cluster again"},
	{act: actFix, keys: []string{"f"}, name: "fix", about: "plan the changes that mend what failed"},
	{act: actExport, keys: []string{"x"}, name: "export", about: "write the plan to a file"},
	{act: actSave, keys: []string{"w"}, name: "save answers", about: "write the answers to a file for podsg setup --answers"},
	{act: actPanes, keys: []string{"tab"}, name: "live view", about: "move between the changes and the live views"},
	{act: actExplain, keys: []string{"?", "f1"}, name: "explain", about: "explain this page, with a drawing, and list its keys", always: true},
	{act: actCommands, keys: []string{"c"}, name: "commands", about: "show and copy the aws and kubectl commands of this page", always: true},
	{act: actPalette, keys: []string{"ctrl+k", ":"}, name: "all actions", about: "find any action by name", always: true, hidden: true},
	{act: actDiagnose, keys: []string{"d"}, name: "diagnose", about: "run every check and show what fails"},
	{act: actWizard, name: "wizard", about: "go back to the pages of the procedure"},
	{act: actQuit, keys: []string{"q"}, name: "quit", about: "leave podsg", always: true},
	{act: actStop, keys: []string{"ctrl+c"}, name: "stop", about: "stop what is going on; twice: leave", always: true, hidden: true},
}

// actionOf finds what a key does.
func actionOf(k tea.KeyPressMsg) action {
	s := k.String()
	for _, b := range bindings {
		for _, key := range b.keys {
			if key == s {
				return b.act
			}
		}
	}
	return actNone
}

// bindingOf returns the entry of an action.
func bindingOf(a action) binding {
	for _, b := range bindings {
		if b.act == a {
			return b
		}
	}
	return binding{}
}

// keyNames spells keys for people.
var keyNames = map[string]string{
	"up": "↑", "down": "↓", "left": "←", "right": "→", "pgup": "page up", "pgdown": "page down",
}

// keyLabel is how the footer and the help write an action's keys.
func (b binding) keyLabel(all bool) string {
	var names []string
	for _, k := range b.keys {
		if n, ok := keyNames[k]; ok {
			k = n
		}
		names = append(names, k)
		if !all {
			break
		}
	}
	return strings.Join(names, " or ")
}
