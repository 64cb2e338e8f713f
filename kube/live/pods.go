package live

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
	"unique"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// pod is what is kept of a pod. Texts that many pods share are kept once.
type pod struct {
	row      rows.Pod
	labels   labelSet
	account  string
	terminal bool
}

// labelSet is a set of labels as one text: many pods of a workload have the
// same.
type labelSet struct{ text unique.Handle[string] }

func newLabelSet(labels map[string]string) labelSet {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k)
		b.WriteByte('=')
		b.WriteString(labels[k])
		b.WriteByte('\n')
	}
	return labelSet{unique.Make(b.String())}
}

func (s labelSet) labels() map[string]string {
	labels := map[string]string{}
	for line := range strings.Lines(s.text.Value()) {
		k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		labels[k] = v
	}
	return labels
}

// podJoin makes the rows of pods from pods, policies and the labels of service
// accounts.
type podJoin struct {
	table    *table[rows.Pod]
	pods     map[string]pod
	policies map[string]world.PodPolicy   // by key
	accounts map[string]map[string]string // labels by key, of those that have any
	branches *branchCount
	stale    map[string]struct{} // keys of pods
	// staleIn are namespaces all of whose pods are out of date.
	staleIn map[string]struct{}
	// narrow says that only the pods of one namespace may be seen, and partial
	// what else may be.
	narrow  bool
	partial []string
}

// branchCount is how many branch ENIs the pods of each node take.
type branchCount struct {
	on      map[string]int
	changed map[string]struct{}
}

func (b *branchCount) add(p pod, n int) {
	if p.row.WantsENI && !p.terminal && p.row.Node != "" {
		b.on[p.row.Node] += n
		b.changed[p.row.Node] = struct{}{}
	}
}

func newPodJoin() podJoin {
	return podJoin{
		table: newTable[rows.Pod](), pods: map[string]pod{}, policies: map[string]world.PodPolicy{}, accounts: map[string]map[string]string{},
		branches: &branchCount{on: map[string]int{}, changed: map[string]struct{}{}},
		stale:    map[string]struct{}{}, staleIn: map[string]struct{}{},
	}
}

// followPods follows what the rows of pods are made of.
func (f *Feed) followPods(ctx context.Context) {
	p := &f.pods
	namespaces := []string{metav1.NamespaceAll}
	if f.options.Namespace != "" {
		namespaces = append(namespaces, f.options.Namespace)
	}
	var pods, policies, accounts []follow.Source
	for _, ns := range namespaces {
		core := f.client.Clientset().CoreV1()
		pods = append(pods, follow.Listed(core.Pods(ns), core.Pods(ns), "", ""))
		accounts = append(accounts, follow.Listed(core.ServiceAccounts(ns), core.ServiceAccounts(ns), "", ""))
		custom := f.client.Dynamic().Resource(facts.PolicyResource).Namespace(ns)
		policies = append(policies, follow.Custom(custom, custom, ""))
	}
	start(ctx, f, reducePod, sink[pod]{
		source: "pods", trouble: p.table.trouble,
		set: func(key string, now pod) {
			p.branches.add(p.pods[key], -1)
			p.branches.add(now, 1)
			p.pods[key] = now
			p.stale[key] = struct{}{}
		},
		delete: func(key string) {
			p.branches.add(p.pods[key], -1)
			delete(p.pods, key)
			p.stale[key] = struct{}{}
		},
		synced:   func() { p.table.synced = true },
		narrowed: func() { p.narrow = true },
	}, pods...)
	start(ctx, f, func(u *unstructured.Unstructured) (world.PodPolicy, bool) {
		policy, err := facts.Policy(u)
		return policy, err == nil
	}, sink[world.PodPolicy]{
		source: "policies", trouble: p.table.trouble,
		set:      func(key string, policy world.PodPolicy) { p.policies[key] = policy; p.markNamespace(key) },
		delete:   func(key string) { delete(p.policies, key); p.markNamespace(key) },
		narrowed: func() { p.partial = append(p.partial, "SecurityGroupPolicies") },
	}, policies...)
	start(ctx, f, func(a *corev1.ServiceAccount) (map[string]string, bool) { return a.Labels, len(a.Labels) > 0 },
		sink[map[string]string]{
			source: "accounts", trouble: p.table.trouble,
			set:      func(key string, labels map[string]string) { p.accounts[key] = labels; p.markNamespace(key) },
			delete:   func(key string) { delete(p.accounts, key); p.markNamespace(key) },
			narrowed: func() { p.partial = append(p.partial, "service accounts") },
		}, accounts...)
}

// markNamespace makes the rows of a namespace be computed again.
func (p *podJoin) markNamespace(key string) {
	namespace, _, _ := strings.Cut(key, "/")
	p.staleIn[namespace] = struct{}{}
}

func reducePod(object *corev1.Pod) (pod, bool) {
	facts := facts.Pod(object)
	shared := func(s string) string { return unique.Make(s).Value() }
	p := pod{
		labels: newLabelSet(facts.Labels), account: shared(facts.ServiceAccount),
		terminal: facts.Phase == string(corev1.PodSucceeded) || facts.Phase == string(corev1.PodFailed),
		row: rows.Pod{
			Namespace: shared(facts.Namespace), Name: facts.Name, Node: shared(facts.Node),
			Status: shared(status(facts)), Message: facts.Message, Ready: facts.Ready, Restarts: facts.RestartCount,
			IP: facts.IP, WantsENI: facts.ENILimitOn >= 0 || len(facts.ENIs) > 0, CreatedAt: facts.CreatedAt,
		},
	}
	if len(facts.ENIs) > 0 {
		eni := facts.ENIs[0]
		p.row.ENIID, p.row.PrivateIP, p.row.VLAN = eni.ENIID, eni.PrivateIP, eni.VLAN
		p.row.ENISince = annotatedAt(object.ManagedFields)
		if p.row.ENISince.IsZero() {
			p.row.ENISince = facts.CreatedAt
		}
	}
	return p, true
}

// status is one word for a pod's state, as kubectl shows it.
func status(p world.Pod) string {
	switch {
	case p.Terminating:
		return "Terminating"
	case p.Reason != "" && !p.Ready && p.Phase != string(corev1.PodSucceeded):
		return p.Reason
	default:
		return p.Phase
	}
}

// annotatedAt is when the branch ENI was written into a pod's annotations. It
// looks for one field of every pod: the sets of structured-merge-diff, which
// hold all fields, take the process of docs/benchmarks.md from 209 MB to 238.
func annotatedAt(entries []metav1.ManagedFieldsEntry) time.Time {
	var at time.Time
	for _, entry := range entries {
		if entry.FieldsV1 == nil || entry.Time == nil || !strings.Contains(entry.FieldsV1.GetRawString(), "f:"+facts.PodENI) {
			continue
		}
		var fields struct {
			Metadata struct {
				Annotations map[string]json.RawMessage `json:"f:annotations"`
			} `json:"f:metadata"`
		}
		if json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields) == nil && fields.Metadata.Annotations["f:"+facts.PodENI] != nil {
			at = entry.Time.Time
		}
	}
	return at
}

// settle brings the rows up to date. namespace is the one that is seen when not
// all may be: which policy selects a pod elsewhere cannot be told then.
func (p *podJoin) settle(namespace string) {
	partial := ""
	if !p.narrow && len(p.partial) > 0 {
		slices.Sort(p.partial)
		partial = "not allowed to see the " + strings.Join(p.partial, " and ") + " of other namespaces than " + namespace
	}
	p.table.trouble.set("partial", partial)
	if len(p.staleIn) > 0 {
		for key, pod := range p.pods {
			if _, stale := p.staleIn[pod.row.Namespace]; stale {
				p.stale[key] = struct{}{}
			}
		}
		p.staleIn = map[string]struct{}{}
	}
	if len(p.stale) == 0 {
		return
	}
	byNamespace := map[string][]world.PodPolicy{}
	for _, key := range slices.Sorted(maps.Keys(p.policies)) {
		policy := p.policies[key]
		byNamespace[policy.Namespace] = append(byNamespace[policy.Namespace], policy)
	}
	for key := range p.stale {
		pod, there := p.pods[key]
		if !there {
			p.table.delete(key)
			continue
		}
		row := pod.row
		if policies := byNamespace[row.Namespace]; len(policies) > 0 {
			row.Groups, row.Policies, _ = world.MatchPolicies(policies, pod.labels.labels(), p.accounts[row.Namespace+"/"+pod.account])
		}
		p.table.set(key, &row)
	}
	p.stale = map[string]struct{}{}
}
