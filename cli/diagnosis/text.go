// Package diagnosis writes a diagnosis in the formats that people and other
// programs read.
package diagnosis

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/cli/console"
	"podsg/steps/check"
	"podsg/steps/clean"
	"podsg/steps/plan"
	"podsg/steps/say"
)

func summaryText(s check.Summary) string {
	return fmt.Sprintf("%d pass, %d warn, %d fail, %d skip", s.Pass, s.Warn, s.Fail, s.Skip)
}

// place is where a diagnosis looked.
func place(d *plan.Diagnosis) string {
	if d.Namespace == "" {
		return "cluster " + d.Cluster
	}
	return fmt.Sprintf("cluster %s, namespace %s", d.Cluster, d.Namespace)
}

// about are what a diagnosis was made of, so that it can be read by somebody
// who was not there.
func about(d *plan.Diagnosis) []string {
	parts := []string{place(d)}
	for _, p := range []struct{ name, value string }{
		{"region ", d.Region}, {"account ", d.Account}, {"Kubernetes ", d.Versions.Kubernetes}, {"VPC CNI ", d.Versions.VPCCNI}, {"podsg ", d.Versions.Podsg},
	} {
		if p.value != "" {
			parts = append(parts, p.name+p.value)
		}
	}
	if !d.TakenAt.IsZero() {
		parts = append(parts, d.TakenAt.UTC().Format(time.RFC3339))
	}
	return parts
}

// Text is the diagnosis for people: the verdict, each cause with its fix and
// what it explains, then what else there is, and the counts once more at the
// end, where a terminal stands. All adds a line for each check that passed.
func Text(st console.Style, d *plan.Diagnosis, all bool, width int) string {
	d = clean.Copy(d)
	w := &writer{style: st, width: width}
	w.line(st.Strong(d.Verdict.Headline().String()))
	w.wrapped("", strings.Join(about(d), ", "))
	for _, f := range check.Named(d.Checks) {
		w.finding(f, all)
	}
	w.skips(d.Checks)
	if passed := d.Summary.Pass; passed > 0 && !all {
		w.line("")
		w.line(w.sign(check.Pass) + "  " + say.N(passed, "%d check; --all shows it", "%d checks; --all shows them").String())
	}
	w.notChecked(d.Verdict.NotChecked)
	w.since(d.Baseline)
	w.end(d)
	return w.b.String()
}

// writer writes lines of a width.
type writer struct {
	b     strings.Builder
	style console.Style
	width int
}

func (w *writer) line(text string) { w.b.WriteString(text + "\n") }

// wrapped writes a text in lines that all begin with an indent.
func (w *writer) wrapped(indent, text string) {
	for _, line := range console.Wrap(text, w.width-len(indent)) {
		w.line(indent + line)
	}
}

func (w *writer) sign(s check.Status) string {
	switch s {
	case check.Pass:
		return w.style.Good("pass")
	case check.Warn:
		return w.style.Note("warn")
	case check.Fail:
		return w.style.Bad("fail")
	default:
		return "skip"
	}
}

// finding writes a check: of a trouble the fix first, which is what its reader
// came for, then what was seen.
func (w *writer) finding(f check.Finding, all bool) {
	if f.Status == check.Skip || f.Status == check.Pass && !all {
		return
	}
	indent, head := "      ", ""
	if len(f.CausedBy) > 0 {
		indent, head = "        ", "  "
	} else if f.Status != check.Pass {
		w.line("")
	}
	lines := console.Wrap(fmt.Sprintf("%s: %s", f.Title, f.Reason), w.width-len(indent)-6)
	for i, line := range lines {
		if i == 0 {
			w.line(fmt.Sprintf("%s%s  %-4s %s", head, w.sign(f.Status), f.ID, line))
			continue
		}
		w.line(indent + "     " + line)
	}
	if f.Status == check.Pass {
		return
	}
	if len(f.CausedBy) > 0 {
		w.wrapped(indent+"     ", say.N(len(f.CausedBy), "%[2]s explains it", "%[2]s explain it", strings.Join(f.CausedBy, ", ")).String())
	}
	if f.Fix != nil {
		w.labelled(indent, "fix: ", f.Fix.Text.String())
		for line := range strings.Lines(f.Fix.Command) {
			w.line(indent + "     " + strings.TrimRight(line, "\n"))
		}
		if f.Fix.ByHand != "" {
			w.line(indent + "     # " + say.T("or, without podsg:").String())
		}
		for line := range strings.Lines(f.Fix.ByHand) {
			w.line(indent + "     " + strings.TrimRight(line, "\n"))
		}
	}
	for i, line := range f.Evidence {
		if i == mostEvidence && !all {
			w.line(indent + "     " + say.T("and %d more; --all shows them", len(f.Evidence)-i).String())
			break
		}
		label := "     "
		if i == 0 {
			label = "saw: "
		}
		w.labelled(indent, label, line)
	}
}

// mostEvidence is how many lines of evidence are shown of a finding.
const mostEvidence = 5

// labelled writes a text behind a label of five characters.
func (w *writer) labelled(indent, label, text string) {
	w.hanging(indent+label, len(indent)+len(label), text)
}

// hanging writes a text behind what its first line begins with, so wide on the
// screen, and the lines after it under the text.
func (w *writer) hanging(first string, hang int, text string) {
	for i, line := range console.Wrap(text, w.width-hang) {
		if i > 0 {
			first = strings.Repeat(" ", hang)
		}
		w.line(first + line)
	}
}

// ids writes an outcome and what it is about.
func (w *writer) ids(s check.Status, text string) { w.hanging(w.sign(s)+"  ", len(s)+2, text) }

// skips writes what was left out, what was so for the same reason in one line.
func (w *writer) skips(findings []check.Finding) {
	var reasons []string
	ids := map[string][]string{}
	for _, f := range findings {
		if f.Status != check.Skip {
			continue
		}
		reason := f.Reason.String()
		if ids[reason] == nil {
			reasons = append(reasons, reason)
		}
		if !slices.Contains(ids[reason], f.ID) {
			ids[reason] = append(ids[reason], f.ID)
		}
	}
	for i, reason := range reasons {
		if i == 0 {
			w.line("")
		}
		w.ids(check.Skip, strings.Join(ids[reason], ", ")+": "+reason)
	}
}

// notChecked lists what podsg may not read, where a check that matters needs it.
func (w *writer) notChecked(list []check.NotChecked) {
	if len(list) == 0 {
		return
	}
	w.line("")
	w.line(w.style.Note("Not checked is not good."))
	for _, n := range list {
		text := say.T("%s, needed by %s", n.Fact, strings.Join(n.Checks, ", "))
		if n.Permission != "" {
			text = say.T("%s (allow %s), needed by %s", n.Fact, n.Permission, strings.Join(n.Checks, ", "))
		}
		w.wrapped("  ", text.String())
	}
	w.line("  podsg permissions --mode read")
}

// since says what has changed since an earlier diagnosis.
func (w *writer) since(s *plan.Since) {
	if s == nil {
		return
	}
	w.line("")
	w.line(w.style.Strong(say.T("Since %s", s.TakenAt.UTC().Format(time.RFC3339)).String()))
	if len(s.Appeared)+len(s.Gone)+len(s.Changed) == 0 {
		w.line("  no check has another outcome")
	}
	for _, group := range []struct {
		word string
		list []plan.Difference
	}{{"new    ", s.Appeared}, {"changed", s.Changed}, {"gone   ", s.Gone}} {
		for _, d := range group.list {
			w.labelled("  ", group.word+"  ", fmt.Sprintf("%s %s: %s", d.ID, d.Title, d.Reason))
		}
	}
}

// end says once more, where a terminal stands after the output, how it is.
func (w *writer) end(d *plan.Diagnosis) {
	where := place(d)
	w.line("")
	w.wrapped("", fmt.Sprintf("%s: %s", strings.ToUpper(where[:1])+where[1:], summaryText(d.Summary)))
	for _, status := range []check.Status{check.Fail, check.Warn} {
		var ids []string
		for _, f := range d.Checks {
			if f.Status == status && !slices.Contains(ids, f.ID) {
				ids = append(ids, f.ID)
			}
		}
		if len(ids) > 0 {
			w.ids(status, strings.Join(ids, ", "))
		}
	}
}
