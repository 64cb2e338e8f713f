package pages

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/ui/draw"
	"podsg/ui/keys"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// verdictPage shows the proof, what was made, and what to run next.
type verdictPage struct{ basePage }

func newVerdictPage() *verdictPage {
	p := &verdictPage{}
	p.about = wizard.Facts{ID: wizard.PageVerdict, Title: "Verdict", Rail: "Verdict", Brief: true, Steps: []check.StepID{check.StepVerdict}}
	return p
}

func (p *verdictPage) Draw(s *wizard.Session, width, _ int) wizard.Drawing {
	t, r := s.Theme, &s.Run
	if !r.Finished() || r.Result == nil {
		return wizard.Drawing{Lines: []string{t.Paint(theme.Muted, "There is no verdict before the run.")}}
	}
	var lines []string
	if v := r.Proof; v != nil {
		lines = append(lines, p.headline(t, v), "")
		lines = append(lines, p.green(s, v, width)...)
		lines = append(lines, "")
		lines = append(lines, p.red(s, v, width)...)
		for _, reason := range v.Reasons {
			for _, line := range widget.Wrap(theme.SymbolWarning+" "+phrase.Sentence(reason), width) {
				lines = append(lines, t.Paint(theme.Warn, line))
			}
		}
	} else {
		lines = append(lines, t.Paint(theme.Good, theme.SymbolDone)+" "+t.Paint(theme.Strong, "Everything was made. The proof was left out, as you chose."))
	}
	lines = append(lines, "", t.Paint(theme.Title, "What to run next"))
	for _, n := range nextCommands(s) {
		lines = append(lines, "  "+t.Paint(theme.Key, "$ "+widget.Cut(n.Value, width-4)))
		lines = append(lines, "    "+t.Paint(theme.Muted, widget.Cut(n.Name, width-4)))
	}
	lines = append(lines, "", t.Paint(theme.Title, "What there is now"))
	lines = append(lines, drawResources(t, r.Result.Resources, width)...)
	return wizard.Drawing{Lines: lines}
}

func (p *verdictPage) headline(t *theme.Theme, v *plan.Verification) string {
	if v.Earlier {
		return t.Paint(theme.Good, theme.SymbolDone+" Proven: ") + t.Paint(theme.Strong, "only the chosen pods reach the database.") +
			t.Paint(theme.Muted, "  by an earlier run, at "+v.ProvenAt.Format(time.RFC3339))
	}
	if v.Proven {
		return t.Paint(theme.Good, theme.SymbolDone+" Proven: ") + t.Paint(theme.Strong, "only the chosen pods reach the database.")
	}
	return t.Paint(theme.Bad, theme.SymbolFailed+" Not proven.")
}

// verdictWords is a verdict in words.
func verdictWords(v plan.Verdict) string { return strings.ReplaceAll(string(v), "-", " ") }

// rowsRead is what the green pod read, without the rows that are only lines.
func rowsRead(rows []string) string {
	var words []string
	for _, r := range rows {
		if strings.Trim(r, "- ") != "" {
			words = append(words, "“"+r+"”")
		}
	}
	return phrase.List(words)
}

// groupNames writes security groups with the names that are known.
func groupNames(s *wizard.Session, ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if snapshot := s.World.Snapshot(); snapshot != nil {
			if g, ok := snapshot.Group(id); ok {
				out[i] = g.Name + " " + id
				continue
			}
		}
		if s.World.Target.PodGroup.ID == "" && len(ids) == 1 {
			out[i] = s.World.Target.PodGroup.Name + " " + id
		}
	}
	return phrase.List(out)
}

func (p *verdictPage) green(s *wizard.Session, v *plan.Verification, width int) []string {
	t, g := s.Theme, v.Green
	symbol, tone := theme.SymbolDone, theme.Good
	if g.Verdict != plan.VerdictConnected {
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
	pairs := draw.WholePairs(t, []draw.Pair{
		{Name: "the database saw", Value: seen},
		{Name: "branch ENI", Value: vlan},
		{Name: "security groups", Value: groupNames(s, g.ENI.Groups)},
		{Name: "it read", Value: rowsRead(g.Rows)},
		{Name: "error", Value: g.Error},
	}, width-2)
	return append([]string{widget.Cut(head, width)}, widget.Indent(pairs, 2)...)
}

func (p *verdictPage) red(s *wizard.Session, v *plan.Verification, width int) []string {
	t, r := s.Theme, v.Red
	symbol, tone, what := theme.SymbolDone, theme.Good, "no branch ENI: it uses its node's interface, which the database's group does not admit"
	if r.Verdict != plan.VerdictTimedOut {
		symbol, tone, what = theme.SymbolFailed, theme.Bad, ""
	}
	head := t.Paint(tone, symbol+" red    "+verdictWords(r.Verdict)) + t.Paint(theme.Muted, "  "+r.Pod)
	pairs := draw.WholePairs(t, []draw.Pair{{Name: "as it must be", Value: what}, {Name: "it was told", Value: r.Error}}, width-2)
	return append([]string{widget.Cut(head, width)}, widget.Indent(pairs, 2)...)
}

// nextCommands are the commands that make sense after the run, each with what
// it does.
func nextCommands(s *wizard.Session) []draw.Pair {
	cluster, region := s.Intent.Cluster, regionFlag(s)
	if s.Options.Sandbox != nil {
		return []draw.Pair{
			{Name: "serves a practice world to kubectl, psql and podsg in other terminals", Value: "podsg sandbox"},
			{Name: "the same in your own account", Value: "podsg setup"},
			{Name: "the permissions to ask an administrator for", Value: "podsg permissions"},
		}
	}
	namespace := s.World.Target.Namespace
	out := []draw.Pair{}
	if s.Run.Proof != nil && s.Run.Proof.Green.Pod != "" {
		out = append(out,
			draw.Pair{Name: "what the green pod sees, live", Value: shell.Command("kubectl -n %s logs -f %s", namespace, s.Run.Proof.Green.Pod)},
		)
	}
	if s.Run.Failure() == nil {
		out = append(out, draw.Pair{Name: "give running pods that carry the labels the group", Value: shell.Command("kubectl -n %s rollout restart deployment NAME", namespace)})
	}
	return append(out,
		draw.Pair{Name: "every check, at any time", Value: shell.Command("podsg diagnose --cluster %s%s", cluster, region)},
		draw.Pair{Name: "remove what podsg made, restore what it changed", Value: shell.Command("podsg cleanup --cluster %s%s", cluster, region)},
	)
}

// drawResources lists objects: what was made first.
func drawResources(t *theme.Theme, resources []plan.Resource, width int) []string {
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

func (p *verdictPage) Next(s *wizard.Session) (tea.Cmd, bool) { return s.Quit(false), false }

func (p *verdictPage) Label(_ *wizard.Session, a keys.Action) string {
	switch a {
	case keys.Continue:
		return "leave"
	case keys.Down:
		return "scroll"
	}
	return ""
}

func (p *verdictPage) Offers(*wizard.Session) []keys.Action {
	return []keys.Action{keys.Down, keys.Diagnose}
}

func (p *verdictPage) Commands(s *wizard.Session) []string {
	var out []string
	for _, n := range nextCommands(s) {
		out = append(out, n.Value)
	}
	return out
}
