package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

var (
	checkAccountKnown = check{id: "D56", title: "Webhook knows the service accounts of the pods"}
	checkNoCopy       = check{id: "D57", title: "Pods are made without the branch ENI annotation"}
	checkQuota        = check{id: "D58", title: "Quotas leave room for branch ENIs"}
)

// refusals are what keeps pods from being made, as their controllers tell it in
// FailedCreate.
// See webhooks/core of aws/amazon-vpc-resource-controller-k8s.
var refusals = []failure{
	{checkAccountKnown, `webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP`, "the webhook did not know the pod's service account yet", true,
		"create the service account if it is missing; the pods are tried again by themselves", func(x site) string { return "kubectl -n " + x.t.Namespace + " get serviceaccounts --show-labels" }},
	{checkNoCopy, `webhook "vpod.vpc.k8s.aws" denied the request`, "the pod's manifest carries the annotation " + ResourcePodENI + ", which only the controller may write", false,
		"take the annotation out of the pod template: it was copied from a running pod", editOwner},
	{checkQuota, "exceeded quota", noRoom, false, mendQuota, showQuotas},
	{checkQuota, "failed quota", noRoom, false, mendQuota, showQuotas},
	{checkQuota, " usage per ", noRoom, false, mendQuota, showQuotas}, // of a LimitRange
}

const (
	noRoom    = "a quota or limit of the namespace leaves no room for another branch ENI"
	mendQuota = "raise it for requests." + ResourcePodENI + ", or take it out: a node has only so many branch ENIs anyway"
)

func showQuotas(x site) string {
	return "kubectl -n " + x.t.Namespace + " get resourcequotas,limitranges -o yaml"
}

// recently is for how long an event of something that is not observed itself
// counts as being so still: controllers try again in less.
const recently = 10 * time.Minute

// checkAdmissionEvents tells which pods cannot be made. It reports only what
// still is so: events stay for an hour.
func checkAdmissionEvents(f *findings) {
	checks := []check{checkAccountKnown, checkNoCopy, checkQuota}
	if _, missing := f.s.Missing(FactPods); missing {
		return // the checks of the pods say so
	}
	if reason, missing := f.s.Missing(FactEvents); missing {
		if slices.ContainsFunc(f.s.Kube.Workloads, func(w Workload) bool { return f.s.podsOf(w) < w.Replicas }) {
			for _, c := range checks {
				f.add(c, Skip, reason)
			}
		}
		return
	}
	for _, c := range checks {
		var saw, owners []string
		var first failure
		var at site
		for _, e := range f.s.newest("FailedCreate", f.t.Namespace) {
			found, ok := failureOf(e)
			if !ok || found.check != c || !f.s.stillRefused(e) {
				continue
			}
			if owner := e.Kind + "/" + e.Name; !slices.Contains(owners, owner) {
				owners = append(owners, owner)
				saw = append(saw, fmt.Sprintf("%s %s: %s", e.Kind, e.Name, e.Message))
				first, at = found, site{f.s, f.t, Pod{ObjectFacts: ObjectFacts{Namespace: e.Namespace}, Owner: owner}, e.Message}
			}
		}
		if len(owners) > 0 {
			f.add(c, Fail, fmt.Sprintf("%s cannot make pods: %s", numberOf(len(owners), "controller"), first.cause)).saw(saw...).on(owners...).
				mend(first.mend, first.command(at))
		}
	}
}

// newest are the events of a namespace with a reason, the newest first.
func (s *Snapshot) newest(reason, namespace string) []ClusterEvent {
	var out []ClusterEvent
	for _, e := range s.Kube.Events {
		if e.Reason == reason && e.Namespace == namespace {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b ClusterEvent) int { return b.At.Compare(a.At) })
	return out
}

// stillRefused reports whether the controller that an event is about still
// cannot make its pods: it has made none since, and has fewer than it wants.
// What is not observed counts while its event is fresh.
func (s *Snapshot) stillRefused(e ClusterEvent) bool {
	owner := e.Kind + "/" + e.Name
	since, has := false, false
	for _, p := range s.Kube.Pods {
		if p.Namespace == e.Namespace && p.Owner == owner {
			since = since || p.CreatedAt.After(e.At)
			has = has || !p.ended() && !p.Terminating
		}
	}
	if since {
		return false
	}
	fresh := !has && s.TakenAt.Sub(e.At) < recently
	w, ok := s.workloadNamed(e.Kind, e.Namespace, e.Name)
	if !ok {
		return fresh
	}
	if w.Ready < w.Replicas {
		return true
	}
	return fresh && w.Updated < w.Replicas // a roll-out that hangs: the pods from before are all there still
}

// workloadNamed is the observed workload of a controller of pods: itself, or the
// Deployment of a ReplicaSet, whose name is the Deployment's and a hash.
func (s *Snapshot) workloadNamed(kind, namespace, name string) (Workload, bool) {
	if kind != "ReplicaSet" {
		return s.workload(kind, namespace, name)
	}
	i := strings.LastIndex(name, "-")
	if i < 0 {
		return Workload{}, false
	}
	return s.workload("Deployment", namespace, name[:i])
}

// podsOf counts the pods of a workload that are there.
func (s *Snapshot) podsOf(w Workload) int {
	n := 0
	for _, p := range s.podsIn(w.Namespace) {
		if of, ok := s.workloadOf(p); ok && of.Kind == w.Kind && of.Name == w.Name {
			n++
		}
	}
	return n
}

// editOwner edits what has the template of pods that cannot be made.
func editOwner(x site) string {
	kind, name, _ := strings.Cut(x.pod.Owner, "/")
	if w, ok := x.s.workloadNamed(kind, x.pod.Namespace, name); ok {
		kind, name = w.Kind, w.Name
	}
	return fmt.Sprintf("kubectl -n %s edit %s %s", x.pod.Namespace, cmp.Or(strings.ToLower(kind), "pod"), name)
}
