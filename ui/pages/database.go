package pages

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
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
		Steps: []check.StepID{check.StepDatabase}, Answers: []string{"database.existing.identifier"},
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

func (p *databasePage) Refresh(s *wizard.Session) {
	if s.World.Obs == nil {
		p.placed = false
		return
	}
	note := "small, private, for trying"
	if d := s.World.Target.DB; d.Existing != nil && world.OwnedBy(d.Existing.Tags, s.Intent.Cluster) {
		note = "made by podsg earlier: " + d.Identifier
	}
	rows := []table.Row{{Key: newRow, Cells: []table.Cell{{Text: "+ new database"}, {Text: "postgres"}, {Text: newClass(s)}, {}, {Text: note, Tone: theme.Muted}}}}
	for _, c := range intent.DatabaseChoices(s.World.Snapshot(), s.Intent) {
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
		if e := s.Intent.Database.Existing; e != nil {
			p.Table.SelectKey(e.Identifier)
		}
	}
}

// newClass is the class that a new database gets.
func newClass(s *wizard.Session) string {
	switch {
	case s.World.Target.DB.Create:
		return s.World.Target.DB.Class
	case s.Intent.Database.Create != nil && s.Intent.Database.Create.Class != "":
		return s.Intent.Database.Create.Class
	default:
		return intent.DefaultDBClass
	}
}

// createsDatabase reports whether the answers ask for a database of podsg's own.
func createsDatabase(s *wizard.Session) bool { return s.Intent.Database.Existing == nil }

func (p *databasePage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	below := draw.Findings(s.Theme, draw.Unsettled(s.World.FindingsOf(p.about.Steps)), width)
	lines = p.Table.Draw(s.Theme, width, max(4, height-len(below)))
	return wizard.Drawing{Lines: append(lines, below...)}
}

func (p *databasePage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	row, ok := p.Table.Current()
	switch {
	case !ok:
		return s.Warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return s.Warn("This database cannot be chosen: it is " + strings.TrimPrefix(row.Disabled, "is ") + "."), false
	}
	in := s.Intent.Database
	_, open := s.World.Question([]string{"database"})
	switch {
	case row.Key == newRow && in.Existing == nil && !open:
		return nil, true
	case row.Key == newRow:
		s.Answer(func(in *intent.Intent) {
			in.Database.Existing = nil
			if in.Database.Create == nil {
				in.Database.Create = &intent.CreateDatabase{}
			}
		})
	case in.Existing != nil && in.Existing.Identifier == row.Key:
		return nil, true
	default:
		choose := func(in *intent.Intent) {
			in.Database.Create, in.Database.SecurityGroup, in.Database.Port = nil, intent.GroupIntent{}, 0
			in.Database.Existing = &intent.ExistingDatabase{Identifier: row.Key}
		}
		if err := s.Allowed(choose); err != nil {
			return s.Warn(err.Error()), false
		}
		s.Answer(choose)
	}
	return nil, true
}

func (p *databasePage) Commands(s *wizard.Session) []string {
	out := []string{shell.Command("aws rds describe-db-instances%s", regionFlag(s))}
	return append(out, s.World.CommandsOf(p.about.Steps)...)
}
