package ui

import (
	"errors"
	"fmt"
	"strings"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// asksForm and asksRows are pages as the plain mode sees them: fields to fill
// in, or rows to choose from.
type (
	asksForm interface {
		page
		asForm() *formPage
		answersKey(m *Session, field string) string
	}
	asksRows interface {
		page
		asRows() *tablePage
		naming(m *Session, row string) *naming
	}
)

// questions goes through the pages up to the plan, and back where that is asked
// for.
func (p *plain) questions() error {
	m := p.m
	plan := m.indexOf(pagePlan)
	forward := true
	for at := 0; at < plan; {
		m.at, m.reached = at, max(m.reached, at)
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
	m.at = plan
	return p.openAnswer(plan)
}

// page puts the questions of one page; asked is false when it has none.
func (p *plain) page(at, of int) (asked bool, err error) {
	m := p.m
	about := m.pages[at].facts()
	p.line("")
	p.line(fmt.Sprintf("Step %d of %d: %s", at+1, of, about.title))
	if about.first {
		if err := p.chooseCluster(); err != nil {
			return true, err
		}
		return true, p.observeIfChanged()
	}
	m.pages[at].refresh(m)
	p.paragraph(m.pages[at].guide(m).about)
	if len(about.answers) == 0 {
		p.told(m.pages[at])
		found := m.world.findingsOf(about.steps)
		if !about.allChecks {
			found = unsettled(found)
		}
		p.findings(found)
		return false, nil
	}
	switch page := m.pages[at].(type) {
	case asksForm:
		return true, p.form(page)
	case asksRows:
		return true, p.rows(page)
	}
	return false, nil
}

// told writes what a page has to tell before it asks.
func (p *plain) told(page page) {
	for _, line := range page.told(p.m) {
		p.line(line)
	}
}

func (p *plain) chooseCluster() error {
	m := p.m
	if len(m.clusters) == 0 {
		return &steps.Problem{Kind: steps.ProblemNotFound, Doing: "choose a cluster",
			Err: fmt.Errorf("there are no EKS clusters in region %s", m.identity.Region), Hint: "choose another region with --region"}
	}
	a := asking{key: "cluster", label: "Cluster", value: m.clusters[0]}
	for _, name := range m.clusters {
		a.options = append(a.options, option{value: name, text: name})
	}
	if name := m.intent.Cluster; name != "" {
		a.value, a.source = name, m.options.Sources["cluster"]
		if a.source != "" {
			a.source = "from " + a.source
		}
	}
	name, err := p.ask(a)
	if err != nil {
		return err
	}
	if name != m.intent.Cluster {
		m.intent.Cluster, m.world = name, world{}
	}
	return nil
}

// form puts the questions of a form, in order. An answer can bring further
// questions, or settle them.
func (p *plain) form(page asksForm) error {
	m, f := p.m, page.asForm()
	for {
		p.told(page)
		fields := f.fill(m)
		for i := 0; i < len(fields); {
			value, err := p.ask(askedField(page.answersKey(m, fields[i].Key), fields[i]))
			switch {
			case errors.Is(err, errPlainBack) && i > 0:
				i--
				continue
			case err != nil:
				return err
			case value != fields[i].Value:
				f.change(m, fields[i].Key, value)
				if m.world.answerErr != nil {
					p.line("Not possible: " + sentence(m.world.answerErr.Error()))
					fields = f.fill(m)
					continue
				}
			}
			fields = f.fill(m)
			i++
		}
		settled, err := p.accept(page)
		f.form.Cancel()
		if settled || err != nil {
			return err
		}
	}
}

// rows puts the question which row of a table to choose.
func (p *plain) rows(page asksRows) error {
	m, t := p.m, page.asRows()
	for {
		if q, open := m.world.question(page.facts().answers); open {
			p.paragraph(sentence(q.Text))
		}
		key, err := p.ask(askedRows(page.facts(), t.table))
		if err != nil {
			return err
		}
		t.table.SelectKey(key)
		if settled, err := p.accept(page); err != nil || !settled {
			if err != nil {
				return err
			}
			continue
		}
		if n := page.naming(m, key); n != nil {
			return p.nameNew(n)
		}
		return nil
	}
}

// askedRows is the question that a table asks.
func askedRows(about facts, t *widget.Table) asking {
	a := asking{key: about.answers[0], label: about.title}
	a.value, _ = t.CurrentKey()
	for _, r := range t.Rows() {
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
func (p *plain) nameNew(n *naming) error {
	value, err := p.ask(asking{key: n.key, label: n.label, value: n.value, check: n.check})
	if err != nil {
		return err
	}
	n.store(value)
	return nil
}

// accept settles a page as enter does on the screen, and tells what stands
// against it. What its checks found is told too.
func (p *plain) accept(page page) (bool, error) {
	m := p.m
	m.toast.text = ""
	_, ok := page.next(m)
	if !ok {
		p.line(m.toast.text)
		return false, nil
	}
	if err := p.observeIfChanged(); err != nil {
		return false, err
	}
	if m.world.answerErr != nil {
		p.problem(m.world.answerErr)
		return false, nil
	}
	p.findings(unsettled(m.world.findingsOf(page.facts().steps)))
	return true, nil
}

// openAnswer goes back to a question that is still open before the plan.
func (p *plain) openAnswer(plan int) error {
	m := p.m
	for range plan {
		key := refusedKey(m.world.answerErr)
		if len(m.world.questions) > 0 {
			key = m.world.questions[0].Key
			p.paragraph(sentence(m.world.questions[0].Text))
		}
		if key == "" {
			break
		}
		m.showAnswer(key)
		if m.at >= plan {
			break
		}
		if _, err := p.page(m.at, plan); err != nil && !errors.Is(err, errPlainBack) {
			return err
		}
		m.at = plan
	}
	switch {
	case m.world.answerErr != nil:
		return m.world.answerErr
	case len(m.world.questions) > 0:
		return steps.Usage("", "%s is still open: %s", m.world.questions[0].Key, m.world.questions[0].Text)
	}
	return nil
}

// explain writes the help of a question and the long explanation of its page.
func (p *plain) explain(a asking) {
	if a.help != "" {
		p.paragraph(a.help)
	}
	page := p.m.page()
	if !p.m.diagnose && a.key != "" {
		for _, paragraph := range page.guide(p.m).more {
			p.paragraph(paragraph)
		}
		for _, command := range page.commands(p.m) {
			p.line("Command: " + command)
		}
	}
}
