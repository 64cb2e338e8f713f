package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// podGroupPage asks for the pods' security group: a new one, or one that exists.
type podGroupPage struct {
	TablePage
	name   *widget.Form // the new group's name
	placed bool
}

// newRow is the key of the row that makes a new object.
const newRow = "new"

func newPodGroupPage() *podGroupPage {
	p := &podGroupPage{name: widget.NewForm()}
	p.about = wizard.Facts{
		ID: wizard.PagePodGroup, Title: "Security group of the pods", Rail: "Pod group",
		Steps: []check.StepID{check.StepPodGroup}, Answers: []string{"podSecurityGroup"},
	}
	p.Table = table.New(
		table.RowColumn{Title: "Security group", Min: 20},
		table.RowColumn{Title: "Name", Min: 8, Max: 40, Grow: true},
		table.RowColumn{Title: "", Min: 10, Grow: true},
	)
	p.Table.SpellOut()
	return p
}

func (p *podGroupPage) Refresh(s *wizard.Session) {
	if s.World.Obs == nil {
		p.placed = false
		return
	}
	var rows []table.Row
	for _, c := range intent.PodGroupChoices(s.World.Snapshot(), s.Intent) {
		key, label := c.Value, c.Value
		note := table.Cell{Tone: theme.Muted}
		if len(c.Detail) > 1 {
			note.Text = c.Detail[1]
		}
		if c.Source != "" {
			note.Text = c.Source
		}
		if c.Value == "" {
			key, label = newRow, "+ new group"
		}
		if c.Disabled != "" {
			note = table.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		}
		rows = append(rows, table.Row{Key: key, Disabled: c.Disabled, Cells: []table.Cell{{Text: label}, {Text: c.Detail[0]}, note}})
	}
	p.Table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.Table.SelectFirstEnabled()
		if id := s.World.Target.PodGroup.ID; id != "" {
			p.Table.SelectKey(id)
		}
	}
	if !p.name.Editing() {
		p.name.Set([]widget.Field{{
			Key: "name", Label: "Name", Value: podGroupName(s),
			Validate: func(text string) error { return s.Allowed(nameGroup(text)) },
		}})
	}
}

// podGroupName is the name that a new group for the pods gets.
func podGroupName(s *wizard.Session) string {
	return cmp.Or(s.Intent.PodSecurityGroup.Name, intent.DefaultPodGroupName)
}

func nameGroup(name string) func(in *intent.Intent) {
	return func(in *intent.Intent) { in.PodSecurityGroup = intent.GroupIntent{Name: name} }
}

func (p *podGroupPage) Naming(s *wizard.Session, row string) *Naming {
	if row != newRow {
		return nil
	}
	return &Naming{
		Key: "podSecurityGroup.name", Label: "Name of the new group", Value: podGroupName(s),
		Check: func(text string) error { return s.Allowed(nameGroup(text)) },
		Store: func(text string) {
			if text != podGroupName(s) {
				s.Answer(nameGroup(text))
			}
			p.Refresh(s)
		},
	}
}

func (p *podGroupPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	if p.name.Editing() {
		return p.name.Draw(s.Theme, width)
	}
	below := draw.Findings(s.Theme, draw.Unsettled(s.World.FindingsOf(p.about.Steps)), width)
	lines = p.Table.Draw(s.Theme, width, max(4, height-len(below)))
	return wizard.Drawing{Lines: append(lines, below...)}
}

func (p *podGroupPage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Edit {
		if key, _ := p.Table.CurrentKey(); key != newRow {
			return s.Say("Only the new group's name can be changed here."), true
		}
		p.name.Edit()
		return nil, true
	}
	return p.TablePage.Act(s, a)
}

func (p *podGroupPage) Offers(s *wizard.Session) []keys.Action {
	if key, _ := p.Table.CurrentKey(); key == newRow {
		return append([]keys.Action{keys.Edit}, p.TablePage.Offers(s)...)
	}
	return p.TablePage.Offers(s)
}

func (p *podGroupPage) Label(s *wizard.Session, a keys.Action) string {
	if a == keys.Edit {
		return "rename"
	}
	return p.TablePage.Label(s, a)
}

func (p *podGroupPage) Editing() bool { return p.name.Editing() }
func (p *podGroupPage) Capturing(s *wizard.Session) bool {
	return p.Editing() || p.TablePage.Capturing(s)
}

func (p *podGroupPage) Capture(s *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	if !p.Editing() {
		return p.TablePage.Capture(s, k)
	}
	switch k.String() {
	case "esc":
		p.name.Cancel()
	case "enter", "tab":
		if _, name, ok := p.name.Commit(); ok {
			s.Answer(nameGroup(name))
		}
	default:
		p.name.Type(k)
	}
	return nil
}

func (p *podGroupPage) Paste(s *wizard.Session, text string) {
	if p.Editing() {
		p.name.Paste(text)
		return
	}
	p.TablePage.Paste(s, text)
}

func (p *podGroupPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	row, ok := p.Table.Current()
	switch {
	case !ok:
		return s.Warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return s.Warn("This group cannot be chosen: " + row.Disabled + "."), false
	}
	choose := func(in *intent.Intent) { in.PodSecurityGroup = intent.GroupIntent{ID: row.Key} }
	switch {
	case row.Key == newRow && s.Intent.PodSecurityGroup.ID == "",
		row.Key == s.Intent.PodSecurityGroup.ID,
		s.World.Settled && s.Intent.PodSecurityGroup.ID == "" && row.Key == s.World.Target.PodGroup.ID:
		return nil, true // as it is already
	case row.Key == newRow:
		choose = nameGroup("")
	}
	if err := s.Allowed(choose); err != nil {
		return s.Warn(err.Error()), false
	}
	s.Answer(choose)
	return nil, true
}

func (p *podGroupPage) Commands(s *wizard.Session) []string { return s.World.CommandsOf(p.about.Steps) }
