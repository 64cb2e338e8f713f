package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// databasePage asks for the database: a new one, or one that exists.
type databasePage struct {
	tablePage
	placed bool
}

func newDatabasePage() *databasePage {
	p := &databasePage{}
	p.about = facts{
		id: pageDatabase, title: "Database", rail: "Database",
		steps: []steps.StepID{steps.StepDatabase}, answers: []string{"database.existing.identifier"},
	}
	p.table = widget.NewTable(
		widget.Column{Title: "Database", Min: 14, Max: 40},
		widget.Column{Title: "Engine", Min: 8, Optional: true},
		widget.Column{Title: "Class", Min: 12, Optional: true},
		widget.Column{Title: "Status", Min: 9, Optional: true},
		widget.Column{Title: "", Min: 24, Grow: true},
	)
	p.table.SpellOut()
	return p
}

func (p *databasePage) refresh(m *Session) {
	if m.world.obs == nil {
		p.placed = false
		return
	}
	note := "small, private, for trying"
	if d := m.world.target.DB; d.Existing != nil && steps.OwnedBy(d.Existing.Tags, m.intent.Cluster) {
		note = "made by podsg earlier: " + d.Identifier
	}
	rows := []widget.Row{{Key: newRow, Cells: []widget.Cell{{Text: "+ new database"}, {Text: "postgres"}, {Text: m.newClass()}, {}, {Text: note, Tone: theme.Muted}}}}
	for _, c := range steps.DatabaseChoices(m.world.snapshot(), m.intent) {
		cells := []widget.Cell{{Text: c.Value}, {}, {}, {}, {Text: c.Source, Tone: theme.Muted}}
		for i, d := range c.Detail {
			switch {
			case i < 3:
				cells[i+1].Text = d
			case c.Source == "":
				cells[4].Text = d
			}
		}
		if c.Disabled != "" {
			cells[4] = widget.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		}
		rows = append(rows, widget.Row{Key: c.Value, Disabled: c.Disabled, Cells: cells})
	}
	p.table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.table.Home()
		if e := m.intent.Database.Existing; e != nil {
			p.table.SelectKey(e.Identifier)
		}
	}
}

// newClass is the class that a new database gets.
func (m *Session) newClass() string {
	switch {
	case m.world.target.DB.Create:
		return m.world.target.DB.Class
	case m.intent.Database.Create != nil && m.intent.Database.Create.Class != "":
		return m.intent.Database.Create.Class
	default:
		return steps.DefaultDBClass
	}
}

// createsDatabase reports whether the answers ask for a database of podsg's own.
func (m *Session) createsDatabase() bool { return m.intent.Database.Existing == nil }

func (p *databasePage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	below := drawFindings(m.theme, unsettled(m.world.findingsOf(p.about.steps)), width)
	lines = p.table.Draw(m.theme, width, max(4, height-len(below)))
	return drawing{Lines: append(lines, below...)}
}

func (p *databasePage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	row, ok := p.table.Current()
	switch {
	case !ok:
		return m.warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return m.warn("This database cannot be chosen: it is " + strings.TrimPrefix(row.Disabled, "is ") + "."), false
	}
	in := m.intent.Database
	_, open := m.world.question([]string{"database"})
	switch {
	case row.Key == newRow && in.Existing == nil && !open:
		return nil, true
	case row.Key == newRow:
		m.answer(func(in *steps.Intent) {
			in.Database.Existing = nil
			if in.Database.Create == nil {
				in.Database.Create = &steps.CreateDatabase{}
			}
		})
	case in.Existing != nil && in.Existing.Identifier == row.Key:
		return nil, true
	default:
		choose := func(in *steps.Intent) {
			in.Database.Create, in.Database.SecurityGroup, in.Database.Port = nil, steps.GroupIntent{}, 0
			in.Database.Existing = &steps.ExistingDatabase{Identifier: row.Key}
		}
		if err := m.allowed(choose); err != nil {
			return m.warn(err.Error()), false
		}
		m.answer(choose)
	}
	return nil, true
}

func (p *databasePage) commands(m *Session) []string {
	out := []string{"aws rds describe-db-instances" + m.regionFlag()}
	return append(out, m.world.commandsOf(p.about.steps)...)
}
