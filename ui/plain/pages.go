package plain

import (
	"errors"
	"fmt"
	"strings"

	"podsg/steps/world"
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
		AnswersKey(s *wizard.Session, field string) string
	}
	asksRows interface {
		wizard.Page
		AsTable() *pages.TablePage
		Naming(s *wizard.Session, row string) *pages.Naming
	}
)

// questions goes through the pages up to the plan, and back where that is asked
// for.
func (p *plain) questions() error {
	s := p.m
	plan := s.IndexOf(wizard.PagePlan)
	forward := true
	for at := 0; at < plan; {
		s.At, s.Reached = at, max(s.Reached, at)
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
	s.At = plan
	return p.openAnswer(plan)
}

// page puts the questions of one page; asked is false when it has none.
func (p *plain) page(at, of int) (asked bool, err error) {
	s := p.m
	about := s.Pages[at].Facts()
	p.line("")
	p.line(fmt.Sprintf("Step %d of %d: %s", at+1, of, about.Title))
	if about.First {
		if err := p.chooseCluster(); err != nil {
			return true, err
		}
		return true, p.observeIfChanged()
	}
	s.Pages[at].Refresh(s)
	p.paragraph(s.Pages[at].Guide(s).About)
	if len(about.Answers) == 0 {
		p.Told(s.Pages[at])
		found := s.World.FindingsOf(about.Steps)
		if !about.AllChecks {
			found = draw.Unsettled(found)
		}
		p.findings(found)
		return false, nil
	}
	switch page := s.Pages[at].(type) {
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
	s := p.m
	if len(s.Clusters) == 0 {
		return &world.Problem{Kind: world.ProblemNotFound, Doing: "choose a cluster",
			Err: fmt.Errorf("there are no EKS clusters in region %s", s.Identity.Region), Hint: "choose another region with --region"}
	}
	a := asking{key: "cluster", label: "Cluster", value: s.Clusters[0]}
	for _, name := range s.Clusters {
		a.options = append(a.options, option{value: name, text: name})
	}
	if name := s.Intent.Cluster; name != "" {
		a.value, a.source = name, s.Options.Sources["cluster"]
		if a.source != "" {
			a.source = "from " + a.source
		}
	}
	name, err := p.ask(a)
	if err != nil {
		return err
	}
	if name != s.Intent.Cluster {
		s.Intent.Cluster, s.World = name, wizard.World{}
	}
	return nil
}

// form puts the questions of a form, in order. An answer can bring further
// questions, or settle them.
func (p *plain) form(page asksForm) error {
	s, f := p.m, page.AsForm()
	for {
		p.Told(page)
		fields := f.Fill(s)
		for i := 0; i < len(fields); {
			value, err := p.ask(askedField(page.AnswersKey(s, fields[i].Key), fields[i]))
			switch {
			case errors.Is(err, errPlainBack) && i > 0:
				i--
				continue
			case err != nil:
				return err
			case value != fields[i].Value:
				f.Change(s, fields[i].Key, value)
				if s.World.AnswerErr != nil {
					p.line("Not possible: " + phrase.Sentence(s.World.AnswerErr.Error()))
					fields = f.Fill(s)
					continue
				}
			}
			fields = f.Fill(s)
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
	s, t := p.m, page.AsTable()
	for {
		if q, open := s.World.Question(page.Facts().Answers); open {
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
		if n := page.Naming(s, key); n != nil {
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
	s := p.m
	s.Toast.Text = ""
	_, ok := page.Next(s)
	if !ok {
		p.line(s.Toast.Text)
		return false, nil
	}
	if err := p.observeIfChanged(); err != nil {
		return false, err
	}
	if s.World.AnswerErr != nil {
		p.problem(s.World.AnswerErr)
		return false, nil
	}
	p.findings(draw.Unsettled(s.World.FindingsOf(page.Facts().Steps)))
	return true, nil
}

// openAnswer goes back to a question that is still open before the plan.
func (p *plain) openAnswer(plan int) error {
	s := p.m
	for range plan {
		key := wizard.RefusedKey(s.World.AnswerErr)
		if len(s.World.Questions) > 0 {
			key = s.World.Questions[0].Key
			p.paragraph(phrase.Sentence(s.World.Questions[0].Text))
		}
		if key == "" {
			break
		}
		pages.ShowAnswer(s, key)
		if s.At >= plan {
			break
		}
		if _, err := p.page(s.At, plan); err != nil && !errors.Is(err, errPlainBack) {
			return err
		}
		s.At = plan
	}
	switch {
	case s.World.AnswerErr != nil:
		return s.World.AnswerErr
	case len(s.World.Questions) > 0:
		return world.Usage("", "%s is still open: %s", s.World.Questions[0].Key, s.World.Questions[0].Text)
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
			p.lines("Command: " + command)
		}
	}
}
