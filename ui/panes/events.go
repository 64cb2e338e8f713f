package panes

import (
	"strconv"
	"strings"

	"podsg/kube/live/rows"
	"podsg/ui/table"
	"podsg/ui/theme"
)

func newEvents(b *Board) *pane[rows.Event] {
	p := &pane[rows.Event]{
		board: b, name: "Events", pin: pinFirst, follows: true, down: true,
		about: "What the VPC resource controller, the VPC CNI, the scheduler and the webhook report about pods and nodes, newest first, and what it means. The reasons are those of the components; their own words are in the details.",
	}
	when := func(e *rows.Event) table.Key { return table.TimeKey(e.At) }
	p.rows = table.NewList(func(e *rows.Event) string {
		return strings.Join([]string{e.Kind, e.Namespace + "/" + e.Name, e.Reason, e.Message, e.Explanation}, " ")
	}, when, true)
	p.columns = []table.Column[rows.Event]{
		{Title: "When", Min: 5, Cell: func(e *rows.Event) table.Cell { return table.Cell{Text: age(b, e.At), Tone: theme.Muted} }, Key: when},
		{Title: "Object", Min: 10, Max: 38, Cell: func(e *rows.Event) table.Cell { return table.Cell{Text: objectOf(b, e)} }, Whole: wholeObject, Key: func(e *rows.Event) table.Key { return table.TextKey(objectOf(b, e)) }},
		{Title: "Reason", Min: 8, Max: 30, Cell: reasonCell, Key: func(e *rows.Event) table.Key { return table.TextKey(e.Reason) }},
		{Title: "What it means", Min: 20, Cell: func(e *rows.Event) table.Cell { return table.Cell{Text: e.Explanation} }, Key: func(e *rows.Event) table.Key { return table.TextKey(e.Explanation) }},
	}
	p.status = func() string { return "newest first" }
	p.details = func(key string, e *rows.Event) *details {
		return &details{title: e.Reason + " on " + wholeObject(e), key: key, lines: func(t *theme.Theme, width int) []string {
			count := ""
			if e.Count > 1 {
				count = strconv.Itoa(e.Count) + " times"
			}
			return drawFacts(t, width,
				fact{name: "means", value: e.Explanation, tone: theme.Strong},
				fact{name: "its words", value: e.Message},
				fact{name: "reported by", value: e.Component},
				fact{name: "type", value: e.Type},
				fact{name: "seen", value: strings.TrimSpace(age(b, e.At) + " ago " + count)},
			)
		}}
	}
	return p
}

// objectOf is the object that an event is about. The namespace stands before
// pods of other namespaces than the one that podsg works in.
func objectOf(b *Board, e *rows.Event) string {
	switch {
	case e.Kind != "Pod" && e.Kind != "":
		return strings.ToLower(e.Kind) + " " + shortNode(e.Name)
	case e.Namespace != b.options.Namespace:
		return wholeObject(e)
	default:
		return e.Name
	}
}

// wholeObject is objectOf with nothing left out.
func wholeObject(e *rows.Event) string {
	switch {
	case e.Kind != "Pod" && e.Kind != "":
		return strings.ToLower(e.Kind) + " " + e.Name
	case e.Namespace == "":
		return e.Name
	default:
		return e.Namespace + "/" + e.Name
	}
}

// heals begins the explanation of events after which all comes right without
// anybody doing anything.
const heals = "Heals by itself"

// reasonCell marks warnings, but not those that heal by themselves: they would
// send people after what is no trouble.
func reasonCell(e *rows.Event) table.Cell {
	switch {
	case strings.HasPrefix(e.Explanation, heals):
		return table.Cell{Text: theme.SymbolTodo + " " + e.Reason}
	case e.Type == "Warning":
		return table.Cell{Text: theme.SymbolWarning + " " + e.Reason, Tone: theme.Warn}
	default:
		return table.Cell{Text: e.Reason}
	}
}
