package plain

import (
	"errors"
	"fmt"
	"strings"

	"podsg/steps"
	"podsg/ui/draw"
	"podsg/ui/pages"
	"podsg/ui/phrase"
	"podsg/ui/table"
	"podsg/ui/theme"
	"podsg/ui/wizard"
)

// asksForm and asksRows are pages as the plain mode sees them: fields to fill
// in, or rows to choose from.
type (
	asksForm interface {
		wizard.Page
		AsForm() *pages.FormPage
		AnswersKey(m *wizard.Session, field string) string
	}
	asksRows interface {
		wizard.Page
		AsTable() *pages.TablePage
		Naming(m *wizard.Session, row string) *pages.Naming
	}
)

// questions goes through the pages up to the plan, and back where that is asked
// for.
func (p *plain) questions() error {
	m := p.m
	plan := m.IndexOf(wizard.PagePlan)
	forward := true
	for at := 0; at < plan; {
		m.At, m.Reached = at, max(m.Reached, at)
		asked, err := p.page(at, plan)
		switch {
		case errors.Is(err, errPlainBack) && at == 0:
			p.line("This is the first question.")
			forward = true
		case errors.Is(err, errPlainBack):
			at, forward = at-1, false
		case err != nil:
			return err
		case !asked && !forward:
			at = max(0, at-1) // a page that asks nothing is passed in both directions
			forward = at == 0
		default:
			at, forward = at+1, true
		}
	}
	m.At = plan
	return p.openAnswer(plan)
}

// page puts the questions of one page; asked is false when it has none.
func (p *plain) page(at, of int) (asked bool, err error) {
	m := p.m
	about := m.Pages[at].Facts()
	p.line("")
	p.line(fmt.Sprintf("Step %d of %d: %s", at+1, of, about.Title))
	if about.First {
		if err := p.chooseCluster(); err != nil {
			return true, err
		}
		return true, p.observeIfChanged()
	}
	m.Pages[at].Refresh(m)
	p.paragraph(m.Pages[at].Guide(m).About)
	if len(about.Answers) == 0 {
		p.Told(m.Pages[at])
		found := m.World.FindingsOf(about.Steps)
		if !about.AllChecks {
			found = draw.Unsettled(found)
		}
		p.findings(found)
		return false, nil
	}
	switch page := m.Pages[at].(type) {
	case asksForm:
		return true, p.form(page)
	case asksRows:
		return true, p.rows(page)
	}
	return false, nil
}

// Told writes what a page has to tell before it asks.
func (p *plain) Told(page wizard.Page) {
	for _, line := range page.Told(p.m) {
		p.line(line)
	}
}

func (p *plain) chooseCluster() error {
	m := p.m
	if len(m.Clusters) == 0 {
		return &steps.Problem{Kind: steps.ProblemNotFound, Doing: "choose a cluster",
			Err: fmt.Errorf("there are no EKS clusters in region %s", m.Identity.Region), Hint: "choose another region with --region"}
	}
	a := asking{key: "cluster", label: "Cluster", value: m.Clusters[0]}
	for _, name := range m.Clusters {
		a.options = append(a.options, option{value: name, text: name})
	}
	if name := m.Intent.Cluster; name != "" {
		a.value, a.source = name, m.Options.Sources["cluster"]
		if a.source != "" {
			a.source = "from " + a.source
		}
	}
	name, err := p.ask(a)
	if err != nil {
		return err
	}
	if name != m.Intent.Cluster {
		m.Intent.Cluster, m.World = name, wizard.World{}
	}
	return nil
}

// form puts the questions of a form, in order. An answer can bring further
// questions, or settle them.
func (p *plain) form(page asksForm) error {
	m, f := p.m, page.AsForm()
	for {
		p.Told(page)
		fields := f.Fill(m)
		for i := 0; i < len(fields); {
			value, err := p.ask(askedField(page.AnswersKey(m, fields[i].Key), fields[i]))
			switch {
			case errors.Is(err, errPlainBack) && i > 0:
				i--
				continue
			case err != nil:
				return err
			case value != fields[i].Value:
				f.Change(m, fields[i].Key, value)
				if m.World.AnswerErr != nil {
					p.line("Not possible: " + phrase.Sentence(m.World.AnswerErr.Error()))
					fields = f.Fill(m)
					continue
				}
			}
			fields = f.Fill(m)
			i++
		}
		settled, err := p.accept(page)
		f.Form.Cancel()
		if settled || err != nil {
			return err
		}
	}
}

// rows puts the question which row of a table to choose.
func (p *plain) rows(page asksRows) error {
	m, t := p.m, page.AsTable()
	for {
		if q, open := m.World.Question(page.Facts().Answers); open {
			p.paragraph(phrase.Sentence(q.Text))
		}
		key, err := p.ask(askedRows(page.Facts(), t.Table))
		if err != nil {
			return err
		}
		t.Table.SelectKey(key)
		if settled, err := p.accept(page); err != nil || !settled {
			if err != nil {
				return err
			}
			continue
		}
		if n := page.Naming(m, key); n != nil {
			return p.nameNew(n)
		}
		return nil
	}
}

// askedRows is the question that a table asks.
func askedRows(about wizard.Facts, t *table.Table) asking {
	a := asking{key: about.Answers[0], label: about.Title}
	a.value, _ = t.CurrentKey()
	for r := range t.Each {
		var words []string
		for _, c := range r.Cells {
			text := strings.TrimLeft(c.Text, theme.SymbolFailed+theme.SymbolDone+"+ ")
			if text != "" && text != r.Disabled {
				words = append(words, text)
			}
		}
		a.options = append(a.options, option{value: r.Key, text: strings.Join(words, ", "), refused: r.Disabled})
	}
	return a
}

// nameNew asks for the name of what is to be made.
func (p *plain) nameNew(n *pages.Naming) error {
	value, err := p.ask(asking{key: n.Key, label: n.Label, value: n.Value, check: n.Check})
	if err != nil {
		return err
	}
	n.Store(value)
	return nil
}

// accept settles a page as enter does on the screen, and tells what stands
// against it. What its checks found is told too.
func (p *plain) accept(page wizard.Page) (bool, error) {
	m := p.m
	m.Toast.Text = ""
	_, ok := page.Next(m)
	if !ok {
		p.line(m.Toast.Text)
		return false, nil
	}
	if err := p.observeIfChanged(); err != nil {
		return false, err
	}
	if m.World.AnswerErr != nil {
		p.problem(m.World.AnswerErr)
		return false, nil
	}
	p.findings(draw.Unsettled(m.World.FindingsOf(page.Facts().Steps)))
	return true, nil
}

// openAnswer goes back to a question that is still open before the plan.
func (p *plain) openAnswer(plan int) error {
	m := p.m
	for range plan {
		key := wizard.RefusedKey(m.World.AnswerErr)
		if len(m.World.Questions) > 0 {
			key = m.World.Questions[0].Key
			p.paragraph(phrase.Sentence(m.World.Questions[0].Text))
		}
		if key == "" {
			break
		}
		pages.ShowAnswer(m, key)
		if m.At >= plan {
			break
		}
		if _, err := p.page(m.At, plan); err != nil && !errors.Is(err, errPlainBack) {
			return err
		}
		m.At = plan
	}
	switch {
	case m.World.AnswerErr != nil:
		return m.World.AnswerErr
	case len(m.World.Questions) > 0:
		return steps.Usage("", "%s is still open: %s", m.World.Questions[0].Key, m.World.Questions[0].Text)
	}
	return nil
}

// explain writes the help of a question and the long explanation of its page.
func (p *plain) explain(a asking) {
	if a.help != "" {
		p.paragraph(a.help)
	}
	page := p.m.Page()
	if !p.m.Diagnose && a.key != "" {
		for _, paragraph := range page.Guide(p.m).More {
			p.paragraph(paragraph)
		}
		for _, command := range page.Commands(p.m) {
			p.line("Command: " + command)
		}
	}
}
