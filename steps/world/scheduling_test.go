package world

import "testing"

func TestANodeRefusesPodsByTaintsLabelsAndAffinity(t *testing.T) {
	t.Parallel()
	dedicated := Taint{Key: "dedicated", Value: "sgp", Effect: "NoSchedule"}
	node := Node{Name: "a", Labels: map[string]string{"disk": "ssd", "cores": "8"}}
	with := func(taints ...Taint) Node { n := node; n.Taints = taints; return n }
	term := func(key, op string, values ...string) Scheduling {
		return Scheduling{Terms: []NodeTerm{{Labels: []SelectorRequirement{{Key: key, Operator: op, Values: values}}}}}
	}
	for name, x := range map[string]struct {
		asks Scheduling
		node Node
		want string
	}{
		"asks for nothing":               {node: node},
		"a taint":                        {node: with(dedicated), want: "the pods do not tolerate its taint dedicated=sgp:NoSchedule"},
		"a taint that only prefers":      {node: with(Taint{Key: "x", Effect: "PreferNoSchedule"})},
		"a taint that is tolerated":      {asks: Scheduling{Tolerations: []Toleration{{Key: "dedicated", Operator: "Equal", Value: "sgp"}}}, node: with(dedicated)},
		"another value is tolerated":     {asks: Scheduling{Tolerations: []Toleration{{Key: "dedicated", Value: "web"}}}, node: with(dedicated), want: "the pods do not tolerate its taint dedicated=sgp:NoSchedule"},
		"another effect is tolerated":    {asks: Scheduling{Tolerations: []Toleration{{Key: "dedicated", Operator: "Exists", Effect: "NoExecute"}}}, node: with(dedicated), want: "the pods do not tolerate its taint dedicated=sgp:NoSchedule"},
		"everything is tolerated":        {asks: Scheduling{Tolerations: []Toleration{{Operator: "Exists"}}}, node: with(dedicated)},
		"a cordon":                       {node: Node{Cordoned: true}, want: "it is cordoned"},
		"a node selector":                {asks: Scheduling{NodeSelector: map[string]string{"disk": "ssd"}}, node: node},
		"a node selector of others":      {asks: Scheduling{NodeSelector: map[string]string{"disk": "hdd"}}, node: node, want: "the pods want nodes with disk=hdd"},
		"an affinity":                    {asks: term("disk", "In", "ssd", "nvme"), node: node},
		"an affinity of others":          {asks: term("disk", "In", "nvme"), node: node, want: "the node affinity of the pods does not name it"},
		"an affinity by what is not set": {asks: term("gpu", "DoesNotExist"), node: node},
		"an affinity by number":          {asks: term("cores", "Gt", "4"), node: node},
		"too small":                      {asks: term("cores", "Gt", "8"), node: node, want: "the node affinity of the pods does not name it"},
		"one term of two":                {asks: Scheduling{Terms: append(term("gpu", "Exists").Terms, term("disk", "Exists").Terms...)}, node: node},
		"by its name":                    {asks: Scheduling{Terms: []NodeTerm{{Names: []SelectorRequirement{{Key: "metadata.name", Operator: "In", Values: []string{"b"}}}}}}, node: node, want: "the node affinity of the pods does not name it"},
	} {
		if got := x.asks.Refuses(x.node); got != x.want {
			t.Errorf("%s: got %q, want %q", name, got, x.want)
		}
	}
}
