package acceptance

import (
	"strings"
	"testing"
	"time"
)

// discovery counts the calls that one look at a world takes.
func (l *lab) discovery() (aws, kubernetes int) {
	l.t.Helper()
	l.Account().ForgetCalls()
	before := len(l.Kube().Calls())
	l.podsg("plan").exits(0)
	for _, c := range l.Kube().Calls()[before:] {
		if !strings.HasPrefix(c.Resource, "selfsubjectaccessreviews") {
			kubernetes++
		}
	}
	return len(l.Account().Calls()), kubernetes
}

// reviews counts the questions about the caller's own Kubernetes permissions
// among the calls so far.
func (l *lab) reviews() (n int) {
	for _, c := range l.Kube().Calls() {
		if strings.HasPrefix(c.Resource, "selfsubjectaccessreviews") {
			n++
		}
	}
	return n
}

// grow adds nodes to the world's cluster and waits until they are ready.
func (l *lab) grow(nodes int) {
	l.t.Helper()
	if _, err := l.Account().AddNodes("workshop", "ng-m5", nodes); err != nil {
		l.t.Fatal(err)
	}
	for limit := time.Now().Add(time.Minute); l.readyNodes() < nodes; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(limit) {
			l.t.Fatalf("only %d nodes are ready", l.readyNodes())
		}
	}
}

// BenchmarkDiscovery measures one look at a world, and the calls that it takes:
// docs/benchmarks.md has the numbers.
func BenchmarkDiscovery(b *testing.B) {
	for _, c := range []struct {
		name  string
		nodes int // more than the scenario's own
	}{{"5 nodes", 0}, {"205 nodes", 200}} {
		b.Run(c.name, func(b *testing.B) {
			l := newLab(b, "workshop")
			if c.nodes > 0 {
				l.grow(c.nodes)
			}
			var aws, kubernetes, looks int
			for b.Loop() {
				a, k := l.discovery()
				aws, kubernetes, looks = aws+a, kubernetes+k, looks+1
			}
			b.ReportMetric(float64(aws)/float64(looks), "aws-calls/op")
			b.ReportMetric(float64(kubernetes)/float64(looks), "kubernetes-calls/op")
			b.ReportMetric(float64(l.reviews())/float64(looks), "access-reviews/op")
		})
	}
}

func TestALookMakesNoCallPerNode(t *testing.T) {
	t.Parallel()
	l := newLab(t, "workshop")
	aws, kubernetes := l.discovery()
	l.grow(40)
	if a, k := l.discovery(); a > aws || k > kubernetes {
		t.Errorf("with 5 nodes %d calls of AWS and %d of Kubernetes, with 45 nodes %d and %d", aws, kubernetes, a, k)
	}
}
