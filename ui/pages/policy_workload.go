package pages

import (
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/workload"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// workloadField asks which workload of the namespace is meant, if there is one.
func workloadField(s *wizard.Session) (widget.Field, bool) {
	now := strings.Join(s.Intent.Workloads, ",")
	options := []widget.Option{{Value: "", Label: "by labels"}}
	for _, w := range s.World.Snapshot().WorkloadsIn(s.World.Target.Namespace) {
		if !w.Owned && workload.Unusable(w) == "" {
			options = append(options, widget.Option{Value: w.Ref(), Label: w.Ref()})
		}
	}
	if len(options) == 1 && now == "" {
		return widget.Field{}, false
	}
	if !slices.ContainsFunc(options, func(o widget.Option) bool { return o.Value == now }) {
		options = append(options, widget.Option{Value: now, Label: now})
	}
	return widget.Field{Key: "workload", Label: "Workload", Value: now, Options: options, Source: s.Source("workload"),
		Help: "podsg selects its pods by labels that no other pod of the namespace has."}, true
}

// decisionFields ask what becomes of connections that the pods would lose, and of
// pods that are older than their policy, where there are such.
func decisionFields(s *wizard.Session) []widget.Field {
	var out []widget.Field
	for _, x := range []struct{ key, label, value, help string }{
		{"lostFlows", "Lost connections", s.Intent.LostFlows, "The plan names each connection that the groups of the nodes allow today."},
		{"restart", "Running pods", s.Intent.Restart, "A policy acts on pods when they are made."},
	} {
		q, open := s.World.Question([]string{x.key})
		if !open && (x.value == "" || x.value == intent.RestartAsk) {
			continue
		}
		f := widget.Field{Key: x.key, Label: x.label, Value: x.value, Source: s.Source(x.key), Help: x.help}
		if open {
			f.Help = q.Text
		}
		f.Options = []widget.Option{{Value: "", Label: "not decided"}}
		if x.key == "restart" {
			f.Options = append(f.Options, widget.Option{Value: intent.RestartRolling, Label: "restart their workload by its own strategy"}, widget.Option{Value: intent.RestartNever, Label: "leave them as they are"})
		} else {
			f.Options = append(f.Options, widget.Option{Value: intent.LostAddRules, Label: "add a rule for each"}, widget.Option{Value: intent.LostAccept, Label: "let them end"})
		}
		out = append(out, f)
	}
	return out
}

// storeWorkload changes the answers of these fields.
func storeWorkload(in *intent.Intent, key, value string) {
	switch key {
	case "workload":
		in.Workloads = nil
		if value != "" {
			in.Workloads = strings.Split(value, ",")
			in.Policy.PodSelector, in.Policy.ServiceAccountSelector = nil, nil
		}
	case "lostFlows":
		in.LostFlows = value
	case "restart":
		in.Restart = value
	}
}
