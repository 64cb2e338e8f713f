package observe

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"podsg/kube/api"
	"podsg/kube/facts"
	"podsg/steps/world"
)

// podFacts observes the pods of the chosen namespace (of all that have policies,
// where all namespaces are asked for), those of CoreDNS, and all that ask for a
// branch ENI. No selector finds the latter, so all pods are
// read, a page at a time, and the others dropped at once. A user who may not
// read all namespaces gets the first two groups, which are marked as partial.
func (o *observation) podFacts(ctx context.Context) (err error) {
	defer func() {
		o.unlisted = err
		close(o.listed)
	}()
	o.logged, o.owned = map[string]logSource{}, map[string]*ownedPods{}
	here := map[string]bool{o.scope.Namespace: true}
	if o.scope.All {
		<-o.policed
		for _, p := range o.facts.Policies {
			here[p.Namespace] = true
		}
	}
	wanted := func(p *corev1.Pod) (world.Pod, bool) {
		o.remember(p)
		if here[p.Namespace] || facts.WantsBranchENI(p) {
			o.logged[facts.Qualified(p.Namespace, p.Name)] = o.logSourceOf(p)
		}
		if here[p.Namespace] || isDNSPod(p) || facts.WantsBranchENI(p) {
			return facts.Pod(p), true
		}
		return world.Pod{}, false
	}
	pods, err := api.Collect(ctx, o.PodSource(metav1.NamespaceAll, ""), wanted)
	if refused := err; apierrors.IsForbidden(err) && o.scope.Namespace != "" {
		pods, err = api.Collect(ctx, o.PodSource(o.scope.Namespace, ""), wanted)
		if err == nil && o.scope.Namespace != metav1.NamespaceSystem {
			var dns []world.Pod
			dns, err = api.Collect(ctx, o.PodSource(metav1.NamespaceSystem, facts.LabelApp+"="+facts.DNSPodLabel), wanted)
			if apierrors.IsForbidden(err) {
				err = nil
			}
			pods = append(pods, dns...)
		}
		if err == nil {
			o.partial(world.FactPods, refused)
			o.refused = o.Problem("list pods", "", refused)
		}
	}
	if err != nil {
		return o.Problem("list pods", "", err)
	}
	slices.SortFunc(pods, func(a, b world.Pod) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	// Pages of a list that became too old may repeat pods.
	o.facts.Pods = slices.CompactFunc(pods, func(a, b world.Pod) bool { return a.UID == b.UID && a.Name == b.Name })
	return nil
}

func isDNSPod(p *corev1.Pod) bool {
	return p.Namespace == metav1.NamespaceSystem && p.Labels[facts.LabelApp] == facts.DNSPodLabel
}

// Pods implements [plan.Kube].
func (c Reader) Pods(ctx context.Context, namespace string, podLabels map[string]string) ([]world.Pod, error) {
	pods, err := api.Collect(ctx, c.PodSource(namespace, labels.SelectorFromSet(podLabels).String()), facts.KeepPod)
	if err != nil {
		return nil, c.Problem("list pods of namespace", namespace, err)
	}
	facts.SortByAge(pods)
	return pods, nil
}
