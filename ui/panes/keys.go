package panes

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/ui/widget"
)

// action is something that a key does in a pane. The handling of keys, the line
// of keys and the help are made of the one table below.
type action int

const (
	actNone action = iota
	actUp
	actDown
	actPageUp
	actPageDown
	actFirst
	actLast
	actLeft
	actRight
	actOpen
	actClose
	actFilter
	actSort
	actFollow
	actAll
	actCopy
	actZoom
	actNext
	actPrevious
	actHelp
	actPalette
	actQuit
)

// binding says which keys do something, and how it is called.
type binding struct {
	act   action
	keys  []string // as [tea.Key.String] spells them
	name  string   // in the line of keys; empty: not there
	about string   // in the help
	alone bool     // only where the panes have the screen to themselves
}

var bindings = [...]binding{
	{act: actUp, keys: []string{"up", "k"}, about: "move up"},
	{act: actDown, keys: []string{"down", "j"}, about: "move down"},
	{act: actPageUp, keys: []string{"pgup", "ctrl+b"}, about: "move up by a screen"},
	{act: actPageDown, keys: []string{"pgdown", "ctrl+f"}, about: "move down by a screen"},
	{act: actFirst, keys: []string{"home", "g"}, about: "go to the first row"},
	{act: actLast, keys: []string{"end", "G"}, about: "go to the last row"},
	{act: actLeft, keys: []string{"left", "h"}, about: "choose the column to the left"},
	{act: actRight, keys: []string{"right", "l"}, about: "choose the column to the right"},
	{act: actOpen, keys: []string{"enter"}, name: "open", about: "show everything about the row"},
	{act: actFilter, keys: []string{"/"}, name: "filter", about: "type to show only the rows that contain it; esc shows all again"},
	{act: actSort, keys: []string{"s"}, name: "sort", about: "sort by the chosen column; again: the other way round"},
	{act: actFollow, keys: []string{"f"}, name: "follow", about: "stay on what has changed last"},
	{act: actAll, keys: []string{"a"}, name: "all", about: "also show pods without a branch ENI"},
	{act: actCopy, keys: []string{"y"}, name: "copy", about: "copy the cell in the chosen column, and show it"},
	{act: actZoom, keys: []string{"z"}, name: "zoom", about: "give this view the whole screen"},
	{act: actClose, keys: []string{"esc"}, about: "close the details, or show all rows again"},
	{act: actNext, keys: []string{"tab"}, name: "next", about: "go to the next view", alone: true},
	{act: actPrevious, keys: []string{"shift+tab"}, about: "go to the view before", alone: true},
	{act: actHelp, keys: []string{"?"}, name: "help", about: "explain the view and list the keys", alone: true},
	{act: actQuit, keys: []string{"q", "ctrl+c"}, name: "quit", about: "leave", alone: true},
	{act: actPalette, keys: []string{"ctrl+k", ":"}, name: "more", about: "find any action by name", alone: true},
}

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

// keyNames spells keys for people.
var keyNames = strings.NewReplacer("up", "↑", "down", "↓", "left", "←", "right", "→", "pgup", "page up", "pgdown", "page down")

// footer is what the line of keys calls the key and what it does; left and
// right are one item there. An empty name: the key is not there.
func (b binding) footer() (key, name string) {
	if b.act == actLeft {
		return "←→", "column"
	}
	return b.keys[0], b.name
}

func (b binding) label() string {
	names := make([]string, len(b.keys))
	for i, k := range b.keys {
		if names[i] = k; len(k) > 1 && k != "shift+tab" {
			names[i] = keyNames.Replace(k)
		}
	}
	return strings.Join(names, " or ")
}

// command is the binding as an entry of the help and the palette.
func (b binding) command(run func() tea.Cmd) widget.Command {
	key, _, _ := strings.Cut(b.label(), " or ")
	return widget.Command{Key: key, Keys: b.label(), Name: b.name, About: b.about, Run: run}
}
