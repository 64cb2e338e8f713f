package ui

import (
	"cmp"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// podGroupPage asks for the pods' security group: a new one, or one that exists.
type podGroupPage struct {
	tablePage
	name   *widget.Form // the new group's name
	placed bool
}

// newRow is the key of the row that makes a new object.
const newRow = "new"

func newPodGroupPage() *podGroupPage {
	p := &podGroupPage{name: widget.NewForm()}
	p.about = facts{
		id: pagePodGroup, title: "Security group of the pods", rail: "Pod group",
		steps: []steps.StepID{steps.StepPodGroup}, answers: []string{"podSecurityGroup"},
	}
	p.table = widget.NewTable(
		widget.Column{Title: "Security group", Min: 20},
		widget.Column{Title: "Name", Min: 8, Max: 40, Grow: true},
		widget.Column{Title: "", Min: 10, Grow: true},
	)
	p.table.SpellOut()
	return p
}

func (p *podGroupPage) refresh(m *Session) {
	if m.world.obs == nil {
		p.placed = false
		return
	}
	var rows []widget.Row
	for _, c := range steps.PodGroupChoices(m.world.snapshot(), m.intent) {
		key, label := c.Value, c.Value
		note := widget.Cell{Tone: theme.Muted}
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
			note = widget.Cell{Text: theme.SymbolFailed + " " + c.Disabled, Tone: theme.Bad}
		}
		rows = append(rows, widget.Row{Key: key, Disabled: c.Disabled, Cells: []widget.Cell{{Text: label}, {Text: c.Detail[0]}, note}})
	}
	p.table.SetRows(rows)
	if !p.placed {
		p.placed = true
		p.table.SelectFirstEnabled()
		if id := m.world.target.PodGroup.ID; id != "" {
			p.table.SelectKey(id)
		}
	}
	if !p.name.Editing() {
		p.name.Set([]widget.Field{{
			Key: "name", Label: "Name", Value: m.podGroupName(),
			Validate: func(text string) error { return m.allowed(nameGroup(text)) },
		}})
	}
}

// podGroupName is the name that a new group for the pods gets.
func (m *Session) podGroupName() string {
	return cmp.Or(m.intent.PodSecurityGroup.Name, steps.DefaultPodGroupName)
}

func nameGroup(name string) func(in *steps.Intent) {
	return func(in *steps.Intent) { in.PodSecurityGroup = steps.GroupIntent{Name: name} }
}

func (p *podGroupPage) naming(m *Session, row string) *naming {
	if row != newRow {
		return nil
	}
	return &naming{
		key: "podSecurityGroup.name", label: "Name of the new group", value: m.podGroupName(),
		check: func(text string) error { return m.allowed(nameGroup(text)) },
		store: func(text string) {
			if text != m.podGroupName() {
				m.answer(nameGroup(text))
			}
			p.refresh(m)
		},
	}
}

func (p *podGroupPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	if p.name.Editing() {
		return p.name.Draw(m.theme, width)
	}
	below := drawFindings(m.theme, unsettled(m.world.findingsOf(p.about.steps)), width)
	lines = p.table.Draw(m.theme, width, max(4, height-len(below)))
	return drawing{Lines: append(lines, below...)}
}

func (p *podGroupPage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Edit {
		if key, _ := p.table.CurrentKey(); key != newRow {
			return m.say("Only the new group's name can be changed here."), true
		}
		p.name.Edit()
		return nil, true
	}
	return p.tablePage.act(m, a)
}

func (p *podGroupPage) offers(m *Session) []keys.Action {
	if key, _ := p.table.CurrentKey(); key == newRow {
		return append([]keys.Action{keys.Edit}, p.tablePage.offers(m)...)
	}
	return p.tablePage.offers(m)
}

func (p *podGroupPage) label(m *Session, a keys.Action) string {
	if a == keys.Edit {
		return "rename"
	}
	return p.tablePage.label(m, a)
}

func (p *podGroupPage) editing() bool             { return p.name.Editing() }
func (p *podGroupPage) capturing(m *Session) bool { return p.editing() || p.tablePage.capturing(m) }

func (p *podGroupPage) capture(m *Session, k tea.KeyPressMsg) tea.Cmd {
	if !p.editing() {
		return p.tablePage.capture(m, k)
	}
	switch k.String() {
	case "esc":
		p.name.Cancel()
	case "enter", "tab":
		if _, name, ok := p.name.Commit(); ok {
			m.answer(nameGroup(name))
		}
	default:
		p.name.Type(k)
	}
	return nil
}

func (p *podGroupPage) paste(m *Session, text string) {
	if p.editing() {
		p.name.Paste(text)
		return
	}
	p.tablePage.paste(m, text)
}

func (p *podGroupPage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	row, ok := p.table.Current()
	switch {
	case !ok:
		return m.warn("No row is chosen: esc shows all rows again."), false
	case row.Disabled != "":
		return m.warn("This group cannot be chosen: " + row.Disabled + "."), false
	}
	choose := func(in *steps.Intent) { in.PodSecurityGroup = steps.GroupIntent{ID: row.Key} }
	switch {
	case row.Key == newRow && m.intent.PodSecurityGroup.ID == "",
		row.Key == m.intent.PodSecurityGroup.ID,
		m.world.settled && m.intent.PodSecurityGroup.ID == "" && row.Key == m.world.target.PodGroup.ID:
		return nil, true // as it is already
	case row.Key == newRow:
		choose = nameGroup("")
	}
	if err := m.allowed(choose); err != nil {
		return m.warn(err.Error()), false
	}
	m.answer(choose)
	return nil, true
}

func (p *podGroupPage) commands(m *Session) []string { return m.world.commandsOf(p.about.steps) }
