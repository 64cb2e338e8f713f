package cli

import (
	"context"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/aws"
	"podsg/kube"
	"podsg/kube/facts"
	"podsg/kube/live"
	"podsg/kube/live/rows"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/ui"
	"podsg/ui/panes"
)

// The live views know no client of Kubernetes: here the feed of a cluster is
// made the source of their rows.

// liveSource implements [panes.Source].
type liveSource struct {
	feed   *live.Feed
	client *kube.Client
}

var _ panes.Source = liveSource{}

func (s liveSource) Changed() <-chan struct{} { return s.feed.Changed() }

func (s liveSource) Take() rows.Update { return s.feed.Take() }

func (s liveSource) Annotation(ctx context.Context, namespace, pod string) (string, error) {
	p, err := s.client.Clientset().CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
	if err != nil {
		return "", s.client.Problem("read pod", namespace+"/"+pod, err)
	}
	return p.Annotations[facts.PodENI], nil
}

func (s liveSource) Follow(ctx context.Context, namespace, pod string, emit func(rows.LogLine)) error {
	return live.FollowLog(ctx, s.client, live.LogRequest{Namespace: namespace, Pod: pod, Tail: logTail}, emit)
}

// logTail is how many lines of a log are shown of what was there before.
const logTail = 100

// noTrunk reports whether nodes of an instance type can never have a trunk ENI.
func noTrunk(instanceType string) bool {
	kind := aws.Capacity(instanceType)
	return kind.Known && !kind.Trunking
}

// board makes the live views of an observed cluster; nil: there is no access to
// it.
func (s *session) board(ctx context.Context, o *steps.Observation, t *intent.Target) *panes.Board {
	client, ok := o.Kube.(*kube.Client)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	return panes.New(ctx, panes.Options{
		Title:      o.Cloud.Cluster.Name + ", " + o.Cloud.Identity.Region,
		Source:     liveSource{live.Watch(ctx, client, live.Options{Namespace: t.Namespace}), client},
		Interfaces: s.Interfaces, VPCID: o.Cloud.Cluster.VPCID, Every: s.lifelike(interfacesEvery), NoTrunk: noTrunk,
		Namespace: t.Namespace, Probes: []string{t.ProbeName(intent.RoleGreen), t.ProbeName(intent.RoleRed)},
		Destinations: destinations(t), Closed: cancel,
	})
}

// views are the live views of the run page.
func (s *session) views(ctx context.Context, scope ui.PaneScope) []ui.Pane {
	board := s.board(ctx, scope.Observation, &scope.Target)
	if board == nil {
		return nil
	}
	var out []ui.Pane
	for _, v := range board.Views() {
		out = append(out, v)
	}
	return out
}

// destinations are what the selected pods must reach.
func destinations(t *intent.Target) []panes.Destination {
	to := func(name, protocol string, port int, refs ...intent.Ref) panes.Destination {
		d := panes.Destination{Name: name, Protocol: protocol, Port: port}
		for _, r := range refs {
			if r.ID != "" {
				d.Groups = append(d.Groups, r.ID)
			} else {
				d.GroupNames = append(d.GroupNames, r.Name)
			}
		}
		return d
	}
	return []panes.Destination{
		to("the database", "tcp", t.Port, t.DBGroup),
		to("the cluster's DNS", "udp", dnsPort, t.DNSGroups...),
		to("the cluster's DNS", "tcp", dnsPort, t.DNSGroups...),
	}
}

const dnsPort = 53

// interfacesEvery is how often the live views read the network interfaces.
const interfacesEvery = 10 * time.Second

// lifelike is a time of life by the clock of the practice world, if the session
// is in one.
func (s *session) lifelike(d time.Duration) time.Duration {
	if s.world != nil && s.options.sandboxSpeed > 0 {
		d = time.Duration(float64(d) / s.options.sandboxSpeed)
	}
	return max(d, time.Second)
}
