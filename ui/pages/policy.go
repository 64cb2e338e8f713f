package pages

import (
	"cmp"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
	"podsg/ui/draw"
	"podsg/ui/phrase"
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// policyPage asks which pods are meant.
type policyPage struct{ FormPage }

// What a policy can select by.
const (
	byPods     = "pods"
	byAccounts = "accounts"
)

func newPolicyPage() *policyPage {
	p := &policyPage{}
	p.about = wizard.Facts{
		ID: wizard.PagePolicy, Title: "Which pods", Rail: "Which pods",
		Steps: []check.StepID{check.StepPolicy}, Answers: []string{"namespace", "workload", "restart", "lostFlows", "policy"},
		Keys: map[string]string{
			"namespace": "namespace", "name": "policy.name", "by": "policy.podSelector", "selector": "policy.podSelector", "every": "policy.allowEmptySelector",
			"workload": "workload", "lostFlows": "lostFlows", "restart": "restart",
		},
	}
	p.Form = widget.NewForm()
	p.Fill, p.store = fillPolicy, storePolicy
	return p
}

func fillPolicy(s *wizard.Session) []widget.Field {
	if s.World.Obs == nil {
		return nil
	}
	t, in := s.World.Target, s.Intent
	by, selector := byPods, in.Policy.PodSelector
	if selector == nil && in.Policy.ServiceAccountSelector != nil {
		by, selector = byAccounts, in.Policy.ServiceAccountSelector
	}
	if selector == nil {
		selector = &world.Selector{MatchLabels: map[string]string{"app": intent.GreenLabel}}
	}
	fields := []widget.Field{
		field(s, storePolicy, widget.Field{Key: "namespace", Label: "Namespace", Value: cmp.Or(in.Namespace, t.Namespace, intent.DefaultNamespace),
			Source: s.Source("namespace"), Help: "Where the pods run. It is made if it does not exist."}),
		field(s, storePolicy, widget.Field{Key: "name", Label: "Policy", Value: cmp.Or(in.Policy.Name, t.PolicyName, intent.DefaultPolicyName),
			Source: s.Source("policy.name"), Help: "The name of the SecurityGroupPolicy."}),
	}
	if f, asks := workloadField(s); asks {
		fields = slices.Insert(fields, 1, f)
	}
	if len(in.Workloads) > 0 {
		return append(fields, decisionFields(s)...)
	}
	fields = append(fields, widget.Field{
		Key: "by", Label: "Selects", Value: by, Options: []widget.Option{
			{Value: byPods, Label: "pods by their labels"}, {Value: byAccounts, Label: "by service account labels"}},
	})
	labels := widget.Field{Key: "selector", Label: "Labels", Value: intent.FormatSelector(selector), Empty: "none: every pod of the namespace",
		Source: s.Source("policy.podSelector"), Help: "As kubectl takes them: app=green-pod, or tier in (web,api)."}
	labels.Validate = func(text string) error {
		if _, err := intent.ParseSelector(text); err != nil {
			return err
		}
		return nil
	}
	fields = append(fields, labels)
	if selector.IsEmpty() {
		fields = append(fields, widget.Field{Key: "every", Label: "Every pod?", Value: phrase.YesNo(in.Policy.AllowEmptySelector),
			Options: []widget.Option{{Value: "no", Label: "no"}, {Value: "yes", Label: "yes, every pod of the namespace"}},
			Help:    "Without labels the policy catches every new pod of the namespace. Say yes only if that is what you want."})
	}
	return append(fields, decisionFields(s)...)
}

func storePolicy(_ *wizard.Session, in *intent.Intent, key, value string) {
	switch key {
	case "workload", "lostFlows", "restart":
		storeWorkload(in, key, value)
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
			selector = &world.Selector{MatchLabels: map[string]string{"app": intent.GreenLabel}}
		}
		in.Policy.PodSelector, in.Policy.ServiceAccountSelector = selector, nil
		if value == byAccounts {
			in.Policy.PodSelector, in.Policy.ServiceAccountSelector = nil, selector
		}
	case "selector":
		selector, err := intent.ParseSelector(value)
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

func (p *policyPage) Draw(s *wizard.Session, width, height int) wizard.Drawing {
	lines, ok := unread(s, width)
	if !ok {
		return wizard.Drawing{Lines: lines}
	}
	d := p.FormPage.Draw(s, width, height)
	t, snapshot := s.Theme, s.World.Snapshot()
	d.Lines = append(d.Lines, "")
	namespace := cmp.Or(s.Intent.Namespace, intent.DefaultNamespace)
	reason, missing := snapshot.Missing(world.FactNamespace)
	switch {
	case missing:
		d.Lines = append(d.Lines, draw.Wrapped(t, theme.Warn, theme.SymbolWarning+" "+phrase.Sentence(reason), width, 3)...)
	case s.Reading != nil:
		d.Lines = append(d.Lines, waiting(s, s.Reading)...)
	case snapshot.Kube.Chosen != "" && snapshot.Kube.Chosen != namespace:
		d.Lines = append(d.Lines, t.Paint(theme.Muted, "Namespace "+namespace+" is read when you go on."))
	case snapshot.Kube.Namespace == nil || snapshot.Kube.Namespace.Name != namespace:
		d.Lines = append(d.Lines, t.Paint(theme.Muted, "Namespace "+namespace+" does not exist yet; it will be made."))
	default:
		d.Lines = append(d.Lines, t.Paint(theme.Muted, p.matching(s)))
	}
	d.Lines = append(d.Lines, draw.Findings(t, draw.Unsettled(s.World.FindingsOf(p.about.Steps)), width)...)
	return d
}

// matching says how many pods of the namespace carry the labels now. They keep
// what they have: the policy works on new pods.
func (p *policyPage) matching(s *wizard.Session) string {
	sel := s.World.Target.Selector
	if sel == nil {
		return "Running pods are not touched; restart them to give them the group."
	}
	n := 0
	for _, pod := range s.World.Snapshot().Kube.Pods {
		if ok, err := sel.Matches(pod.Labels); pod.Namespace == s.World.Target.Namespace && err == nil && ok {
			n++
		}
	}
	if n == 0 {
		return "No pod of the namespace carries these labels now."
	}
	return fmt.Sprintf("%s of the namespace match now; they get the group when they are restarted.", phrase.Count(n, "pod"))
}

func (p *policyPage) Next(s *wizard.Session) (tea.Cmd, bool) {
	if cmd, ok := needsWorld(s); !ok {
		return cmd, false
	}
	selector := s.Intent.Policy.PodSelector
	if selector == nil {
		selector = s.Intent.Policy.ServiceAccountSelector
	}
	if selector.IsEmpty() && !s.Intent.Policy.AllowEmptySelector {
		p.Form.Focus("every")
		return s.Warn("Without labels every pod of the namespace is caught: say yes to that, or give labels."), false
	}
	return nil, true
}

func (p *policyPage) Commands(s *wizard.Session) []string { return s.World.CommandsOf(p.about.Steps) }
