// Package render writes plans as text, JSON, shell script and Terraform.
package render

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/clean"
	"podsg/steps/effects"
	"podsg/steps/intent"
	"podsg/steps/plan"
)

// RenderPlanText is the plan for people: its changes by step with + ~ -, why,
// what each costs and how it is undone.
func RenderPlanText(p *plan.Plan) string {
	p = clean.Copy(p)
	var b strings.Builder
	if p.Empty() {
		fmt.Fprintf(&b, "Cluster %s: nothing to do, everything is as it must be.\n", p.Cluster)
		writeNotes(&b, p.Notes)
		writeKept(&b, p.Kept)
		return b.String()
	}
	fmt.Fprintf(&b, "Plan for cluster %s, %s\n", p.Cluster, countChanges(p))
	for _, step := range stepsOf(p) {
		fmt.Fprintf(&b, "\n%s\n", step.Title())
		for _, c := range p.Changes {
			if c.Step == step {
				writeChange(&b, c)
			}
		}
	}
	b.WriteByte('\n')
	if usd := p.USDPerMonth(); usd > 0 {
		fmt.Fprintf(&b, "Cost: about %.2f USD a month for as long as it exists.\n", usd)
	}
	fmt.Fprintf(&b, "Usual time: %s.\n", roughly(p.Expected()))
	writeWhatElseChanges(&b, p.WhatElseChanges)
	writeNotes(&b, p.Notes)
	writeKept(&b, p.Kept)
	return b.String()
}

// writeWhatElseChanges shows the connections of the user's pods that end, each with
// the rule that allows it today and what becomes of it.
func writeWhatElseChanges(b *strings.Builder, flows []effects.Flow) {
	if len(flows) == 0 {
		return
	}
	b.WriteString("\nWhat else changes for these pods\n")
	for _, f := range flows {
		fmt.Fprintf(b, "  ! %s\n", f)
		switch f.Solution {
		case intent.LostAddRules:
			fmt.Fprintf(b, "      kept by: %s\n", f.Add.Text("the pods' group"))
		case intent.LostAccept:
			b.WriteString("      ends, as you accepted\n")
		default:
			fmt.Fprintf(b, "      would be kept by: %s\n", f.Add.Text("the pods' group"))
		}
	}
	b.WriteByte('\n')
}

func writeNotes(b *strings.Builder, notes []string) {
	for _, n := range notes {
		fmt.Fprintf(b, "Note: %s.\n", n)
	}
}

func writeChange(b *strings.Builder, c plan.Change) {
	fmt.Fprintf(b, "  %s %s\n", c.Op, c.Summary)
	if c.Why != "" {
		fmt.Fprintf(b, "      why:  %s\n", c.Why)
	}
	if c.Bills != nil {
		fmt.Fprintf(b, "      cost: about %.2f USD a month (%s)\n", c.Bills.USDPerMonth, c.Bills.Source)
	}
	if c.Undo != "" {
		fmt.Fprintf(b, "      undo: %s\n", c.Undo)
	}
	if c.Instead != "" {
		fmt.Fprintf(b, "      for %s:\n", c.Owner)
		for line := range strings.Lines(strings.TrimRight(c.Instead, "\n")) {
			fmt.Fprintf(b, "        %s\n", strings.TrimRight(line, "\n"))
		}
	}
}

// stepsOf lists the steps that a plan has changes of, in the order in which they
// come first.
func stepsOf(p *plan.Plan) []check.StepID {
	var out []check.StepID
	for _, c := range p.Changes {
		if !slices.Contains(out, c.Step) {
			out = append(out, c.Step)
		}
	}
	return out
}

func writeKept(b *strings.Builder, kept []plan.Kept) {
	if len(kept) == 0 {
		return
	}
	b.WriteString("\nKept\n")
	for _, k := range kept {
		fmt.Fprintf(b, "  = %s %s: %s\n", k.Kind, k.ID, k.Reason)
	}
}

// countChanges is such as "12 changes: 10 to create, 2 to update".
func countChanges(p *plan.Plan) string {
	count := map[plan.Op]int{}
	for _, c := range p.Changes {
		count[c.Op]++
	}
	var parts []string
	for _, op := range []struct {
		op   plan.Op
		verb string
	}{{plan.Create, "create"}, {plan.Update, "update"}, {plan.Delete, "delete"}} {
		if n := count[op.op]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d to %s", n, op.verb))
		}
	}
	noun := "changes"
	if len(p.Changes) == 1 {
		noun = "change"
	}
	return fmt.Sprintf("%d %s: %s", len(p.Changes), noun, strings.Join(parts, ", "))
}

// roughly is a duration as people say it.
func roughly(d time.Duration) string {
	switch minutes := d.Round(time.Minute) / time.Minute; {
	case d < time.Minute:
		return "less than a minute"
	case minutes == 1:
		return "about a minute"
	default:
		return fmt.Sprintf("about %d minutes", minutes)
	}
}
