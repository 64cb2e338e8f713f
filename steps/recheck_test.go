package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"podsg/steps/cni"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// stage is a world that tests change between two looks.
type stage struct {
	plan.Cloud
	plan.Kube
	cloud    world.CloudFacts
	kube     world.ClusterFacts
	foreign  []string
	calls    []string // that change something
	journal  *world.Journal
	addon    world.Addon
	busy     int // updates that are refused because another one runs
	finished func()
}

func (s *stage) Identity(context.Context) (world.Identity, error) {
	return world.Identity{Account: "111122223333"}, nil
}
func (s *stage) Cluster(_ context.Context, name string) (world.Cluster, error) {
	return world.Cluster{Name: name}, nil
}

// stageCloud and stageKube tell the two methods of one name apart.
type (
	stageCloud struct{ *stage }
	stageKube  struct{ *stage }
)

func (s stageCloud) Observe(context.Context, plan.CloudScope) (world.CloudFacts, plan.Gaps) {
	return s.cloud, nil
}
func (s stageKube) Observe(context.Context, plan.KubeScope) (world.ClusterFacts, plan.Gaps) {
	return s.kube, nil
}

func (s *stage) Connect(context.Context, world.Cluster) (plan.Kube, error) { return stageKube{s}, nil }
func (s *stage) ForeignObjects(context.Context, string) ([]string, error) {
	return s.foreign, nil
}
func (s *stage) Uses(context.Context, string) ([]world.Use, error) { return nil, nil }

func (s *stage) Lock(context.Context, string, plan.ProgressFunc) (func(context.Context) error, <-chan struct{}, error) {
	s.calls = append(s.calls, "lock")
	return func(context.Context) error { return nil }, nil, nil
}

func (s *stage) Delete(_ context.Context, ref plan.ObjectRef) error {
	s.calls = append(s.calls, "delete "+ref.Kind+" "+ref.String())
	return nil
}

func (s *stage) WaitGone(context.Context, plan.ObjectRef, plan.ProgressFunc) error { return nil }

func (s *stage) WaitPods(_ context.Context, _ string, _ map[string]string, _ func([]world.Pod) string, _ plan.ProgressFunc) ([]world.Pod, error) {
	return nil, nil
}

func (s *stage) SaveJournal(_ context.Context, j *world.Journal) error {
	s.journal = j
	return nil
}

func (s *stage) DeleteJournal(context.Context) error {
	s.calls = append(s.calls, "delete the journal")
	return nil
}

func (s *stage) Addon(context.Context, string, string) (*world.Addon, error) {
	now := s.addon
	return &now, nil
}

func (s *stage) UpdateAddon(_ context.Context, u plan.AddonUpdate) (string, error) {
	if s.busy > 0 {
		s.busy--
		return "", &world.Problem{Kind: world.ProblemInUse}
	}
	s.addon.ConfigurationValues = u.ConfigurationValues
	s.calls = append(s.calls, "update the add-on")
	return "update-1", nil
}

func (s *stage) WaitAddon(_ context.Context, _, _, update string, _ plan.ProgressFunc) error {
	if update == "" && s.finished != nil {
		s.finished()
	}
	s.addon.Status = "ACTIVE"
	return nil
}

func (s *stage) WaitCNIRollout(context.Context, plan.ProgressFunc) error { return nil }

// at is a clock that stands.
type at time.Time

func (c at) Now() time.Time                       { return time.Time(c) }
func (at) After(d time.Duration) <-chan time.Time { return time.After(d) }

func TestWhatTheAddonIsConfiguredWithAtThatMomentIsKept(t *testing.T) {
	t.Parallel()
	const planned, since = `{"env":{"WARM_ENI_TARGET":"2"}}`, `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"3"}}`
	setup := cni.ConfigureAddon{Cluster: "workshop", Current: planned, Settings: world.CNISettings{Env: map[string]string{world.EnvPodENI: "true"}}}
	cleanup := cni.RestoreAddon{Cluster: "workshop", Current: planned, Prior: map[string]*string{world.EnvPodENI: nil, "WARM_ENI_TARGET": nil},
		Set: map[string]string{world.EnvPodENI: "true", "WARM_ENI_TARGET": "2"}}
	for name, c := range map[string]struct {
		action  plan.Action
		status  string
		busy    int
		current string
		before  string // while another update runs
		want    string
	}{
		"by setup": {action: setup, current: since, want: `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"3","ENABLE_POD_ENI":"true"}}`},
		"by setup after another update": {action: setup, status: "UPDATING", before: planned, current: since,
			want: `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"3","ENABLE_POD_ENI":"true"}}`},
		"by setup after an update that began in between": {action: setup, busy: 1, before: planned, current: since,
			want: `{"enableNetworkPolicy":"true","env":{"WARM_ENI_TARGET":"3","ENABLE_POD_ENI":"true"}}`},
		"by cleanup, with a value that somebody changed": {action: cleanup, current: `{"env":{"WARM_ENI_TARGET":"3","ENABLE_POD_ENI":"true"}}`,
			want: `{"env":{"WARM_ENI_TARGET":"3"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &stage{busy: c.busy, addon: world.Addon{Status: cmp.Or(c.status, "ACTIVE"), ConfigurationValues: cmp.Or(c.before, c.current)}}
			s.finished = func() { s.addon.ConfigurationValues = c.current }
			run := &plan.Run{Cloud: stageCloud{s}, Kube: stageKube{s}, Clock: at(time.Now())}
			if err := c.action.Apply(t.Context(), run); err != nil {
				t.Fatal(err)
			}
			if s.addon.ConfigurationValues != c.want {
				t.Errorf("configured %s, want %s", s.addon.ConfigurationValues, c.want)
			}
		})
	}
}

func TestANamespaceIntoWhichSomebodyPutSomethingMeanwhileIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := &stage{foreign: []string{"pod visitor"}}
	run := &plan.Run{Kube: stageKube{s}, Clock: at(time.Now())}
	err := plan.DeleteObject{Kind: world.KindNamespace, Ref: plan.ObjectRef{Kind: "Namespace", Name: "shop"}}.Apply(t.Context(), run)
	if world.KindOf(err) != world.ProblemChanged || !strings.Contains(err.Error(), "pod visitor") || len(s.calls) > 0 {
		t.Errorf("the error is %v, the calls are %v", err, s.calls)
	}
}

func TestAnOldPlanOfCleanupIsCarriedOutOnlyIfItIsStillTheSame(t *testing.T) {
	t.Parallel()
	pod := func(name string) world.Pod {
		return world.Pod{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: name, Owned: true}}
	}
	for name, c := range map[string]struct {
		age     time.Duration
		after   []world.Pod
		kind    world.ProblemKind // of the failure
		changes int               // calls
	}{
		"a young one is not looked at again": {age: 59 * time.Second, after: []world.Pod{pod("a"), pod("b")}, changes: 2},
		"an old one that is the same":        {age: time.Minute, after: []world.Pod{pod("a")}, changes: 2},
		"an old one that would be another":   {age: time.Minute, after: []world.Pod{pod("a"), pod("b")}, kind: world.ProblemChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &stage{kube: world.ClusterFacts{Pods: []world.Pod{pod("a")}}}
			now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
			e := &Engine{Cloud: stageCloud{s}, Connector: s, Clock: at(now)}
			o, err := e.Observe(t.Context(), intent.Intent{Cluster: "workshop", Namespace: "shop"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.PlanCleanup(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			s.kube.Pods = c.after
			e.Clock = at(now.Add(c.age))
			r := e.Cleanup(t.Context(), o, p, nil)
			var failed error
			if r.Failed != nil {
				failed = r.Failed.Err
			}
			if world.KindOf(failed) != c.kind || len(s.calls) != c.changes {
				t.Errorf("the result is %+v, the calls are %v", r.Failed, s.calls)
			}
		})
	}
}

func TestACleanupIsRefusedBeforeItBeginsWithoutThePermissionsForIt(t *testing.T) {
	t.Parallel()
	for denied, refused := range map[string]bool{
		"delete pods in shop":                                      true,
		"update leases.coordination.k8s.io in kube-system":         true,
		"delete configmaps in kube-system":                         true,
		"delete deployments.apps in shop":                          false, // there are none
		"patch daemonsets.apps in kube-system":                     false,
		"delete namespaces":                                        false,
		"create pods/portforward in shop":                          false,
		"patch securitygrouppolicies.vpcresources.k8s.aws in shop": false,
	} {
		t.Run(denied, func(t *testing.T) {
			t.Parallel()
			s := &stage{kube: world.ClusterFacts{
				DeniedChanges: []string{denied}, Journal: &world.Journal{},
				Pods: []world.Pod{{ObjectFacts: world.ObjectFacts{Namespace: "shop", Name: "a", Owned: true}}},
			}}
			e := &Engine{Cloud: stageCloud{s}, Connector: s, Clock: at(time.Now())}
			o, err := e.Observe(t.Context(), intent.Intent{Cluster: "workshop", Namespace: "shop"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.PlanCleanup(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			r := e.Cleanup(t.Context(), o, p, nil)
			if is := r.Failed != nil && world.KindOf(r.Failed.Err) == world.ProblemPermission; is != refused || is && slices.Contains(s.calls, "lock") {
				t.Errorf("the failure is %+v, the calls are %v", r.Failed, s.calls)
			}
		})
	}
}
