package ui

import (
	"cmp"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"podsg/steps"
	"podsg/ui/theme"
	"podsg/ui/widget"
)

// policyPage asks which pods are meant.
type policyPage struct{ formPage }

// What a policy can select by.
const (
	byPods     = "pods"
	byAccounts = "accounts"
)

func newPolicyPage() *policyPage {
	p := &policyPage{}
	p.about = facts{
		id: pagePolicy, title: "Which pods", rail: "Which pods",
		steps: []steps.StepID{steps.StepPolicy}, answers: []string{"namespace", "policy"},
		keys: map[string]string{
			"namespace": "namespace", "name": "policy.name", "by": "policy.podSelector", "selector": "policy.podSelector", "every": "policy.allowEmptySelector",
		},
	}
	p.form = widget.NewForm()
	p.fill, p.store = fillPolicy, storePolicy
	return p
}

func fillPolicy(m *Session) []widget.Field {
	if m.world.obs == nil {
		return nil
	}
	t, in := m.world.target, m.intent
	by, selector := byPods, in.Policy.PodSelector
	if selector == nil && in.Policy.ServiceAccountSelector != nil {
		by, selector = byAccounts, in.Policy.ServiceAccountSelector
	}
	if selector == nil {
		selector = &steps.Selector{MatchLabels: map[string]string{"app": steps.GreenLabel}}
	}
	fields := []widget.Field{
		m.field(storePolicy, widget.Field{Key: "namespace", Label: "Namespace", Value: cmp.Or(in.Namespace, t.Namespace, steps.DefaultNamespace),
			Source: m.source("namespace"), Help: "Where the pods run. It is made if it does not exist."}),
		m.field(storePolicy, widget.Field{Key: "name", Label: "Policy", Value: cmp.Or(in.Policy.Name, t.PolicyName, steps.DefaultPolicyName),
			Source: m.source("policy.name"), Help: "The name of the SecurityGroupPolicy."}),
		{Key: "by", Label: "Selects", Value: by, Options: []widget.Option{
			{Value: byPods, Label: "pods by their labels"}, {Value: byAccounts, Label: "by service account labels"}}},
	}
	labels := widget.Field{Key: "selector", Label: "Labels", Value: formatSelector(selector), Empty: "none: every pod of the namespace",
		Source: m.source("policy.podSelector"), Help: "As kubectl takes them: app=green-pod, or tier in (web,api)."}
	labels.Validate = func(text string) error {
		if _, err := parseSelector(text); err != nil {
			return err
		}
		return nil
	}
	fields = append(fields, labels)
	if selector.IsEmpty() {
		fields = append(fields, widget.Field{Key: "every", Label: "Every pod?", Value: yesNo(in.Policy.AllowEmptySelector),
			Options: []widget.Option{{Value: "no", Label: "no"}, {Value: "yes", Label: "yes, every pod of the namespace"}},
			Help:    "Without labels the policy catches every new pod of the namespace. Say yes only if that is what you want."})
	}
	return fields
}

func storePolicy(_ *Session, in *steps.Intent, key, value string) {
	switch key {
	case "namespace":
		in.Namespace = value
	case "name":
		in.Policy.Name = value
	case "every":
		in.Policy.AllowEmptySelector = value == "yes"
	case "by":
		selector := in.Policy.PodSelector
		if selector == nil {
			selector = in.Policy.ServiceAccountSelector
		}
		if selector == nil {
			selector = &steps.Selector{MatchLabels: map[string]string{"app": steps.GreenLabel}}
		}
		in.Policy.PodSelector, in.Policy.ServiceAccountSelector = selector, nil
		if value == byAccounts {
			in.Policy.PodSelector, in.Policy.ServiceAccountSelector = nil, selector
		}
	case "selector":
		selector, err := parseSelector(value)
		if err != nil {
			return // refused by the field
		}
		if !selector.IsEmpty() {
			in.Policy.AllowEmptySelector = false
		}
		if in.Policy.ServiceAccountSelector != nil && in.Policy.PodSelector == nil {
			in.Policy.ServiceAccountSelector = selector
		} else {
			in.Policy.PodSelector = selector
		}
	}
}

func (p *policyPage) draw(m *Session, width, height int) drawing {
	lines, ok := m.unread(width)
	if !ok {
		return drawing{Lines: lines}
	}
	d := p.formPage.draw(m, width, height)
	t, s := m.theme, m.world.snapshot()
	d.Lines = append(d.Lines, "")
	namespace := cmp.Or(m.intent.Namespace, steps.DefaultNamespace)
	reason, missing := s.Missing(steps.FactNamespace)
	switch {
	case missing:
		d.Lines = append(d.Lines, wrapped(t, theme.Warn, theme.SymbolWarning+" "+sentence(reason), width, 3)...)
	case m.reading != nil:
		d.Lines = append(d.Lines, m.waiting(m.reading)...)
	case s.Kube.Namespace == nil || s.Kube.Namespace.Name != namespace:
		d.Lines = append(d.Lines, t.Paint(theme.Muted, "Namespace "+namespace+" does not exist yet; it will be made."))
	default:
		d.Lines = append(d.Lines, t.Paint(theme.Muted, p.matching(m)))
	}
	d.Lines = append(d.Lines, drawFindings(t, unsettled(m.world.findingsOf(p.about.steps)), width)...)
	return d
}

// matching says how many pods of the namespace carry the labels now. They keep
// what they have: the policy works on new pods.
func (p *policyPage) matching(m *Session) string {
	sel := m.world.target.Selector
	if sel == nil {
		return "Running pods are not touched; restart them to give them the group."
	}
	n := 0
	for _, pod := range m.world.snapshot().Kube.Pods {
		if ok, err := sel.Matches(pod.Labels); pod.Namespace == m.world.target.Namespace && err == nil && ok {
			n++
		}
	}
	if n == 0 {
		return "No pod of the namespace carries these labels now."
	}
	return fmt.Sprintf("%s of the namespace match now; they get the group when they are restarted.", count(n, "pod"))
}

func (p *policyPage) next(m *Session) (tea.Cmd, bool) {
	if cmd, ok := m.needsWorld(); !ok {
		return cmd, false
	}
	selector := m.intent.Policy.PodSelector
	if selector == nil {
		selector = m.intent.Policy.ServiceAccountSelector
	}
	if selector.IsEmpty() && !m.intent.Policy.AllowEmptySelector {
		p.form.Focus("every")
		return m.warn("Without labels every pod of the namespace is caught: say yes to that, or give labels."), false
	}
	return nil, true
}

func (p *policyPage) commands(m *Session) []string { return m.world.commandsOf(p.about.steps) }
