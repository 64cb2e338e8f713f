package keys

// Scope says where keys work. Scopes can be joined: a screen may have keys of
// its own beside those of what has the focus.
type Scope uint8

// The scopes.
const (
	OnPages Scope = 1 << iota // the pages of the wizard, with what surrounds them
	InView                    // the live view that has the focus
	OnWatch                   // the screen of podsg watch, around its views

	everywhere = OnPages | InView
)

// Binding says which keys do something, and how it is called.
type Binding struct {
	Action Action
	In     Scope
	Keys   []string // as [tea.Key.String] spells them
	Name   string   // in the footer; empty: not there
	About  string   // in the help and the palette
	// Always marks what works on every page.
	Always bool
	// Hidden keys do not show in the palette: they need a place on the screen.
	Hidden bool
	// Moves marks what moves the pointer or the page. The footer of a live view
	// leaves it out.
	Moves bool
}

// table is in the order in which help and palettes list it.
var table = [...]Binding{
	{Action: Continue, In: OnPages, Keys: []string{"enter"}, Name: "continue", About: "accept what the page shows and go on", Always: true},
	{Action: Back, In: OnPages, Keys: []string{"esc", "shift+tab"}, Name: "back", About: "go back one page; nothing is lost", Always: true},

	{Action: Up, In: everywhere, Keys: []string{"up", "k"}, Name: "up", About: "move up", Hidden: true, Moves: true},
	{Action: Down, In: everywhere, Keys: []string{"down", "j"}, Name: "down", About: "move down", Hidden: true, Moves: true},
	{Action: PageUp, In: everywhere, Keys: []string{"pgup", "ctrl+b"}, Name: "page up", About: "move up by a screen", Hidden: true, Moves: true},
	{Action: PageDown, In: everywhere, Keys: []string{"pgdown", "ctrl+f"}, Name: "page down", About: "move down by a screen", Hidden: true, Moves: true},
	{Action: First, In: everywhere, Keys: []string{"home", "g"}, Name: "first", About: "go to the first row", Hidden: true, Moves: true},
	{Action: Last, In: everywhere, Keys: []string{"end", "G"}, Name: "last", About: "go to the last row", Hidden: true, Moves: true},

	{Action: Left, In: OnPages, Keys: []string{"left", "h"}, Name: "choose", About: "choose the option to the left", Hidden: true},
	{Action: Right, In: OnPages, Keys: []string{"right", "l", "space"}, Name: "choose", About: "choose the option to the right", Hidden: true},
	{Action: Edit, In: OnPages, Keys: []string{"e"}, Name: "edit", About: "change the text under the pointer"},
	{Action: Filter, In: OnPages, Keys: []string{"/"}, Name: "filter", About: "type to show only the rows that contain it"},
	{Action: Retry, In: OnPages, Keys: []string{"r", "ctrl+r"}, Name: "read again", About: "read the account and the cluster again"},
	{Action: Fix, In: OnPages, Keys: []string{"f"}, Name: "fix", About: "plan the changes that mend what failed"},
	{Action: Export, In: OnPages, Keys: []string{"x"}, Name: "export", About: "write the plan to a file"},
	{Action: Save, In: OnPages, Keys: []string{"w"}, Name: "save answers", About: "write the answers to a file for podsg setup --answers"},
	{Action: Views, In: OnPages, Keys: []string{"tab"}, Name: "live view", About: "move between the changes and the live views"},
	{Action: Explain, In: OnPages, Keys: []string{"?", "f1"}, Name: "explain", About: "explain this page, with a drawing, and list its keys", Always: true},
	{Action: Commands, In: OnPages, Keys: []string{"c"}, Name: "commands", About: "show and copy the aws and kubectl commands of this page", Always: true},
	{Action: Palette, In: OnPages, Keys: []string{"ctrl+k", ":"}, Name: "all actions", About: "find any action by name", Always: true, Hidden: true},
	{Action: Diagnose, In: OnPages, Keys: []string{"d"}, Name: "diagnose", About: "run every check and show what fails"},
	{Action: Wizard, In: OnPages, Name: "wizard", About: "go back to the pages of the procedure"},
	{Action: Quit, In: OnPages, Keys: []string{"q"}, Name: "quit", About: "leave podsg", Always: true},
	{Action: Stop, In: OnPages, Keys: []string{"ctrl+c"}, Name: "stop", About: "stop what is going on; twice: leave", Always: true, Hidden: true},

	{Action: Left, In: InView, Keys: []string{"left", "h"}, About: "choose the column to the left"},
	{Action: Right, In: InView, Keys: []string{"right", "l"}, About: "choose the column to the right"},
	{Action: Open, In: InView, Keys: []string{"enter"}, Name: "open", About: "show everything about the row"},
	{Action: Filter, In: InView, Keys: []string{"/"}, Name: "filter", About: "type to show only the rows that contain it; esc shows all again"},
	{Action: Sort, In: InView, Keys: []string{"s"}, Name: "sort", About: "sort by the chosen column; again: the other way round"},
	{Action: Follow, In: InView, Keys: []string{"f"}, Name: "follow", About: "stay on what has changed last"},
	{Action: All, In: InView, Keys: []string{"a"}, Name: "all", About: "also show pods without a branch ENI"},
	{Action: Copy, In: InView, Keys: []string{"y"}, Name: "copy", About: "copy the cell in the chosen column, and show it"},
	{Action: Zoom, In: InView, Keys: []string{"z"}, Name: "zoom", About: "give this view the whole screen"},
	{Action: Close, In: InView, Keys: []string{"esc"}, About: "close the details, or show all rows again"},

	{Action: Next, In: OnWatch, Keys: []string{"tab"}, Name: "next", About: "go to the next view"},
	{Action: Previous, In: OnWatch, Keys: []string{"shift+tab"}, About: "go to the view before"},
	{Action: Explain, In: OnWatch, Keys: []string{"?"}, Name: "help", About: "explain the view and list the keys"},
	{Action: Quit, In: OnWatch, Keys: []string{"q", "ctrl+c"}, Name: "quit", About: "leave"},
	{Action: Palette, In: OnWatch, Keys: []string{"ctrl+k", ":"}, Name: "more", About: "find any action by name"},
}
