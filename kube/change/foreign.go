package change

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// A namespace takes everything in it along when it is deleted. So:
//
//   - Every resource that the API server lists in namespaces is looked at,
//     custom ones too; only names, labels and owners are read.
//   - An object with owners is left out only if all of them were seen: they are
//     podsg's, or are reported themselves. What an operator made for an object
//     in another place, or of a kind that was not seen, is somebody's.
//   - A resource that may not be listed, and a group that does not answer, may
//     hold anything: that is an error, and the namespace stays.
//
// The role that podsg prints names Kubernetes' and EKS' own resources and no
// "*": in a cluster with more definitions the error says what it lacks, and
// nothing is lost.

// Resources and groups that hold nothing that people would miss: what was said
// about other objects, who leads, and the addresses of Services, which are
// looked at themselves.
var (
	fleeting = []schema.GroupResource{
		{Resource: "events"}, {Group: "events.k8s.io", Resource: "events"}, {Group: "coordination.k8s.io", Resource: "leases"},
		{Resource: "endpoints"}, {Group: "discovery.k8s.io", Resource: "endpointslices"},
	}
	measured = []string{"metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"}
)

// concurrentLists bounds how many resources are listed at the same time.
const concurrentLists = 20

// listable is a resource of namespaces.
type listable struct {
	schema.GroupVersionResource
	kind string
}

// ForeignObjects implements [plan.Kube].
func (c Writer) ForeignObjects(ctx context.Context, namespace string) ([]string, error) {
	resources, err := c.namespacedResources(ctx)
	if err != nil {
		return nil, c.Problem("list the resources of namespace", namespace, err)
	}
	found := &inhabitants{seen: map[types.UID]struct{}{}}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrentLists)
	for _, r := range resources {
		group.Go(func() error {
			err := c.listNames(ctx, r, namespace, found)
			if apierrors.IsForbidden(err) {
				found.hide(r.GroupResource())
				return nil
			}
			return c.Problem("list "+r.GroupResource().String()+" in namespace", namespace, err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	foreign := found.foreign()
	if len(foreign) == 0 && len(found.hidden) > 0 {
		slices.Sort(found.hidden)
		return nil, &world.Problem{
			Kind: world.ProblemPermission, Doing: "look into namespace", Object: namespace,
			Err:        fmt.Errorf("not allowed to list %s there", strings.Join(facts.Few(found.hidden), ", ")),
			Permission: "list " + found.hidden[0] + " in " + namespace,
			Hint:       "Ask for these permissions in the namespace, or look for yourself.",
			Command:    shell.Command("kubectl delete namespace %s", namespace),
		}
	}
	return facts.Few(foreign), nil
}

// namespacedResources are the resources whose objects a namespace may hold. A
// group that does not answer is an error, unless it would be passed over.
func (c Writer) namespacedResources(ctx context.Context) ([]listable, error) {
	lists, err := c.Discovery.ServerPreferredNamespacedResourcesWithContext(ctx)
	if failed, partial := discovery.GroupDiscoveryFailedErrorGroups(err); partial {
		for gv, cause := range failed {
			if !slices.Contains(measured, gv.Group) {
				return nil, fmt.Errorf("API group %s does not answer: %w", gv.Group, cause)
			}
		}
	} else if err != nil {
		return nil, err
	}
	var all []listable
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			if slices.Contains(r.Verbs, "list") && !slices.Contains(measured, gv.Group) &&
				!slices.Contains(fleeting, schema.GroupResource{Group: gv.Group, Resource: r.Name}) {
				all = append(all, listable{gv.WithResource(r.Name), strings.ToLower(r.Kind)})
			}
		}
	}
	return all, nil
}

// listNames adds the objects of one resource to those that were found.
func (c Writer) listNames(ctx context.Context, r listable, namespace string, found *inhabitants) error {
	names := c.Names.Resource(r.GroupVersionResource).Namespace(namespace)
	source := follow.Source{List: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return names.List(ctx, options)
	}}
	_, err := follow.Pages(ctx, source, func(item *metav1.PartialObjectMetadata) error {
		found.add(r, item)
		return nil
	})
	if apierrors.IsNotFound(err) { // its definition was deleted meanwhile
		return nil
	}
	return err
}

// inhabitants are the objects of a namespace.
type inhabitants struct {
	mu      sync.Mutex
	seen    map[types.UID]struct{}
	strange []inhabitant // those that podsg and Kubernetes itself did not make
	hidden  []string     // resources that may not be listed
}

type inhabitant struct {
	name   string
	owners []metav1.OwnerReference
}

func (all *inhabitants) hide(r schema.GroupResource) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.hidden = append(all.hidden, r.String())
}

func (all *inhabitants) add(r listable, item *metav1.PartialObjectMetadata) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.seen[item.UID] = struct{}{}
	if !facts.OwnedBy(item) && !automatic(r.GroupResource(), item.Name) {
		all.strange = append(all.strange, inhabitant{r.kind + " " + item.Name, item.OwnerReferences})
	}
}

// automatic tells the objects that Kubernetes makes in every namespace.
func automatic(r schema.GroupResource, name string) bool {
	return r.Group == "" && (r.Resource == "configmaps" && name == "kube-root-ca.crt" || r.Resource == "serviceaccounts" && name == "default")
}

// foreign names the objects that do not just come and go with others, in order.
func (all *inhabitants) foreign() []string {
	var names []string
	for _, object := range all.strange {
		unseen := func(o metav1.OwnerReference) bool { _, there := all.seen[o.UID]; return !there }
		if len(object.owners) == 0 || slices.ContainsFunc(object.owners, unseen) {
			names = append(names, object.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names) // a page that was read twice
}
