package pages

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/overlays"
	"podsg/ui/phrase"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// planPage shows every change before anything is changed, and asks for the one
// confirmation.
type planPage struct{ TablePage }

func newPlanPage() *planPage {
	p := &planPage{}
	p.about = wizard.Facts{ID: wizard.PagePlan, Title: "Plan", Rail: "Plan", Brief: true}
	p.Table = table.New(
		table.RowColumn{Title: " "},
		table.RowColumn{Title: "Change", Min: 40, Grow: true},
		table.RowColumn{Title: "A month", Min: 7, Right: true},
	)
	return p
}

// StepTitles maps the steps of the procedure to their titles.
func StepTitles() map[steps.StepID]string {
	titles := map[steps.StepID]string{}
	for _, s := range steps.Procedure() {
		titles[s.ID] = s.Title
	}
	return titles
}

func (p *planPage) Guide(m *wizard.Session) wizard.Guide {
	g := p.TablePage.Guide(m)
	if m.Untouched() == "" {
		g.About = "What is missing, and nothing else. Each change says why, with which command, and how it is undone."
	}
	return g
}

func (p *planPage) Refresh(m *wizard.Session) {
	plan := m.World.Plan
	if plan == nil {
		p.Table.SetRows(nil)
		return
	}
	byStep := map[steps.StepID][]steps.Change{}
	for _, c := range plan.Changes {
		byStep[c.Step] = append(byStep[c.Step], c)
	}
	rows := make([]table.Row, 0, len(plan.Changes))
	for _, step := range steps.Procedure() {
		for _, c := range byStep[step.ID] {
			bill := ""
			if c.Bills != nil {
				bill = phrase.Money(c.Bills.USDPerMonth)
			}
			rows = append(rows, table.Row{Key: c.ID, Group: step.Title, Cells: []table.Cell{
				{Text: string(c.Op), Tone: draw.OpTone(c.Op)}, {Text: c.Summary}, {Text: bill, Tone: theme.Warn},
			}})
		}
	}
	p.Table.SetRows(rows)
}

func (p *planPage) Draw(m *wizard.Session, width, height int) wizard.Drawing {
	t := m.Theme
	lines, ok := unread(m, width)
	switch {
	case !ok:
		return wizard.Drawing{Lines: lines}
	case m.Reading != nil:
		return wizard.Drawing{Lines: waiting(m, m.Reading)}
	case len(m.World.Questions) > 0:
		q := m.World.Questions[0]
		lines = append(lines, drawQuestion(m, q, width)...)
		return wizard.Drawing{Lines: append(append(lines, ""), draw.Wrapped(t, theme.Muted, "This is still open. enter goes to the page that asks it.", width, 3)...)}
	case m.World.AnswerErr != nil:
		text := "There is no plan while an answer is refused. enter goes to it, r reads everything again."
		return wizard.Drawing{Lines: draw.Wrapped(t, theme.Muted, text, width, 3)}
	case m.World.PlanErr != nil:
		lines = append(drawBlocked(t, m.World.PlanErr, width), "")
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, m.Untouched()+"When it is mended, r reads everything again.", width, 3)...)}
	case m.World.Plan == nil:
		return wizard.Drawing{Lines: []string{t.Paint(theme.Muted, "There is no plan yet. r reads the cluster.")}}
	case m.World.Stale:
		text := "This plan has been carried out. r reads the cluster again and plans what is missing."
		return wizard.Drawing{Lines: draw.Wrapped(t, theme.Muted, text, width, 3)}
	case m.World.Plan.Empty():
		lines = append(lines, t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Strong, "There is nothing to do: everything is as it must be."))
		next := "enter goes to the end."
		if m.World.Target.Verify {
			next = "enter asks the test pods for the proof again; that changes nothing."
		}
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, next, width, 3)...)}
	}
	details := p.details(m, width)
	total := p.total(m, width)
	// The table keeps a few rows however much there is to say about one change.
	need := max(1, p.Table.Lines()) + 1
	if p.Table.Filter() != "" || p.Table.Typing() {
		need++ // the line with the filter
	}
	tableRoom := min(max(6, height-len(total)-len(details)-1), need, height-len(total)-4)
	lines = p.Table.Draw(t, width, tableRoom)
	lines = append(lines, t.Paint(theme.Rule, strings.Repeat("─", width)))
	lines = append(lines, details[:min(len(details), max(0, height-len(lines)-len(total)))]...)
	for len(lines) < height-len(total) {
		lines = append(lines, "")
	}
	for _, line := range total {
		lines = append(lines, widget.Fit(line, width))
	}
	return wizard.Drawing{Lines: lines}
}

// drawBlocked draws why there is no plan: the checks that stand in its way, or
// what else went wrong.
func drawBlocked(t *theme.Theme, err error, width int) []string {
	var blocked *steps.BlockedError
	if !errors.As(err, &blocked) {
		return draw.Problem(t, err, width)
	}
	lines := append(draw.Wrapped(t, theme.Strong, "This stands in the way, and no change of podsg's can mend it:", width, 3), "")
	return append(lines, draw.Findings(t, blocked.Findings, width)...)
}

// details describes the change under the pointer.
func (p *planPage) details(m *wizard.Session, width int) []string {
	t := m.Theme
	id, _ := p.Table.CurrentKey()
	c, ok := m.World.Plan.Change(id)
	if !ok {
		return nil
	}
	lines := draw.Wrapped(t, theme.Strong, string(c.Op)+" "+c.Summary, width, 2)
	add := func(name, text string) {
		for i, line := range widget.Wrap(text, width-9) {
			label := ""
			if i == 0 {
				label = name
			}
			lines = append(lines, t.Paint(theme.Muted, widget.Fit(label, 9))+line)
		}
	}
	add("why", phrase.Sentence(c.Why))
	add("undo", phrase.Sentence("by podsg cleanup: "+c.Undo))
	var facts []string
	if c.Expected > 0 {
		facts = append(facts, "takes "+phrase.About(m.Usual(c.Expected)))
	}
	if len(c.Needs) > 0 && width >= 80 {
		facts = append(facts, "after "+phrase.List(c.Needs))
	}
	if c.Bills != nil {
		add("cost", phrase.Money(c.Bills.USDPerMonth)+" a month ("+c.Bills.Source+").")
	}
	add("when", phrase.Sentence(strings.Join(facts, ", ")))
	if !m.Layout.Dock.Empty() || m.Layout.Page.Dy() < wizard.BriefBelow {
		return lines // the commands are beneath, or c shows them
	}
	for i, command := range c.Commands() {
		name := ""
		if i == 0 {
			name = "command"
		}
		lines = append(lines, t.Paint(theme.Muted, widget.Fit(name, 9))+t.Paint(theme.Key, widget.Cut(oneLine(command), width-9)))
	}
	return lines
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// total sums the plan up in one line.
func (p *planPage) total(m *wizard.Session, width int) []string {
	plan, t := m.World.Plan, m.Theme
	text := fmt.Sprintf("%s, %s", phrase.Count(len(plan.Changes), "change"), phrase.About(m.Usual(plan.Expected())))
	switch usd := plan.USDPerMonth(); {
	case usd > 0 && m.Options.Sandbox != nil:
		text += ", free here (" + phrase.Money(usd) + " a month)"
	case usd > 0:
		text += ", " + phrase.Money(usd) + " a month"
	default:
		text += ", no running costs"
	}
	lines := []string{""}
	for _, note := range plan.Notes {
		lines = append(lines, widget.Wrap(theme.SymbolWarning+" "+note, width)...)
	}
	return append(lines, t.Paint(theme.Strong, text))
}

func (p *planPage) Offers(m *wizard.Session) []keys.Action {
	if m.World.Plan == nil || m.World.Plan.Empty() {
		return []keys.Action{keys.Retry}
	}
	out := []keys.Action{keys.Down, keys.Filter}
	if len(m.Options.Exports) > 0 {
		out = append(out, keys.Export)
	}
	if m.Options.SaveAnswers != nil {
		out = append(out, keys.Save)
	}
	return append(out, keys.Retry)
}

func (p *planPage) Label(m *wizard.Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Continue && m.World.Plan != nil && !m.World.Plan.Empty():
		return "apply"
	}
	return ""
}

func (p *planPage) Act(m *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Export && m.World.Plan != nil {
		return export(m), true
	}
	return p.TablePage.Act(m, a)
}

func (p *planPage) Next(m *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(m); !ok {
		return cmd, false
	}
	switch {
	case m.Reading != nil:
		return m.Say("Still reading the cluster."), false
	case len(m.World.Questions) > 0:
		ShowAnswer(m, m.World.Questions[0].Key)
		return m.Warn("This answer is needed."), false
	case m.World.AnswerErr != nil:
		ShowAnswer(m, wizard.RefusedKey(m.World.AnswerErr))
		return m.Warn("This answer is refused."), false
	case m.World.Err != nil:
		return m.Warn("The cluster could not be read again. r tries again."), false
	case m.World.Stale:
		return m.Warn("This plan has been carried out. r reads again and plans what is missing."), false
	case m.World.Plan == nil:
		return m.Warn("There is no plan to apply."), false
	case m.World.Plan.Empty():
		return m.StartRun(), true
	}
	m.Open(overlays.NewConfirmation(m, AskToApply(m)))
	return nil, false
}

// ShowAnswer goes to the page that settles an answers key.
func ShowAnswer(m *wizard.Session, key string) {
	for i, p := range m.Pages {
		if wizard.Concerns(key, p.Facts().Answers) || key == "database" && p.Facts().ID == wizard.PageDatabase {
			m.Show(i)
			return
		}
	}
}

// How a plan is confirmed: in a real account by typing a word, in the practice
// world, where nothing is at stake, by enter once the keyboard has been quiet.
const (
	quietInSandbox = 300 * time.Millisecond
	ConfirmWord    = "yes"
)

// AskToApply is the one confirmation.
func AskToApply(m *wizard.Session) overlays.Confirmation {
	plan := m.World.Plan
	c := overlays.Confirmation{
		Title:  "Apply the plan?",
		Yes:    "apply",
		Accept: func(m *wizard.Session) tea.Cmd { return m.StartRun() },
		Lines: func(m *wizard.Session, width int) []string {
			where := fmt.Sprintf("%s in cluster %s, account %s, region %s.", phrase.Count(len(plan.Changes), "change"),
				m.Intent.Cluster, m.Identity.Account, m.Identity.Region)
			lines := widget.Wrap(where, width)
			cost := "It costs nothing while it exists."
			if usd := plan.USDPerMonth(); usd > 0 {
				cost = "It costs " + phrase.Money(usd) + " a month while it exists."
			}
			if m.Options.Sandbox != nil {
				cost = "This is the practice world: it costs nothing."
			}
			lines = append(lines, widget.Wrap(cost, width)...)
			return append(lines, widget.Wrap("It takes "+phrase.About(m.Usual(plan.Expected()))+". podsg cleanup undoes it.", width)...)
		},
	}
	if m.Options.Sandbox != nil {
		c.Quiet = quietInSandbox
	} else {
		c.Word = ConfirmWord
	}
	return c
}

// Commands are those of the change under the pointer; the export has them all.
func (p *planPage) Commands(m *wizard.Session) []string {
	if m.World.Plan == nil {
		return nil
	}
	id, _ := p.Table.CurrentKey()
	c, _ := m.World.Plan.Change(id)
	return c.Commands()
}
