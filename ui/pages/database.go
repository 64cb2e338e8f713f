package pages

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/draw"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// databasePage asks for the database: a new one, or one that exists.
type databasePage struct {
	TablePage
	placed bool
}

func newDatabasePage() *databasePage {
	p := &databasePage{}
	p.about = wizard.Facts{
		ID: wizard.PageDatabase, Title: "Database", Rail: "Database",
		Steps: []steps.StepID{steps.StepDatabase}, Answers: []string{"database.existing.identifier"},
	}
	p.Table = table.New(
		table.RowColumn{Title: "Database", Min: 14, Max: 40},
		table.RowColumn{Title: "Engine", Min: 8, Optional: true},
		table.RowColumn{Title: "Class", Min: 12, Optional: true},
		table.RowColumn{Title: "Status", Min: 9, Optional: true},
		table.RowColumn{Title: "", Min: 24, Grow: true},
	)
	p.Table.SpellOut()
	return p
}

func (p *databasePage) Refresh(m *wizard.Session) {
	if m.World.Obs == nil {
		p.placed = false
		return
	}
	note := "small, private, for trying"
	if d := m.World.Target.DB; d.Existing != nil && steps.OwnedBy(d.Existing.Tags, m.Intent.Cluster) {
		note = "made by podsg earlier: " + d.Identifier
	}
	rows := []table.Row{{Key: newRow, Cells: []table.Cell{{Text: "+ new database"}, {Text: "postgres"}, {Text: newClass(m)}, {}, {Text: note, Tone: theme.Muted}}}}
	for _, c := range steps.DatabaseChoices(m.World.Snapshot(), m.Intent) {
		cells := []table.Cell{{Text: c.Value}, {}, {}, {}, {Text: c.Source, Tone: theme.Muted}}
		for i, d := range c.Detail {
			switch {
			case i < 3:
				cells[i+1].Text = d
			case c.Source == "":
				cells[4].Text = d
			}
		}
		if c.Disabled != "" {
			cells[4] = table.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		}
		rows = append(rows, table.Row{Key: c.Value, Disabled: c.Disabled, Cells: cells})
	}
	p.Table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.Table.Home()
		if e := m.Intent.Database.Existing; e != nil {
			p.Table.SelectKey(e.Identifier)
		}
	}
}

// newClass is the class that a new database gets.
func newClass(m *wizard.Session) string {
	switch {
	case m.World.Target.DB.Create:
		return m.World.Target.DB.Class
	case m.Intent.Database.Create != nil && m.Intent.Database.Create.Class != "":
		return m.Intent.Database.Create.Class
	default:
		return steps.DefaultDBClass
	}
}

// createsDatabase reports whether the answers ask for a database of podsg's own.
func createsDatabase(m *wizard.Session) bool { return m.Intent.Database.Existing == nil }

func (p *databasePage) Draw(m *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(m, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	below := draw.Findings(m.Theme, draw.Unsettled(m.World.FindingsOf(p.about.Steps)), width)
	lines = p.Table.Draw(m.Theme, width, max(4, height-len(below)))
	return wizard.Drawing{Lines: append(lines, below...)}
}

func (p *databasePage) Next(m *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(m); !ok {
		return cmd, false
	}
	row, ok := p.Table.Current()
	switch {
	case !ok:
		return m.Warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return m.Warn("This database cannot be chosen: it is " + strings.TrimPrefix(row.Disabled, "is ") + "."), false
	}
	in := m.Intent.Database
	_, open := m.World.Question([]string{"database"})
	switch {
	case row.Key == newRow && in.Existing == nil && !open:
		return nil, true
	case row.Key == newRow:
		m.Answer(func(in *steps.Intent) {
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
		if err := m.Allowed(choose); err != nil {
			return m.Warn(err.Error()), false
		}
		m.Answer(choose)
	}
	return nil, true
}

func (p *databasePage) Commands(m *wizard.Session) []string {
	out := []string{"aws rds describe-db-instances" + regionFlag(m)}
	return append(out, m.World.CommandsOf(p.about.Steps)...)
}
