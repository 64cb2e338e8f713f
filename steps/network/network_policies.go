package network

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/reach"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// The labels of CoreDNS, and of a namespace, which clusters all have.
const (
	systemNamespace = "kube-system"
	labelDNS        = "k8s-app"
	valueDNS        = "kube-dns"
	labelNamespace  = "kubernetes.io/metadata.name"
)

// policyPath is a way that selected pods need, and what NetworkPolicies say of it.
type policyPath struct {
	to       reach.PolicyEnd
	protocol string
	port     int
	verdict  reach.PolicyVerdict
}

// networkPolicies judges the NetworkPolicies on the way of the selected pods to
// CoreDNS and to the database. Security groups and NetworkPolicies must both admit
// a connection.
func networkPolicies(c *check.Context) {
	denied, asked := deniedPaths(c.Snapshot, c.Target)
	if reason := c.Kube.Partial[world.FactTraffic]; reason != "" && len(denied) == 0 {
		c.Skip("the network policies of all namespaces could not be listed: %s", reason)
		return
	}
	if len(c.Kube.NetworkPolicies) == 0 {
		c.Pass("there is no network policy")
		return
	}
	if asked == 0 {
		c.Pass("no selected pod is there yet that a network policy could keep from anything")
		return
	}
	if len(denied) == 0 {
		c.Pass("they let the selected pods reach CoreDNS and the database")
		return
	}
	var lines, objects []string
	for _, p := range denied {
		lines = append(lines, p.verdict.Why)
		for _, policy := range p.verdict.Denied {
			objects = append(objects, reach.PolicyName(policy))
		}
	}
	lines, objects = words.Distinct(lines), words.Distinct(objects)
	engines, unsure := enforcing(c.Snapshot, c.Target)
	if len(engines) == 0 && unsure == "" {
		c.Pass("network policies do not admit all that the selected pods need, and nothing was found that enforces them on these pods").Saw(words.Few(lines)...).On(objects...)
		return
	}
	certain := slices.DeleteFunc(slices.Clone(denied), func(p policyPath) bool { return p.verdict.Uncertain != "" })
	status := check.Fail
	var reason say.Text
	switch {
	case len(engines) == 0:
		status, reason = check.Warn, say.T("%s, and it is not known whether they are enforced: %s", denied[0].verdict.Why, unsure)
	case len(certain) == 0:
		status, reason = check.Warn, say.T("it cannot be told for sure: %s", denied[0].verdict.Uncertain)
	default:
		reason = say.T("%s, and %s enforces it", certain[0].verdict.Why, words.JoinWords(engines, "and"))
	}
	c.Add(status, reason).Saw(words.Few(lines)...).On(objects...).
		Mend(say.T("add a network policy that admits it; it selects only pods that the denying one isolates already, so it takes nothing away"), admittingPolicies(denied, c.Target))
}

// deniedPaths are the ways that NetworkPolicies do not admit, and how many were
// asked for.
func deniedPaths(s *world.Snapshot, t *intent.Target) (denied []policyPath, asked int) {
	var seen []string
	for _, pod := range intent.BranchPods(s, t) {
		labels := world.LabelsText(pod.Labels)
		if slices.Contains(seen, labels) {
			continue
		}
		seen = append(seen, labels)
		from := reach.PolicyEnd{Namespace: pod.Namespace, Labels: pod.Labels, Name: "pods of namespace " + pod.Namespace}
		if n := s.Kube.Namespace; n != nil && n.Name == pod.Namespace {
			from.NamespaceLabels = n.Labels
		}
		for _, p := range policyPaths(s, t) {
			asked++
			if p.verdict = reach.Policies(s.Kube.NetworkPolicies, from, p.to, p.protocol, p.port); !p.verdict.Allowed {
				denied = append(denied, p)
			}
		}
	}
	return denied, asked
}

// policyPaths are the ways that every selected pod needs.
func policyPaths(s *world.Snapshot, t *intent.Target) []policyPath {
	var out []policyPath
	// With NodeLocal DNSCache pods ask an address of their own node.
	if !s.Kube.DNS.NodeLocal {
		for _, dns := range dnsPolicyEnds(s) {
			for _, protocol := range []string{reach.ProtocolUDP, reach.ProtocolTCP} {
				out = append(out, policyPath{to: dns, protocol: protocol, port: dnsPort})
			}
		}
	}
	if t.DB.Existing != nil {
		db := t.DBEndpoint(s)
		end := reach.PolicyEnd{Name: db.Label, IPs: db.Ranges}
		if db.IP != "" {
			end.IPs = []string{db.IP}
		}
		out = append(out, policyPath{to: end, protocol: reach.ProtocolTCP, port: t.Port})
	}
	return out
}

// dnsPolicyEnds are the CoreDNS pods, those with equal labels once.
func dnsPolicyEnds(s *world.Snapshot) []reach.PolicyEnd {
	var out []reach.PolicyEnd
	for _, p := range s.PodsIn(systemNamespace) {
		same := slices.ContainsFunc(out, func(e reach.PolicyEnd) bool { return maps.Equal(e.Labels, p.Labels) })
		if p.Labels[labelDNS] != valueDNS || same {
			continue
		}
		out = append(out, reach.PolicyEnd{
			Namespace: p.Namespace, Labels: p.Labels, NamespaceLabels: s.Kube.SystemLabels, NamedPorts: p.NamedPorts, IPs: []string{p.IP}, Name: "CoreDNS",
		})
	}
	if len(out) == 0 && len(s.Kube.DNS.PodIPs) > 0 {
		out = append(out, reach.PolicyEnd{
			Namespace: systemNamespace, Labels: map[string]string{labelDNS: valueDNS}, NamespaceLabels: s.Kube.SystemLabels,
			NamedPorts: map[string]int{"dns": dnsPort, "dns-tcp": dnsPort}, IPs: s.Kube.DNS.PodIPs[:1], Name: "CoreDNS",
		})
	}
	return out
}

// enforcing are the engines that enforce NetworkPolicies on pods with a branch
// ENI. In strict mode others than the VPC CNI's own do not see their packets.
func enforcing(s *world.Snapshot, t *intent.Target) (engines []string, unsure string) {
	engines, unsure = s.PolicyEngines()
	if t.Mode == world.ModeStrict {
		engines = slices.DeleteFunc(engines, func(e string) bool { return e != world.EngineVPCCNI })
	}
	return engines, unsure
}

// admittingPolicies are commands that add what is missing, a policy for each pair
// of a denying policy and a direction. They create, and so never change a policy
// that is there.
func admittingPolicies(denied []policyPath, t *intent.Target) string {
	type wanted struct {
		policy world.NetworkPolicy
		side   world.Direction
		rules  []any
	}
	var all []*wanted
	for _, p := range denied {
		policy := p.verdict.Denied[0]
		i := slices.IndexFunc(all, func(w *wanted) bool {
			return reach.PolicyName(w.policy) == reach.PolicyName(policy) && w.side == p.verdict.Side
		})
		if i < 0 {
			i = len(all)
			all = append(all, &wanted{policy: policy, side: p.verdict.Side})
		}
		rule := admittingRule(p, t)
		if text := fmt.Sprint(rule); !slices.ContainsFunc(all[i].rules, func(r any) bool { return fmt.Sprint(r) == text }) {
			all[i].rules = append(all[i].rules, rule)
		}
	}
	var out []string
	for _, w := range all {
		types := map[world.Direction]string{world.Ingress: "Ingress", world.Egress: "Egress"}
		manifest := map[string]any{
			"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
			"metadata": map[string]any{"namespace": w.policy.Namespace, "name": w.policy.Name + "-beside"},
			"spec": map[string]any{
				"podSelector": w.policy.PodSelector.Manifest(), "policyTypes": []string{types[w.side]}, string(w.side): w.rules,
			},
		}
		if text, err := json.Marshal(manifest); err == nil {
			out = append(out, shell.Command("echo %s | kubectl create -f -", string(text)))
		}
	}
	return strings.Join(out, "\n")
}

// admittingRule is the rule that a way lacks.
func admittingRule(p policyPath, t *intent.Target) map[string]any {
	pods := func(namespace string, labels map[string]any) []any {
		peer := map[string]any{"namespaceSelector": map[string]any{"matchLabels": map[string]any{labelNamespace: namespace}}}
		if labels != nil {
			peer["podSelector"] = map[string]any{"matchLabels": labels}
		}
		return []any{peer}
	}
	rule := map[string]any{"ports": []any{map[string]any{"protocol": strings.ToUpper(p.protocol), "port": p.port}}}
	switch {
	case p.verdict.Side == world.Ingress:
		rule["from"] = pods(t.Namespace, nil)
	case p.to.Namespace != "":
		rule["to"] = pods(p.to.Namespace, map[string]any{labelDNS: valueDNS})
	default:
		var blocks []any
		for _, ip := range p.to.IPs {
			if r, ok := reach.ParseRange(ip); ok {
				blocks = append(blocks, map[string]any{"ipBlock": map[string]any{"cidr": r.String()}})
			}
		}
		if len(blocks) > 0 { // else: to every address
			rule["to"] = blocks
		}
	}
	return rule
}
