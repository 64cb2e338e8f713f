package panes

import (
	"strconv"
	"strings"

	"podsg/ui/theme"
)

func newEvents(b *Board) *pane[Event] {
	p := &pane[Event]{
		board: b, name: "Events", pin: pinFirst, follows: true, down: true,
		about: "What the VPC resource controller, the VPC CNI, the scheduler and the webhook report about pods and nodes, newest first, and what it means. The reasons are those of the components; their own words are in the details.",
	}
	when := func(e *Event) sortKey { return timeKey(e.At) }
	p.rows = newList(func(e *Event) string {
		return strings.Join([]string{e.Kind, e.Namespace + "/" + e.Name, e.Reason, e.Message, e.Explanation}, " ")
	}, when, true)
	p.columns = []column[Event]{
		{title: "When", min: 5, cell: func(e *Event) cell { return cell{age(b, e.At), theme.Muted} }, key: when},
		{title: "Object", min: 10, max: 38, cell: func(e *Event) cell { return cell{text: objectOf(e)} }, key: func(e *Event) sortKey { return textKey(objectOf(e)) }},
		{title: "Reason", min: 8, max: 30, cell: reasonCell, key: func(e *Event) sortKey { return textKey(e.Reason) }},
		{title: "What it means", min: 20, cell: func(e *Event) cell { return cell{text: e.Explanation} }, key: func(e *Event) sortKey { return textKey(e.Explanation) }},
	}
	p.status = func() string { return "newest first" }
	p.details = func(key string, e *Event) *details {
		return &details{title: e.Reason + " on " + objectOf(e), key: key, lines: func(t *theme.Theme, width int) []string {
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

// objectOf is the object that an event is about.
func objectOf(e *Event) string {
	if e.Kind == "Pod" || e.Kind == "" {
		return e.Name
	}
	return strings.ToLower(e.Kind) + " " + shortNode(e.Name)
}

// reasonCell marks warnings; that some heal by themselves is in the
// explanation.
func reasonCell(e *Event) cell {
	if e.Type == "Warning" {
		return cell{theme.SymbolWarning + " " + e.Reason, theme.Warn}
	}
	return cell{text: e.Reason}
}
