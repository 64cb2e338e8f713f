package ui

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// planPage shows every change before anything is changed, and asks for the one
// confirmation.
type planPage struct{ tablePage }

func newPlanPage() *planPage {
	p := &planPage{}
	p.about = facts{id: pagePlan, title: "Plan", rail: "Plan", brief: true}
	p.table = widget.NewTable(
		widget.Column{Title: " "},
		widget.Column{Title: "Change", Min: 40, Grow: true},
		widget.Column{Title: "A month", Min: 7, Right: true},
	)
	return p
}

// stepTitles maps the steps of the procedure to their titles.
func stepTitles() map[steps.StepID]string {
	titles := map[steps.StepID]string{}
	for _, s := range steps.Procedure() {
		titles[s.ID] = s.Title
	}
	return titles
}

func (p *planPage) guide(m *Session) guide {
	g := p.tablePage.guide(m)
	if m.untouched() == "" {
		g.about = "What is missing, and nothing else. Each change says why, with which command, and how it is undone."
	}
	return g
}

func (p *planPage) refresh(m *Session) {
	plan := m.world.plan
	if plan == nil {
		p.table.SetRows(nil)
		return
	}
	byStep := map[steps.StepID][]steps.Change{}
	for _, c := range plan.Changes {
		byStep[c.Step] = append(byStep[c.Step], c)
	}
	rows := make([]widget.Row, 0, len(plan.Changes))
	for _, step := range steps.Procedure() {
		for _, c := range byStep[step.ID] {
			bill := ""
			if c.Bills != nil {
				bill = money(c.Bills.USDPerMonth)
			}
			rows = append(rows, widget.Row{Key: c.ID, Group: step.Title, Cells: []widget.Cell{
				{Text: string(c.Op), Tone: opTone(c.Op)}, {Text: c.Summary}, {Text: bill, Tone: theme.Warn},
			}})
		}
	}
	p.table.SetRows(rows)
}

func (p *planPage) draw(m *Session, width, height int) drawing {
	t := m.theme
	lines, ok := m.unread(width)
	switch {
	case !ok:
		return drawing{Lines: lines}
	case m.reading != nil:
		return drawing{Lines: m.waiting(m.reading)}
	case len(m.world.questions) > 0:
		q := m.world.questions[0]
		lines = append(lines, m.drawQuestion(q, width)...)
		return drawing{Lines: append(append(lines, ""), wrapped(t, theme.Muted, "This is still open. enter goes to the page that asks it.", width, 3)...)}
	case m.world.answerErr != nil:
		text := "There is no plan while an answer is refused. enter goes to it, r reads everything again."
		return drawing{Lines: wrapped(t, theme.Muted, text, width, 3)}
	case m.world.planErr != nil:
		lines = append(drawBlocked(t, m.world.planErr, width), "")
		return drawing{Lines: append(lines, wrapped(t, theme.Muted, m.untouched()+"When it is mended, r reads everything again.", width, 3)...)}
	case m.world.plan == nil:
		return drawing{Lines: []string{t.Paint(theme.Muted, "There is no plan yet. r reads the cluster.")}}
	case m.world.stale:
		text := "This plan has been carried out. r reads the cluster again and plans what is missing."
		return drawing{Lines: wrapped(t, theme.Muted, text, width, 3)}
	case m.world.plan.Empty():
		lines = append(lines, t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Strong, "There is nothing to do: everything is as it must be."))
		next := "enter goes to the end."
		if m.world.target.Verify {
			next = "enter asks the test pods for the proof again; that changes nothing."
		}
		return drawing{Lines: append(lines, wrapped(t, theme.Muted, next, width, 3)...)}
	}
	details := p.details(m, width)
	total := p.total(m, width)
	// The table keeps a few rows however much there is to say about one change.
	need := max(1, p.table.Lines()) + 1
	if p.table.Filter() != "" || p.table.Typing() {
		need++ // the line with the filter
	}
	tableRoom := min(max(6, height-len(total)-len(details)-1), need, height-len(total)-4)
	lines = p.table.Draw(t, width, tableRoom)
	lines = append(lines, t.Paint(theme.Rule, strings.Repeat("─", width)))
	lines = append(lines, details[:min(len(details), max(0, height-len(lines)-len(total)))]...)
	for len(lines) < height-len(total) {
		lines = append(lines, "")
	}
	for _, line := range total {
		lines = append(lines, widget.Fit(line, width))
	}
	return drawing{Lines: lines}
}

// drawBlocked draws why there is no plan: the checks that stand in its way, or
// what else went wrong.
func drawBlocked(t *theme.Theme, err error, width int) []string {
	var blocked *steps.BlockedError
	if !errors.As(err, &blocked) {
		return drawProblem(t, err, width)
	}
	lines := append(wrapped(t, theme.Strong, "This stands in the way, and no change of podsg's can mend it:", width, 3), "")
	return append(lines, drawFindings(t, blocked.Findings, width)...)
}

// details describes the change under the pointer.
func (p *planPage) details(m *Session, width int) []string {
	t := m.theme
	id, _ := p.table.CurrentKey()
	c, ok := m.world.plan.Change(id)
	if !ok {
		return nil
	}
	lines := wrapped(t, theme.Strong, string(c.Op)+" "+c.Summary, width, 2)
	add := func(name, text string) {
		for i, line := range widget.Wrap(text, width-9) {
			label := ""
			if i == 0 {
				label = name
			}
			lines = append(lines, t.Paint(theme.Muted, widget.Fit(label, 9))+line)
		}
	}
	add("why", sentence(c.Why))
	add("undo", sentence("by podsg cleanup: "+c.Undo))
	var facts []string
	if c.Expected > 0 {
		facts = append(facts, "takes "+about(m.usual(c.Expected)))
	}
	if len(c.Needs) > 0 && width >= 80 {
		facts = append(facts, "after "+list(c.Needs))
	}
	if c.Bills != nil {
		add("cost", money(c.Bills.USDPerMonth)+" a month ("+c.Bills.Source+").")
	}
	add("when", sentence(strings.Join(facts, ", ")))
	if !m.layout.dock.Empty() || m.layout.page.Dy() < briefBelow {
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
func (p *planPage) total(m *Session, width int) []string {
	plan, t := m.world.plan, m.theme
	text := fmt.Sprintf("%s, %s", count(len(plan.Changes), "change"), about(m.usual(plan.Expected())))
	switch usd := plan.USDPerMonth(); {
	case usd > 0 && m.options.Sandbox != nil:
		text += ", free here (" + money(usd) + " a month)"
	case usd > 0:
		text += ", " + money(usd) + " a month"
	default:
		text += ", no running costs"
	}
	lines := []string{""}
	for _, note := range plan.Notes {
		lines = append(lines, widget.Wrap(theme.SymbolWarning+" "+note, width)...)
	}
	return append(lines, t.Paint(theme.Strong, text))
}

func (p *planPage) offers(m *Session) []keys.Action {
	if m.world.plan == nil || m.world.plan.Empty() {
		return []keys.Action{keys.Retry}
	}
	out := []keys.Action{keys.Down, keys.Filter}
	if len(m.options.Exports) > 0 {
		out = append(out, keys.Export)
	}
	if m.options.SaveAnswers != nil {
		out = append(out, keys.Save)
	}
	return append(out, keys.Retry)
}

func (p *planPage) label(m *Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Continue && m.world.plan != nil && !m.world.plan.Empty():
		return "apply"
	}
	return ""
}

func (p *planPage) act(m *Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Export && m.world.plan != nil {
		return m.export(), true
	}
	return p.tablePage.act(m, a)
}

func (p *planPage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	switch {
	case m.reading != nil:
		return m.say("Still reading the cluster."), false
	case len(m.world.questions) > 0:
		m.showAnswer(m.world.questions[0].Key)
		return m.warn("This answer is needed."), false
	case m.world.answerErr != nil:
		m.showAnswer(refusedKey(m.world.answerErr))
		return m.warn("This answer is refused."), false
	case m.world.err != nil:
		return m.warn("The cluster could not be read again. r tries again."), false
	case m.world.stale:
		return m.warn("This plan has been carried out. r reads again and plans what is missing."), false
	case m.world.plan == nil:
		return m.warn("There is no plan to apply."), false
	case m.world.plan.Empty():
		return m.startRun(), true
	}
	m.open(newConfirmation(m, m.askToApply()))
	return nil, false
}

// showAnswer goes to the page that settles an answers key.
func (m *Session) showAnswer(key string) {
	for i, p := range m.pages {
		if concerns(key, p.facts().answers) || key == "database" && p.facts().id == pageDatabase {
			m.show(i)
			return
		}
	}
}

// How a plan is confirmed: in a real account by typing a word, in the practice
// world, where nothing is at stake, by enter once the keyboard has been quiet.
const (
	quietInSandbox = 300 * time.Millisecond
	confirmWord    = "yes"
)

// askToApply is the one confirmation.
func (m *Session) askToApply() confirmation {
	plan := m.world.plan
	c := confirmation{
		title:  "Apply the plan?",
		yes:    "apply",
		accept: func(m *Session) tea.Cmd { return m.startRun() },
		lines: func(m *Session, width int) []string {
			where := fmt.Sprintf("%s in cluster %s, account %s, region %s.", count(len(plan.Changes), "change"),
				m.intent.Cluster, m.identity.Account, m.identity.Region)
			lines := widget.Wrap(where, width)
			cost := "It costs nothing while it exists."
			if usd := plan.USDPerMonth(); usd > 0 {
				cost = "It costs " + money(usd) + " a month while it exists."
			}
			if m.options.Sandbox != nil {
				cost = "This is the practice world: it costs nothing."
			}
			lines = append(lines, widget.Wrap(cost, width)...)
			return append(lines, widget.Wrap("It takes "+about(m.usual(plan.Expected()))+". podsg cleanup undoes it.", width)...)
		},
	}
	if m.options.Sandbox != nil {
		c.quiet = quietInSandbox
	} else {
		c.word = confirmWord
	}
	return c
}

// commands are those of the change under the pointer; the export has them all.
func (p *planPage) commands(m *Session) []string {
	if m.world.plan == nil {
		return nil
	}
	id, _ := p.table.CurrentKey()
	c, _ := m.world.plan.Change(id)
	return c.Commands()
}
