package cleanup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// owned are podsg's Kubernetes objects, of every namespace: those that carry its
// label, and those that the journal names.
func (c *Cleanup) owned() []ownedObject {
	var out []ownedObject
	add := func(kind world.Kind, namespace, name string) {
		o := ownedObject{kind, namespace, name}
		if !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	for _, w := range c.S.Kube.Workloads {
		if w.Owned && w.Kind == "Deployment" {
			add(world.KindDeployment, w.Namespace, w.Name)
		}
	}
	for _, p := range c.S.Kube.Pods {
		if p.Owned && p.Owner == "" {
			add(world.KindPod, p.Namespace, p.Name)
		}
	}
	for _, p := range c.S.Kube.Policies {
		if p.Owned && !c.keptPolicy(p.Namespace, p.Name) {
			add(world.KindPolicy, p.Namespace, p.Name)
		}
	}
	if sec := c.S.Kube.Secret; sec != nil && sec.Owned {
		add(world.KindSecret, sec.Namespace, sec.Name)
	}
	if cm := c.S.Kube.CAConfigMap; cm != nil && cm.Owned {
		add(world.KindConfigMap, cm.Namespace, cm.Name)
	}
	for kind := range kubernetesVersions {
		for _, e := range c.S.Kube.Journal.Find(kind) {
			if ns, name, ok := strings.Cut(e.Object, "/"); ok && e.Done && !e.Adopted && (kind != world.KindPolicy || !c.keptPolicy(ns, name)) {
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
func (c *Cleanup) keptPolicy(namespace, name string) bool {
	return slices.ContainsFunc(c.S.Kube.Policies, func(p world.PodPolicy) bool {
		return p.Namespace == namespace && p.Name == name && c.givesUsedGroup(p)
	})
}

// keepPolicies says which policies stay.
func (c *Cleanup) keepPolicies() {
	for _, e := range c.S.Kube.Journal.Find(world.KindPolicy) {
		if e.Adopted {
			c.keep(world.KindPolicy, e.Object, "it is yours, and podsg used it as it is")
		}
	}
	for _, p := range c.S.Kube.Policies {
		if p.Owned && c.givesUsedGroup(p) && c.Scope.holds(p.Namespace, p.Name) {
			c.keep(world.KindPolicy, p.Namespace+"/"+p.Name, "pods that podsg did not make have their security group from it")
			c.retain(world.KindPolicy, p.Namespace+"/"+p.Name)
		}
	}
}

type ownedObject struct {
	kind            world.Kind
	namespace, name string
}

// kubernetesVersions are the API versions of the kinds that podsg makes.
var kubernetesVersions = map[world.Kind]string{
	world.KindDeployment: "apps/v1", world.KindPod: "v1", world.KindPolicy: "vpcresources.k8s.aws/v1beta1",
	world.KindSecret: "v1", world.KindConfigMap: "v1", world.KindServiceAccount: "v1",
}

// kubernetesOrder is the order of removal: what runs first.
func kubernetesOrder(k world.Kind) int {
	return slices.Index([]world.Kind{world.KindDeployment, world.KindPod, world.KindPolicy, world.KindSecret, world.KindConfigMap, world.KindServiceAccount}, k)
}

var whyRemoved = map[world.Kind]string{
	world.KindDeployment: "a test pod", world.KindPod: "left by an interrupted run", world.KindPolicy: "no pod gets the group any more",
	world.KindSecret: "podsg wrote it", world.KindConfigMap: "only the test pods read it", world.KindServiceAccount: "only the test pods use it",
}

// Kubernetes plans the objects in the cluster: test pods first, then the
// policy, the Secret and the rest. It returns the ids of the changes.
func (c *Cleanup) Kubernetes() (ids []string) {
	c.keepPolicies()
	var workloads []string
	namespaces := map[string][]string{} // of the test pods
	for _, o := range c.owned() {
		if c.keepShared(o) || c.keepUsed(o) {
			continue
		}
		ref := plan.ObjectRef{APIVersion: kubernetesVersions[o.kind], Kind: string(o.kind), Namespace: o.namespace, Name: o.name}
		ch := plan.Change{
			ID: strings.ToLower(fmt.Sprintf("delete-%s-%s-%s", o.kind, o.namespace, o.name)), Step: check.StepTestPods, Kind: o.kind,
			Summary: fmt.Sprintf("%s %s", o.kind, ref), Why: whyRemoved[o.kind], Action: plan.DeleteObject{Kind: o.kind, Ref: ref},
		}
		switch o.kind {
		case world.KindDeployment, world.KindPod:
			workloads = append(workloads, c.Add(ch))
			namespaces[o.namespace] = append(namespaces[o.namespace], ch.ID)
			continue
		}
		if c.pods == nil {
			c.pods = c.podsGone(namespaces)
		}
		ch.Needs = c.pods
		ids = append(ids, c.Add(ch))
		if o.kind == world.KindPolicy {
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
func (c *Cleanup) podsGone(namespaces map[string][]string) []string {
	ids := []string{}
	for _, ns := range slices.Sorted(maps.Keys(namespaces)) {
		if len(c.beside()) > 0 {
			ids = append(ids, namespaces[ns]...) // test pods of another access go on there
			continue
		}
		ids = append(ids, c.Add(plan.Change{
			ID: "pods-gone-" + ns, Step: check.StepTestPods, Op: plan.Update, Kind: world.KindPod, Summary: "wait until the test pods of namespace " + ns + " have ended",
			Why: "their branch ENIs are released after them", Needs: namespaces[ns], Expected: 10 * time.Second,
			Action: plan.AwaitPodsGone{Namespace: ns, Labels: map[string]string{world.LabelManagedBy: world.ManagedBy}},
		}))
	}
	return ids
}

// NamespacesLast deletes the namespaces that podsg made, unless something of
// someone else's is in them, or that cannot be told.
func (c *Cleanup) NamespacesLast(ctx context.Context, kube plan.Kube, needs []string) {
	var names []string
	if ns := c.S.Kube.Namespace; ns != nil && ns.Owned {
		names = append(names, ns.Name)
	}
	for _, e := range c.S.Kube.Journal.Find(world.KindNamespace) {
		if e.Created && e.Done && !slices.Contains(names, e.Object) {
			names = append(names, e.Object)
		}
	}
	for _, name := range names {
		if !c.Scope.IsAll() && name != c.Scope.Namespace {
			continue
		}
		if beside := c.beside(); len(beside) > 0 {
			c.keep(world.KindNamespace, name, needed([]string{name + "/" + beside[0].Name}))
			continue
		}
		foreign, err := kube.ForeignObjects(ctx, name)
		for _, k := range c.Plan.Kept {
			if ns, object, ok := strings.Cut(k.ID, "/"); ok && ns == name && kubernetesVersions[k.Kind] != "" {
				foreign = append(foreign, strings.ToLower(string(k.Kind))+" "+object)
			}
		}
		if err != nil || len(foreign) > 0 {
			c.retain(world.KindNamespace, name)
		}
		switch {
		case err != nil:
			c.keep(world.KindNamespace, name, fmt.Sprintf("it cannot be told whether others' objects are in it: %v; if none are: kubectl delete namespace %s", err, name))
			continue
		case len(foreign) > 0:
			c.keep(world.KindNamespace, name, "this is in it and stays: "+strings.Join(foreign, ", "))
			continue
		}
		ref := plan.ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: name}
		c.Add(plan.Change{ID: "delete-namespace-" + name, Step: check.StepPolicy, Kind: world.KindNamespace, Summary: "namespace " + name, Why: "podsg made it and nothing else is in it",
			Needs: needs, Expected: 10 * time.Second, Action: plan.DeleteObject{Kind: world.KindNamespace, Ref: ref}})
	}
}
