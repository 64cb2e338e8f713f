package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// refusals are what keeps pods from being made, as their controllers tell it in
// FailedCreate.
// See webhooks/core of aws/amazon-vpc-resource-controller-k8s.
var refusals = []Failure{
	{"D56", `webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP`, say.T("the webhook did not know the pod's service account yet"), true,
		say.T("create the service account if it is missing; the pods are tried again by themselves"), func(x Site) string {
			return shell.Command("kubectl -n %s get serviceaccounts --show-labels", x.T.Namespace)
		}},
	{"D57", `webhook "vpod.vpc.k8s.aws" denied the request`, say.T("the pod's manifest carries the annotation %s, which only the controller may write", world.ResourcePodENI), false,
		say.T("take the annotation out of the pod template: it was copied from a running pod"), editOwner},
	{"D58", "exceeded quota", noRoom, false, mendQuota, showQuotas},
	{"D58", "failed quota", noRoom, false, mendQuota, showQuotas},
	{"D58", " usage per ", noRoom, false, mendQuota, showQuotas}, // of a LimitRange
}

var (
	noRoom    = say.T("a quota or limit of the namespace leaves no room for another branch ENI")
	mendQuota = say.T("raise it for requests.%s, or take it out: a node has only so many branch ENIs anyway", world.ResourcePodENI)
)

func showQuotas(x Site) string {
	return shell.Command("kubectl -n %s get resourcequotas,limitranges -o yaml", x.T.Namespace)
}

// recently is for how long an event of something that is not observed itself
// counts as being so still: controllers try again in less.
const recently = 10 * time.Minute

// refused makes the run of a check about pods that cannot be made. It reports only
// what still is so: events stay for an hour.
func refused(id string) func(*check.Context) {
	return func(c *check.Context) {
		if _, missing := c.Missing(world.FactEvents); missing {
			if slices.ContainsFunc(c.WorkloadsIn(c.Target.Namespace), func(w world.Workload) bool { return w.Kind != world.WorkloadCronJob && c.PodsOf(w) < w.Replicas }) {
				c.Known(world.FactEvents)
			}
			return
		}
		var saw, owners []string
		var first Failure
		var at Site
		for _, e := range c.Newest("FailedCreate", c.Target.Namespace) {
			found, ok := failureOf(e)
			if !ok || found.check != id || !stillRefused(c.Snapshot, e) {
				continue
			}
			if owner := e.Kind + "/" + e.Name; !slices.Contains(owners, owner) {
				owners = append(owners, owner)
				saw = append(saw, fmt.Sprintf("%s %s: %s", e.Kind, e.Name, e.Message))
				first, at = found, Site{c.Snapshot, c.Target, world.Pod{ObjectFacts: world.ObjectFacts{Namespace: e.Namespace}, Owner: owner}, e.Message}
			}
		}
		if len(owners) > 0 {
			c.Add(check.Fail, say.N(len(owners), "%d controller cannot make pods: %s", "%d controllers cannot make pods: %s", first.Cause)).Saw(saw...).On(owners...).
				Mend(first.Mend, first.Command(at))
		}
	}
}

// stillRefused reports whether the controller that an event is about still
// cannot make its pods: it has made none since, and has fewer than it wants.
// What is not observed counts while its event is fresh.
func stillRefused(s *world.Snapshot, e world.ClusterEvent) bool {
	owner := e.Kind + "/" + e.Name
	since, has := false, false
	for _, p := range s.Kube.Pods {
		if p.Namespace == e.Namespace && p.Owner == owner {
			since = since || p.CreatedAt.After(e.At)
			has = has || !p.Ended() && !p.Terminating
		}
	}
	if since {
		return false
	}
	fresh := !has && s.TakenAt.Sub(e.At) < recently
	w, ok := s.WorkloadNamed(e.Kind, e.Namespace, e.Name)
	if !ok {
		return fresh
	}
	if w.Ready < w.Replicas {
		return true
	}
	return fresh && w.Updated < w.Replicas // a roll-out that hangs: the pods from before are all there still
}

// editOwner edits what has the template of pods that cannot be made.
func editOwner(x Site) string {
	kind, name, _ := strings.Cut(x.Pod.Owner, "/")
	if w, ok := x.S.WorkloadNamed(kind, x.Pod.Namespace, name); ok {
		kind, name = w.Kind, w.Name
	}
	return shell.Command("kubectl -n %s edit %s %s", x.Pod.Namespace, cmp.Or(strings.ToLower(kind), "pod"), name)
}
