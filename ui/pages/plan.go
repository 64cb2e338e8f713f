package pages

import (
	"errors"
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/steps/check"
	"podsg/steps/plan"
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
func StepTitles() map[check.StepID]string {
	titles := map[check.StepID]string{}
	for _, s := range steps.Procedure() {
		titles[s.ID] = s.ID.Title()
	}
	return titles
}

func (p *planPage) Guide(s *wizard.Session) wizard.Guide {
	g := p.TablePage.Guide(s)
	if s.Untouched() == "" {
		g.About = "What is missing, and nothing else. Each change says why, with which command, and how it is undone."
	}
	return g
}

func (p *planPage) Refresh(s *wizard.Session) {
	planned := s.World.Plan
	if planned == nil {
		p.Table.SetRows(nil)
		return
	}
	byStep := map[check.StepID][]plan.Change{}
	for _, c := range planned.Changes {
		byStep[c.Step] = append(byStep[c.Step], c)
	}
	rows := make([]table.Row, 0, len(planned.Changes))
	for _, step := range steps.Procedure() {
		for _, c := range byStep[step.ID] {
			bill := ""
			if c.Bills != nil {
				bill = phrase.Money(c.Bills.USDPerMonth)
			}
			rows = append(rows, table.Row{Key: c.ID, Group: step.ID.Title(), Cells: []table.Cell{
				{Text: string(c.Op), Tone: draw.OpTone(c.Op)}, {Text: c.Summary}, {Text: bill, Tone: theme.Warn},
			}})
		}
	}
	p.Table.SetRows(rows)
}

func (p *planPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	t := s.Theme
	lines, ok := unread(s, width)
	switch {
	case !ok:
		return wizard.Drawing{Lines: lines}
	case s.Reading != nil:
		return wizard.Drawing{Lines: waiting(s, s.Reading)}
	case len(s.World.Questions) > 0:
		q := s.World.Questions[0]
		lines = append(lines, drawQuestion(s, q, width)...)
		return wizard.Drawing{Lines: append(append(lines, ""), draw.Wrapped(t, theme.Muted, "This is still open. enter goes to the page that asks it.", width, 3)...)}
	case s.World.AnswerErr != nil:
		text := "There is no plan while an answer is refused. enter goes to it, r reads everything again."
		return wizard.Drawing{Lines: draw.Wrapped(t, theme.Muted, text, width, 3)}
	case s.World.PlanErr != nil:
		lines = append(drawBlocked(t, s.World.PlanErr, width), "")
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, s.Untouched()+"When it is mended, r reads everything again.", width, 3)...)}
	case s.World.Plan == nil:
		return wizard.Drawing{Lines: []string{t.Paint(theme.Muted, "There is no plan yet. r reads the cluster.")}}
	case s.World.Stale:
		text := "This plan has been carried out. r reads the cluster again and plans what is missing."
		return wizard.Drawing{Lines: draw.Wrapped(t, theme.Muted, text, width, 3)}
	case s.World.Plan.Empty():
		lines = append(lines, t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Strong, "There is nothing to do: everything is as it must be."))
		next := "enter goes to the end."
		if s.World.Target.Verify {
			next = "enter asks the test pods for the proof again; that changes nothing."
		}
		return wizard.Drawing{Lines: append(lines, draw.Wrapped(t, theme.Muted, next, width, 3)...)}
	}
	details := p.details(s, width)
	total := p.total(s, width)
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
func (p *planPage) details(s *wizard.Session, width int) []string {
	t := s.Theme
	id, _ := p.Table.CurrentKey()
	c, ok := s.World.Plan.Change(id)
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
		facts = append(facts, "takes "+phrase.About(s.Usual(c.Expected)))
	}
	if len(c.Needs) > 0 && width >= 80 {
		facts = append(facts, "after "+phrase.List(c.Needs))
	}
	if c.Bills != nil {
		add("cost", phrase.Money(c.Bills.USDPerMonth)+" a month ("+c.Bills.Source+").")
	}
	add("when", phrase.Sentence(strings.Join(facts, ", ")))
	if !s.Layout.Dock.Empty() || s.Layout.Page.Dy() < wizard.BriefBelow {
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
func (p *planPage) total(s *wizard.Session, width int) []string {
	plan, t := s.World.Plan, s.Theme
	text := fmt.Sprintf("%s, %s", phrase.Count(len(plan.Changes), "change"), phrase.About(s.Usual(plan.Expected())))
	switch usd := plan.USDPerMonth(); {
	case usd > 0 && s.Options.Sandbox != nil:
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

func (p *planPage) Offers(s *wizard.Session) []keys.Action {
	if s.World.Plan == nil || s.World.Plan.Empty() {
		return []keys.Action{keys.Retry}
	}
	out := []keys.Action{keys.Down, keys.Filter}
	if len(s.Options.Exports) > 0 {
		out = append(out, keys.Export)
	}
	if s.Options.SaveAnswers != nil {
		out = append(out, keys.Save)
	}
	return append(out, keys.Retry)
}

func (p *planPage) Label(s *wizard.Session, a keys.Action) string {
	switch {
	case a == keys.Down:
		return "details"
	case a == keys.Continue && s.World.Plan != nil && !s.World.Plan.Empty():
		return "apply"
	}
	return ""
}

func (p *planPage) Act(s *wizard.Session, a keys.Action) (tea.Cmd, bool) {
	if a == keys.Export && s.World.Plan != nil {
		return export(s), true
	}
	return p.TablePage.Act(s, a)
}

func (p *planPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	switch {
	case s.Reading != nil:
		return s.Say("Still reading the cluster."), false
	case len(s.World.Questions) > 0:
		ShowAnswer(s, s.World.Questions[0].Key)
		return s.Warn("This answer is needed."), false
	case s.World.AnswerErr != nil:
		ShowAnswer(s, wizard.RefusedKey(s.World.AnswerErr))
		return s.Warn("This answer is refused."), false
	case s.World.Err != nil:
		return s.Warn("The cluster could not be read again. r tries again."), false
	case s.World.Stale:
		return s.Warn("This plan has been carried out. r reads again and plans what is missing."), false
	case s.World.Plan == nil:
		return s.Warn("There is no plan to apply."), false
	case s.World.Plan.Empty():
		return s.StartRun(), true
	}
	s.Open(overlays.NewConfirmation(s, AskToApply(s)))
	return nil, false
}

// ShowAnswer goes to the page that settles an answers key.
func ShowAnswer(s *wizard.Session, key string) {
	for i, p := range s.Pages {
		if wizard.Concerns(key, p.Facts().Answers) || key == "database" && p.Facts().ID == wizard.PageDatabase {
			s.Show(i)
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
func AskToApply(s *wizard.Session) overlays.Confirmation {
	plan := s.World.Plan
	c := overlays.Confirmation{
		Title:  "Apply the plan?",
		Yes:    "apply",
		Accept: func(s *wizard.Session) tea.Cmd { return s.StartRun() },
		Lines: func(s *wizard.Session, width int) []string {
			where := fmt.Sprintf("%s in cluster %s, account %s, region %s.", phrase.Count(len(plan.Changes), "change"),
				s.Intent.Cluster, s.Identity.Account, s.Identity.Region)
			lines := widget.Wrap(where, width)
			cost := "It costs nothing while it exists."
			if usd := plan.USDPerMonth(); usd > 0 {
				cost = "It costs " + phrase.Money(usd) + " a month while it exists."
			}
			if s.Options.Sandbox != nil {
				cost = "This is the practice world: it costs nothing."
			}
			lines = append(lines, widget.Wrap(cost, width)...)
			return append(lines, widget.Wrap("It takes "+phrase.About(s.Usual(plan.Expected()))+". podsg cleanup undoes it.", width)...)
		},
	}
	if s.Options.Sandbox != nil {
		c.Quiet = quietInSandbox
	} else {
		c.Word = ConfirmWord
	}
	return c
}

// Commands are those of the change under the pointer; the export has them all.
func (p *planPage) Commands(s *wizard.Session) []string {
	if s.World.Plan == nil {
		return nil
	}
	id, _ := p.Table.CurrentKey()
	c, _ := s.World.Plan.Change(id)
	return c.Commands()
}
