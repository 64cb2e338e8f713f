package probe

import (
	"fmt"
	"time"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Leftovers plans the removal of what tries an access of the user's: once it is
// proven nothing needs it. What is not there any more needs no change.
func Leftovers(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	var pods []string
	for _, role := range []string{intent.RoleGreen, intent.RoleRed} {
		if w, ok := s.Workload("Deployment", t.Namespace, t.ProbeName(role)); ok && w.Owned {
			pods = append(pods, removeDeployment(t, p, w.Name, "the access is proven"))
		}
	}
	policy, found := s.Policy(t.Namespace, t.ProbePolicy())
	removeRest(t, p, pods, found && policy.Owned, s.Kube.CAConfigMap != nil && s.Kube.CAConfigMap.Owned && !demoIn(s, t))
}

// Removal is the plan that removes the probe pods of an access, its policy and,
// where no demo needs it, the ConfigMap, whether they are there or not.
func Removal(s *world.Snapshot, t *intent.Target) *plan.Plan {
	p := &plan.Plan{Cluster: t.Cluster.Name}
	var pods []string
	for _, role := range []string{intent.RoleGreen, intent.RoleRed} {
		pods = append(pods, removeDeployment(t, p, t.ProbeName(role), "the access is proven"))
	}
	removeRest(t, p, pods, true, t.TLSMode == intent.TLSVerifyFull && !demoIn(s, t))
	return p
}

// demoIn reports whether the demo's pods are in the namespace: they need the
// ConfigMap as well.
func demoIn(s *world.Snapshot, t *intent.Target) bool {
	for _, name := range []string{intent.GreenLabel, intent.RedLabel} {
		if w, ok := s.Workload("Deployment", t.Namespace, name); ok && w.Owned {
			return true
		}
	}
	return false
}

func removeDeployment(t *intent.Target, p *plan.Plan, name, why string) string {
	ref := plan.ObjectRef{APIVersion: "apps/v1", Kind: string(world.KindDeployment), Namespace: t.Namespace, Name: name}
	id := "remove-" + name
	p.Add(plan.Change{
		ID: id, Step: check.StepTestPods, Op: plan.Delete, Kind: world.KindDeployment, Summary: fmt.Sprintf("Deployment %s", ref),
		Why: why, Undo: "podsg setup makes it again", Action: plan.DeleteObject{Kind: world.KindDeployment, Ref: ref},
	})
	return id
}

func removeRest(t *intent.Target, p *plan.Plan, pods []string, policy, ca bool) {
	if len(pods) > 0 {
		p.Add(plan.Change{
			ID: "probe-pods-gone", Step: check.StepTestPods, Op: plan.Update, Kind: world.KindPod, Summary: "wait until the probe pods of namespace " + t.Namespace + " have ended",
			Why: "their branch ENIs are released after them", Needs: pods, Expected: 10 * time.Second,
			Action: plan.AwaitPodsGone{Namespace: t.Namespace, Labels: map[string]string{world.LabelManagedBy: world.ManagedBy, intent.AccessLabel: t.ProbeLabels(intent.RoleGreen)[intent.AccessLabel]}},
		})
	}
	for _, x := range []struct {
		there                  bool
		id, version, name, why string
		kind                   world.Kind
	}{
		{policy, "remove-" + plan.ChangeProbePolicy, "vpcresources.k8s.aws/v1beta1", t.ProbePolicy(), "only the probe pods had their groups from it", world.KindPolicy},
		{ca, "remove-" + plan.ChangeCA, "v1", intent.CAConfigMap, "only the probe pods read it", world.KindConfigMap},
	} {
		if !x.there {
			continue
		}
		ref := plan.ObjectRef{APIVersion: x.version, Kind: string(x.kind), Namespace: t.Namespace, Name: x.name}
		p.Add(plan.Change{
			ID: x.id, Step: check.StepTestPods, Op: plan.Delete, Kind: x.kind, Summary: fmt.Sprintf("%s %s", x.kind, ref),
			Why: x.why, Needs: pods, Undo: "podsg setup makes it again", Action: plan.DeleteObject{Kind: x.kind, Ref: ref},
		})
	}
}

// PlanOld plans the removal of the pods by which an older podsg tried an access
// of the user's: they carry the labels of the user's pods, and so may be taken for
// them. The demo's pods of the same names stay.
func PlanOld(s *world.Snapshot, t *intent.Target, p *plan.Plan) {
	green, ok := s.Workload("Deployment", t.Namespace, intent.GreenLabel)
	if t.Demo() || !ok || !green.Owned {
		return
	}
	for _, other := range s.PoliciesIn(t.Namespace) {
		if matches, err := other.PodSelector.Matches(map[string]string{"app": intent.GreenLabel}); err == nil && matches && other.Name != t.PolicyName {
			return
		}
	}
	if matches, err := t.Selector.Matches(green.PodLabels); err != nil || !matches {
		return
	}
	for _, name := range []string{intent.GreenLabel, intent.RedLabel} {
		if w, ok := s.Workload("Deployment", t.Namespace, name); ok && w.Owned {
			removeDeployment(t, p, name, "an older podsg made it with labels of your pods")
		}
	}
}
