package pages

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
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
		Steps: []steps.StepID{steps.StepPodGroup}, Answers: []string{"podSecurityGroup"},
	}
	p.Table = table.New(
		table.RowColumn{Title: "Security group", Min: 20},
		table.RowColumn{Title: "Name", Min: 8, Max: 40, Grow: true},
		table.RowColumn{Title: "", Min: 10, Grow: true},
	)
	p.Table.SpellOut()
	return p
}

func (p *podGroupPage) Refresh(m *wizard.Session) {
	if m.World.Obs == nil {
		p.placed = false
		return
	}
	var rows []table.Row
	for _, c := range steps.PodGroupChoices(m.World.Snapshot(), m.Intent) {
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
		if id := m.World.Target.PodGroup.ID; id != "" {
			p.Table.SelectKey(id)
		}
	}
	if !p.name.Editing() {
		p.name.Set([]widget.Field{{
			Key: "name", Label: "Name", Value: podGroupName(m),
			Validate: func(text string) error { return m.Allowed(nameGroup(text)) },
		}})
	}
}

// podGroupName is the name that a new group for the pods gets.
func podGroupName(m *wizard.Session) string {
	return cmp.Or(m.Intent.PodSecurityGroup.Name, steps.DefaultPodGroupName)
}

func nameGroup(name string) func(in *steps.Intent) {
	return func(in *steps.Intent) { in.PodSecurityGroup = steps.GroupIntent{Name: name} }
}

func (p *podGroupPage) Naming(m *wizard.Session, row string) *Naming {
	if row != newRow {
		return nil
	}
	return &Naming{
		Key: "podSecurityGroup.name", Label: "Name of the new group", Value: podGroupName(m),
		Check: func(text string) error { return m.Allowed(nameGroup(text)) },
		Store: func(text string) {
			if text != podGroupName(m) {
				m.Answer(nameGroup(text))
			}
			p.Refresh(m)
		},
	}
}

func (p *podGroupPage) Draw(m *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(m, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	if p.name.Editing() {
		return p.name.Draw(m.Theme, width)
	}
	below := draw.Findings(m.Theme, draw.Unsettled(m.World.FindingsOf(p.about.Steps)), width)
	lines = p.Table.Draw(m.Theme, width, max(4, height-len(below)))
	return wizard.Drawing{Lines: append(lines, below...)}
}

func (p *podGroupPage) Act(m *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Edit {
		if key, _ := p.Table.CurrentKey(); key != newRow {
			return m.Say("Only the new group's name can be changed here."), true
		}
		p.name.Edit()
		return nil, true
	}
	return p.TablePage.Act(m, a)
}

func (p *podGroupPage) Offers(m *wizard.Session) []keys.Action {
	if key, _ := p.Table.CurrentKey(); key == newRow {
		return append([]keys.Action{keys.Edit}, p.TablePage.Offers(m)...)
	}
	return p.TablePage.Offers(m)
}

func (p *podGroupPage) Label(m *wizard.Session, a keys.Action) string {
	if a == keys.Edit {
		return "rename"
	}
	return p.TablePage.Label(m, a)
}

func (p *podGroupPage) Editing() bool { return p.name.Editing() }
func (p *podGroupPage) Capturing(m *wizard.Session) bool {
	return p.Editing() || p.TablePage.Capturing(m)
}

func (p *podGroupPage) Capture(m *wizard.Session, k tea.KeyPressMsg) tea.Cmd {
	if !p.Editing() {
		return p.TablePage.Capture(m, k)
	}
	switch k.String() {
	case "esc":
		p.name.Cancel()
	case "enter", "tab":
		if _, name, ok := p.name.Commit(); ok {
			m.Answer(nameGroup(name))
		}
	default:
		p.name.Type(k)
	}
	return nil
}

func (p *podGroupPage) Paste(m *wizard.Session, text string) {
	if p.Editing() {
		p.name.Paste(text)
		return
	}
	p.TablePage.Paste(m, text)
}

func (p *podGroupPage) Next(m *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(m); !ok {
		return cmd, false
	}
	row, ok := p.Table.Current()
	switch {
	case !ok:
		return m.Warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return m.Warn("This group cannot be chosen: " + row.Disabled + "."), false
	}
	choose := func(in *steps.Intent) { in.PodSecurityGroup = steps.GroupIntent{ID: row.Key} }
	switch {
	case row.Key == newRow && m.Intent.PodSecurityGroup.ID == "",
		row.Key == m.Intent.PodSecurityGroup.ID,
		m.World.Settled && m.Intent.PodSecurityGroup.ID == "" && row.Key == m.World.Target.PodGroup.ID:
		return nil, true // as it is already
	case row.Key == newRow:
		choose = nameGroup("")
	}
	if err := m.Allowed(choose); err != nil {
		return m.Warn(err.Error()), false
	}
	m.Answer(choose)
	return nil, true
}

func (p *podGroupPage) Commands(m *wizard.Session) []string { return m.World.CommandsOf(p.about.Steps) }
