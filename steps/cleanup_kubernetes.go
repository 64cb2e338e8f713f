package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// owned are podsg's Kubernetes objects, of every namespace: those that carry its
// label, and those that the journal names.
func (c *cleanup) owned() []ownedObject {
	var out []ownedObject
	add := func(kind Kind, namespace, name string) {
		o := ownedObject{kind, namespace, name}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	for _, w := range c.s.Kube.Workloads {
		if w.Owned && w.Kind == "Deployment" {
			add(KindDeployment, w.Namespace, w.Name)
		}
	}
	for _, p := range c.s.Kube.Pods {
		if p.Owned && p.Owner == "" {
			add(KindPod, p.Namespace, p.Name)
		}
	}
	for _, p := range c.s.Kube.Policies {
		if p.Owned && !c.keptPolicy(p.Namespace, p.Name) {
			add(KindPolicy, p.Namespace, p.Name)
		}
	}
	if sec := c.s.Kube.Secret; sec != nil && sec.Owned {
		add(KindSecret, sec.Namespace, sec.Name)
	}
	if cm := c.s.Kube.CAConfigMap; cm != nil && cm.Owned {
		add(KindConfigMap, cm.Namespace, cm.Name)
	}
	for kind := range kubernetesVersions {
		for _, e := range c.s.Kube.Journal.Find(kind) {
			if ns, name, ok := strings.Cut(e.Object, "/"); ok && e.Done && (kind != KindPolicy || !c.keptPolicy(ns, name)) {
				add(kind, ns, name)
			}
		}
	}
	slices.SortFunc(out, func(a, b ownedObject) int {
		return cmp.Or(cmp.Compare(kubernetesOrder(a.kind), kubernetesOrder(b.kind)), cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.name, b.name))
	})
	return out
}

// keptPolicy reports whether a policy stays because pods that podsg did not make
// have their group from it.
func (c *cleanup) keptPolicy(namespace, name string) bool {
	return slices.ContainsFunc(c.s.Kube.Policies, func(p PodPolicy) bool {
		return p.Namespace == namespace && p.Name == name && c.givesUsedGroup(p)
	})
}

// keepPolicies says which policies stay.
func (c *cleanup) keepPolicies() {
	for _, p := range c.s.Kube.Policies {
		if p.Owned && c.givesUsedGroup(p) {
			c.keep(KindPolicy, p.Namespace+"/"+p.Name, "pods that podsg did not make have their security group from it")
			c.retain(KindPolicy, p.Namespace+"/"+p.Name)
		}
	}
}

type ownedObject struct {
	kind            Kind
	namespace, name string
}

// kubernetesVersions are the API versions of the kinds that podsg makes.
var kubernetesVersions = map[Kind]string{
	KindDeployment: "apps/v1", KindPod: "v1", KindPolicy: "vpcresources.k8s.aws/v1beta1",
	KindSecret: "v1", KindConfigMap: "v1", KindServiceAccount: "v1",
}

// kubernetesOrder is the order of removal: what runs first.
func kubernetesOrder(k Kind) int {
	return slices.Index([]Kind{KindDeployment, KindPod, KindPolicy, KindSecret, KindConfigMap, KindServiceAccount}, k)
}

var whyRemoved = map[Kind]string{
	KindDeployment: "a test pod", KindPod: "left by an interrupted run", KindPolicy: "no pod gets the group any more",
	KindSecret: "podsg wrote it", KindConfigMap: "only the test pods read it", KindServiceAccount: "only the test pods use it",
}

// kubernetes plans the objects in the cluster: test pods first, then the
// policy, the Secret and the rest. It returns the ids of the changes.
func (c *cleanup) kubernetes() (ids []string) {
	c.keepPolicies()
	var workloads []string
	namespaces := map[string][]string{} // of the test pods
	for _, o := range c.owned() {
		ref := ObjectRef{APIVersion: kubernetesVersions[o.kind], Kind: string(o.kind), Namespace: o.namespace, Name: o.name}
		ch := Change{
			ID: strings.ToLower(fmt.Sprintf("delete-%s-%s-%s", o.kind, o.namespace, o.name)), Step: StepTestPods, Kind: o.kind,
			Summary: fmt.Sprintf("%s %s", o.kind, ref), Why: whyRemoved[o.kind], Action: DeleteObject{Kind: o.kind, Ref: ref},
		}
		switch o.kind {
		case KindDeployment, KindPod:
			workloads = append(workloads, c.add(ch))
			namespaces[o.namespace] = append(namespaces[o.namespace], ch.ID)
			continue
		}
		if c.pods == nil {
			c.pods = c.podsGone(namespaces)
		}
		ch.Needs = c.pods
		ids = append(ids, c.add(ch))
		if o.kind == KindPolicy {
			c.policies = append(c.policies, ch.ID)
		}
	}
	if c.pods == nil {
		c.pods = c.podsGone(namespaces)
	}
	return slices.Concat(workloads, c.pods, ids)
}

// podsGone waits for the test pods of each namespace: their branch ENIs are
// released after them.
func (c *cleanup) podsGone(namespaces map[string][]string) []string {
	ids := []string{}
	for _, ns := range slices.Sorted(maps.Keys(namespaces)) {
		ids = append(ids, c.add(Change{
			ID: "pods-gone-" + ns, Step: StepTestPods, Op: Update, Kind: KindPod, Summary: "wait until the test pods of namespace " + ns + " have ended",
			Why: "their branch ENIs are released after them", Needs: namespaces[ns], Expected: 10 * time.Second,
			Action: AwaitPodsGone{Namespace: ns, Labels: map[string]string{LabelManagedBy: ManagedBy}},
		}))
	}
	return ids
}

// namespacesLast deletes the namespaces that podsg made, unless something of
// someone else's is in them, or that cannot be told.
func (c *cleanup) namespacesLast(ctx context.Context, kube Kube, needs []string) {
	var names []string
	if ns := c.s.Kube.Namespace; ns != nil && ns.Owned {
		names = append(names, ns.Name)
	}
	for _, e := range c.s.Kube.Journal.Find(KindNamespace) {
		if e.Created && e.Done && !slices.Contains(names, e.Object) {
			names = append(names, e.Object)
		}
	}
	for _, name := range names {
		foreign, err := kube.ForeignObjects(ctx, name)
		for _, k := range c.plan.Kept {
			if ns, object, ok := strings.Cut(k.ID, "/"); ok && ns == name && k.Kind == KindPolicy {
				foreign = append(foreign, "policy "+object)
			}
		}
		if err != nil || len(foreign) > 0 {
			c.retain(KindNamespace, name)
		}
		switch {
		case err != nil:
			c.keep(KindNamespace, name, fmt.Sprintf("it cannot be told whether others' objects are in it: %v; if none are: kubectl delete namespace %s", err, name))
			continue
		case len(foreign) > 0:
			c.keep(KindNamespace, name, "others' objects are in it: "+strings.Join(foreign, ", "))
			continue
		}
		ref := ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: name}
		c.add(Change{ID: "delete-namespace-" + name, Step: StepPolicy, Kind: KindNamespace, Summary: "namespace " + name, Why: "podsg made it and nothing else is in it",
			Needs: needs, Expected: 10 * time.Second, Action: DeleteObject{Kind: KindNamespace, Ref: ref}})
	}
}
