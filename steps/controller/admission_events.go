package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/words"
	"podsg/steps/world"
)

var (
	CheckAccountKnown = check.Check{ID: "D56", Title: "Webhook knows the service accounts of the pods"}
	CheckNoCopy       = check.Check{ID: "D57", Title: "Pods are made without the branch ENI annotation"}
	CheckQuota        = check.Check{ID: "D58", Title: "Quotas leave room for branch ENIs"}
)

// refusals are what keeps pods from being made, as their controllers tell it in
// FailedCreate.
// See webhooks/core of aws/amazon-vpc-resource-controller-k8s.
var refusals = []failure{
	{CheckAccountKnown, `webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP`, "the webhook did not know the pod's service account yet", true,
		"create the service account if it is missing; the pods are tried again by themselves", func(x Site) string { return "kubectl -n " + x.T.Namespace + " get serviceaccounts --show-labels" }},
	{CheckNoCopy, `webhook "vpod.vpc.k8s.aws" denied the request`, "the pod's manifest carries the annotation " + world.ResourcePodENI + ", which only the controller may write", false,
		"take the annotation out of the pod template: it was copied from a running pod", editOwner},
	{CheckQuota, "exceeded quota", noRoom, false, mendQuota, showQuotas},
	{CheckQuota, "failed quota", noRoom, false, mendQuota, showQuotas},
	{CheckQuota, " usage per ", noRoom, false, mendQuota, showQuotas}, // of a LimitRange
}

const (
	noRoom    = "a quota or limit of the namespace leaves no room for another branch ENI"
	mendQuota = "raise it for requests." + world.ResourcePodENI + ", or take it out: a node has only so many branch ENIs anyway"
)

func showQuotas(x Site) string {
	return "kubectl -n " + x.T.Namespace + " get resourcequotas,limitranges -o yaml"
}

// recently is for how long an event of something that is not observed itself
// counts as being so still: controllers try again in less.
const recently = 10 * time.Minute

// CheckAdmissionEvents tells which pods cannot be made. It reports only what
// still is so: events stay for an hour.
func CheckAdmissionEvents(f *check.Findings) {
	checks := []check.Check{CheckAccountKnown, CheckNoCopy, CheckQuota}
	if _, missing := f.S.Missing(world.FactPods); missing {
		return // the checks of the pods say so
	}
	if reason, missing := f.S.Missing(world.FactEvents); missing {
		if slices.ContainsFunc(f.S.Kube.Workloads, func(w world.Workload) bool { return f.S.PodsOf(w) < w.Replicas }) {
			for _, c := range checks {
				f.Add(c, check.Skip, reason)
			}
		}
		return
	}
	for _, c := range checks {
		var saw, owners []string
		var first failure
		var at Site
		for _, e := range f.S.Newest("FailedCreate", f.T.Namespace) {
			found, ok := FailureOf(e)
			if !ok || found.check.ID != c.ID || !stillRefused(f.S, e) {
				continue
			}
			if owner := e.Kind + "/" + e.Name; !slices.Contains(owners, owner) {
				owners = append(owners, owner)
				saw = append(saw, fmt.Sprintf("%s %s: %s", e.Kind, e.Name, e.Message))
				first, at = found, Site{f.S, f.T, world.Pod{ObjectFacts: world.ObjectFacts{Namespace: e.Namespace}, Owner: owner}, e.Message}
			}
		}
		if len(owners) > 0 {
			f.Add(c, check.Fail, fmt.Sprintf("%s cannot make pods: %s", words.NumberOf(len(owners), "controller"), first.Cause)).Saw(saw...).On(owners...).
				Mend(say.T("%s", first.Mend), first.Command(at))
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
	return fmt.Sprintf("kubectl -n %s edit %s %s", x.Pod.Namespace, cmp.Or(strings.ToLower(kind), "pod"), name)
}
