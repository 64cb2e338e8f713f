package panes

import (
	"strconv"
	"strings"

	"podsg/kube/live/rows"
	"podsg/ui/theme"
)

func newEvents(b *Board) *pane[rows.Event] {
	p := &pane[rows.Event]{
		board: b, name: "Events", pin: pinFirst, follows: true, down: true,
		about: "What the VPC resource controller, the VPC CNI, the scheduler and the webhook report about pods and nodes, newest first, and what it means. The reasons are those of the components; their own words are in the details.",
	}
	when := func(e *rows.Event) sortKey { return timeKey(e.At) }
	p.rows = newList(func(e *rows.Event) string {
		return strings.Join([]string{e.Kind, e.Namespace + "/" + e.Name, e.Reason, e.Message, e.Explanation}, " ")
	}, when, true)
	p.columns = []column[rows.Event]{
		{title: "When", min: 5, cell: func(e *rows.Event) cell { return cell{text: age(b, e.At), tone: theme.Muted} }, key: when},
		{title: "Object", min: 10, max: 38, cell: func(e *rows.Event) cell { return cell{text: objectOf(b, e)} }, whole: wholeObject, key: func(e *rows.Event) sortKey { return textKey(objectOf(b, e)) }},
		{title: "Reason", min: 8, max: 30, cell: reasonCell, key: func(e *rows.Event) sortKey { return textKey(e.Reason) }},
		{title: "What it means", min: 20, cell: func(e *rows.Event) cell { return cell{text: e.Explanation} }, key: func(e *rows.Event) sortKey { return textKey(e.Explanation) }},
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
func reasonCell(e *rows.Event) cell {
	switch {
	case strings.HasPrefix(e.Explanation, heals):
		return cell{text: theme.SymbolTodo + " " + e.Reason}
	case e.Type == "Warning":
		return cell{text: theme.SymbolWarning + " " + e.Reason, tone: theme.Warn}
	default:
		return cell{text: e.Reason}
	}
}
