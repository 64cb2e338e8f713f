package pages

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/ui/draw"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// rulesPage asks for the database's port and shows who may talk to whom.
type rulesPage struct{ FormPage }

func newRulesPage() *rulesPage {
	p := &rulesPage{}
	p.about = wizard.Facts{
		ID: wizard.PageRules, Title: "Port and rules", Rail: "Port and rules",
		Steps: []check.StepID{check.StepPort, check.StepDNS, check.StepProbes}, Answers: []string{"database.port"},
		Keys: map[string]string{"port": "database.port"},
	}
	p.Form = widget.NewForm()
	p.Fill, p.store = fillRules, storeRules
	return p
}

func fillRules(s *wizard.Session) []widget.Field {
	if s.World.Obs == nil {
		return nil
	}
	port := cmp.Or(s.World.Target.Port, s.Intent.Database.Port)
	f := widget.Field{Key: "port", Label: "Database port", Value: strconv.Itoa(port), Source: s.Source("database.port")}
	if !createsDatabase(s) {
		f.Help = "The port of a database that exists is the one of its endpoint."
	}
	f.Validate = func(text string) error {
		if _, err := strconv.Atoi(text); err != nil {
			return errors.New("a number from 1150 to 65535 for a new database")
		}
		return s.Allowed(func(in *intent.Intent) { storeRules(s, in, "port", text) })
	}
	return []widget.Field{f}
}

func storeRules(_ *wizard.Session, in *intent.Intent, _, value string) {
	// What is not a number has been refused by the field.
	in.Database.Port, _ = strconv.Atoi(value)
}

func (p *rulesPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	d := p.FormPage.Draw(s, width, height)
	t, target := s.Theme, s.World.Target
	d.Lines = append(d.Lines, "", t.Paint(theme.Title, "Who may talk to whom"))
	d.Lines = append(d.Lines, drawRules(t, trafficOf(target), width)...)
	if below := draw.Unsettled(s.World.FindingsOf(p.about.Steps)); len(below) > 0 {
		d.Lines = append(d.Lines, "")
		d.Lines = append(d.Lines, draw.Findings(t, below, width)...)
	}
	return d
}

// traffic is one line of the small picture of who may talk to whom.
type traffic struct {
	from, what, to string
	allowed        bool
}

func trafficOf(t intent.Target) []traffic {
	out := []traffic{{from: t.PodGroup.Name, what: fmt.Sprintf("tcp %d", t.Port), to: t.DBGroup.Name, allowed: true}}
	for _, g := range t.DNSGroups {
		out = append(out, traffic{from: t.PodGroup.Name, what: "tcp and udp 53", to: g.Name, allowed: true})
	}
	for _, g := range t.NodeGroups {
		out = append(out, traffic{from: g.Name, what: fmt.Sprintf("tcp %d", t.Port), to: t.DBGroup.Name})
	}
	return out
}

// drawRules draws who may talk to whom, an arrow each.
func drawRules(t *theme.Theme, rules []traffic, width int) []string {
	from, what, to := 0, 0, 0
	for _, r := range rules {
		from, what, to = max(from, widget.Width(r.from)), max(what, widget.Width(r.what)), max(to, widget.Width(r.to))
	}
	// The names share what the arrow and the longest word leave.
	room := width - what - 12 - len("admitted")
	from = min(from, max(room/2, room-to))
	to = min(to, max(8, room-from))
	var lines []string
	for _, r := range rules {
		head, word, tone := "→", "admitted", theme.Good
		if !r.allowed {
			head, word, tone = "×", "dropped", theme.Bad
		}
		lines = append(lines, "  "+widget.Fit(widget.CutCell(r.from, from), from)+t.Paint(tone, " ─ "+widget.Fit(r.what, what)+" ─"+head+" ")+
			widget.Fit(widget.CutCell(r.to, to), to)+t.Paint(theme.Muted, "  "+word))
	}
	return lines
}

// Told is who may talk to whom, in words.
func (p *rulesPage) Told(s *wizard.Session) []string {
	var lines []string
	for _, r := range trafficOf(s.World.Target) {
		verb := "is not admitted by"
		if r.allowed {
			verb = "is admitted by"
		}
		lines = append(lines, "  "+r.from+" "+verb+" "+r.to+" on "+r.what)
	}
	return lines
}

func (p *rulesPage) Next(s *wizard.Session) (tea.Cmd, bool) { return needsWorld(s) }

func (p *rulesPage) Commands(s *wizard.Session) []string { return s.World.CommandsOf(p.about.Steps) }
