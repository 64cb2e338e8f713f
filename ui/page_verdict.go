package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/keys"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// verdictPage shows the proof, what was made, and what to run next.
type verdictPage struct{ basePage }

func newVerdictPage() *verdictPage {
	p := &verdictPage{}
	p.about = facts{id: pageVerdict, title: "Verdict", rail: "Verdict", brief: true, steps: []steps.StepID{steps.StepVerdict}}
	return p
}

func (p *verdictPage) draw(m *Session, width, _ int) drawing {
	t, r := m.theme, &m.run
	if !r.finished() || r.result == nil {
		return drawing{Lines: []string{t.Paint(theme.Muted, "There is no verdict before the run.")}}
	}
	var lines []string
	if v := r.proof; v != nil {
		lines = append(lines, p.headline(t, v), "")
		lines = append(lines, p.green(m, v, width)...)
		lines = append(lines, "")
		lines = append(lines, p.red(m, v, width)...)
		for _, reason := range v.Reasons {
			for _, line := range widget.Wrap(theme.SymbolWarning+" "+sentence(reason), width) {
				lines = append(lines, t.Paint(theme.Warn, line))
			}
		}
	} else {
		lines = append(lines, t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Strong, "Everything was made. The proof was left out, as you chose."))
	}
	lines = append(lines, "", t.Paint(theme.Title, "What to run next"))
	for _, n := range m.nextCommands() {
		lines = append(lines, "  "+t.Paint(theme.Key, "$ "+widget.Cut(n.value, width-4)))
		lines = append(lines, "    "+t.Paint(theme.Muted, widget.Cut(n.name, width-4)))
	}
	lines = append(lines, "", t.Paint(theme.Title, "What there is now"))
	lines = append(lines, drawResources(t, r.result.Resources, width)...)
	return drawing{Lines: lines}
}

func (p *verdictPage) headline(t *theme.Theme, v *steps.Verification) string {
	if v.Proven {
		return t.Paint(theme.Good, theme.SymbolDone+" Proven: ") + t.Paint(theme.Strong, "only the chosen pods reach the database.")
	}
	return t.Paint(theme.Bad, theme.SymbolFailed+" Not proven.")
}

// verdictWords is a verdict in words.
func verdictWords(v steps.Verdict) string { return strings.ReplaceAll(string(v), "-", " ") }

// rowsRead is what the green pod read, without the rows that are only lines.
func rowsRead(rows []string) string {
	var words []string
	for _, r := range rows {
		if strings.Trim(r, "- ") != "" {
			words = append(words, "“"+r+"”")
		}
	}
	return list(words)
}

// groupNames writes security groups with the names that are known.
func (m *Session) groupNames(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if s := m.world.snapshot(); s != nil {
			if g, ok := s.Group(id); ok {
				out[i] = g.Name + " " + id
				continue
			}
		}
		if m.world.target.PodGroup.ID == "" && len(ids) == 1 {
			out[i] = m.world.target.PodGroup.Name + " " + id
		}
	}
	return list(out)
}

func (p *verdictPage) green(m *Session, v *steps.Verification, width int) []string {
	t, g := m.theme, v.Green
	symbol, tone := theme.SymbolDone, theme.Good
	if g.Verdict != steps.VerdictConnected {
		symbol, tone = theme.SymbolFailed, theme.Bad
	}
	head := t.Paint(tone, symbol+" green  "+verdictWords(g.Verdict)) + t.Paint(theme.Muted, "  "+g.Pod)
	seen := g.ClientAddress
	if seen != "" && seen == g.ENI.PrivateIP {
		seen += ", the address of its own branch ENI"
	}
	vlan := ""
	if g.ENI.ID != "" {
		vlan = fmt.Sprintf("%s on VLAN %d", g.ENI.ID, g.ENI.VLAN)
	}
	pairs := drawWholePairs(t, []pair{
		{name: "the database saw", value: seen},
		{name: "branch ENI", value: vlan},
		{name: "security groups", value: m.groupNames(g.ENI.Groups)},
		{name: "it read", value: rowsRead(g.Rows)},
		{name: "error", value: g.Error},
	}, width-2)
	return append([]string{widget.Cut(head, width)}, widget.Indent(pairs, 2)...)
}

func (p *verdictPage) red(m *Session, v *steps.Verification, width int) []string {
	t, r := m.theme, v.Red
	symbol, tone, what := theme.SymbolDone, theme.Good, "no branch ENI: it uses its node's interface, which the database's group does not admit"
	if r.Verdict != steps.VerdictTimedOut {
		symbol, tone, what = theme.SymbolFailed, theme.Bad, ""
	}
	head := t.Paint(tone, symbol+" red    "+verdictWords(r.Verdict)) + t.Paint(theme.Muted, "  "+r.Pod)
	pairs := drawWholePairs(t, []pair{{name: "as it must be", value: what}, {name: "it was told", value: r.Error}}, width-2)
	return append([]string{widget.Cut(head, width)}, widget.Indent(pairs, 2)...)
}

// nextCommands are the commands that make sense after the run, each with what
// it does.
func (m *Session) nextCommands() []pair {
	cluster, region := m.intent.Cluster, m.regionFlag()
	if m.options.Sandbox != nil {
		return []pair{
			{name: "serves a practice world to kubectl, psql and podsg in other terminals", value: "podsg sandbox"},
			{name: "the same in your own account", value: "podsg setup"},
			{name: "the permissions to ask an administrator for", value: "podsg permissions"},
		}
	}
	namespace := m.world.target.Namespace
	out := []pair{}
	if m.run.proof != nil && m.run.proof.Green.Pod != "" {
		out = append(out,
			pair{name: "what the green pod sees, live", value: "kubectl -n " + namespace + " logs -f " + m.run.proof.Green.Pod},
		)
	}
	if m.run.failure() == nil {
		out = append(out, pair{name: "give running pods that carry the labels the group", value: "kubectl -n " + namespace + " rollout restart deployment NAME"})
	}
	return append(out,
		pair{name: "every check, at any time", value: "podsg diagnose --cluster " + cluster + region},
		pair{name: "remove what podsg made, restore what it changed", value: "podsg cleanup --cluster " + cluster + region},
	)
}

// drawResources lists objects: what was made first.
func drawResources(t *theme.Theme, resources []steps.Resource, width int) []string {
	var lines []string
	for _, created := range []bool{true, false} {
		for _, r := range resources {
			if r.Created != created {
				continue
			}
			mark, word := t.Paint(theme.Good, "+"), "made"
			if !created {
				mark, word = t.Paint(theme.Muted, "="), "used"
			}
			name := r.ID
			if r.Name != "" && !strings.Contains(r.ID, r.Name) {
				name += " (" + r.Name + ")"
			}
			lines = append(lines, "  "+mark+" "+t.Paint(theme.Muted, widget.Fit(word, 5))+widget.Fit(string(r.Kind), 22)+widget.Cut(name, width-32))
		}
	}
	return lines
}

func (p *verdictPage) next(m *Session) (tea.Cmd, bool) { return m.quit(false), false }

func (p *verdictPage) label(_ *Session, a keys.Action) string {
	switch a {
	case keys.Continue:
		return "leave"
	case keys.Down:
		return "scroll"
	}
	return ""
}

func (p *verdictPage) offers(*Session) []keys.Action { return []keys.Action{keys.Down, keys.Diagnose} }

func (p *verdictPage) commands(m *Session) []string {
	var out []string
	for _, n := range m.nextCommands() {
		out = append(out, n.value)
	}
	return out
}
