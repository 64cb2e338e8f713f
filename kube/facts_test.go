package kube_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/kube/access"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps/world"
)

func TestADeniedPermissionIsTheGapOfTheFactsThatNeedIt(t *testing.T) {
	var reading []access.Permission
	for _, p := range access.Permissions("workshop") {
		if !p.Write {
			reading = append(reading, p)
		}
	}
	known := map[string]bool{}
	for _, denied := range reading {
		name := strings.Replace(denied.String(), " in workshop", " in NAMESPACE", 1)
		known[name] = true
		t.Run(name, func(t *testing.T) {
			book := &logBook{}
			// What the namespace forbids the whole cluster does not grant.
			rest := slices.DeleteFunc(slices.Clone(reading), func(p access.Permission) bool {
				same := p.Verb == denied.Verb && p.Group == denied.Group && p.Resource == denied.Resource
				return same && (p.Namespace == "" || p.Namespace == denied.Namespace)
			})
			w := newWorld(t, book.serve, func(_ *storage.Config, c *kubeapi.Config) { c.Authorize = granting(rest) })
			w.cni(t, 1)
			w.pod(t, "workshop", "green", wantingBranch, runningSince(time.Now()))
			_, gaps := w.connect(t, guestToken).Observe(t.Context(), scope)
			var want []world.Fact
			for _, f := range world.Facts() {
				if slices.Contains(f.Permissions, name) {
					want = append(want, f.Fact)
				}
			}
			if got := slices.Sorted(maps.Keys(gaps)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("the facts %q are missing, want %q", got, want)
			}
		})
	}
	for _, f := range world.Facts() {
		for _, p := range f.Permissions {
			if f.Source == world.SourceKubernetes && !known[p] {
				t.Errorf("the %s need %q, which is not among podsg's permissions", f.Fact, p)
			}
		}
	}
}

func TestEveryFactOfTheClusterIsRead(t *testing.T) {
	read := make(chan world.Fact, 100)
	asked := scope
	asked.Read = func(f world.Fact) { read <- f }
	newWorld(t).connect(t, adminToken).Observe(t.Context(), asked)
	close(read)
	seen := map[world.Fact]bool{}
	for f := range read {
		seen[f] = true
	}
	want := slices.Sorted(slices.Values(world.FactsFrom(world.SourceKubernetes)))
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}
