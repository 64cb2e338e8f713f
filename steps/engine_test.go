package steps

import (
	"context"
	"errors"
	"testing"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// scopedKube notes what it was asked to observe.
type scopedKube struct {
	stageKube
	asked *plan.KubeScope
}

func (k scopedKube) Observe(_ context.Context, scope plan.KubeScope) (world.ClusterFacts, plan.Gaps) {
	*k.asked = scope
	return world.ClusterFacts{}, nil
}

// connectorFunc is a connector that is one function.
type connectorFunc func() (plan.Kube, error)

func (f connectorFunc) Connect(context.Context, world.Cluster) (plan.Kube, error) { return f() }

func TestThePodThatADiagnosisFollowsIsInTheScope(t *testing.T) {
	var asked plan.KubeScope
	s := &stage{}
	e := &Engine{Cloud: stageCloud{s}, Clock: at(time.Now()), Connector: connectorFunc(func() (plan.Kube, error) { return scopedKube{stageKube{s}, &asked}, nil })}
	if _, err := e.Observe(t.Context(), intent.Intent{Cluster: "workshop", Namespace: "shop", Pod: "api-0"}, nil); err != nil {
		t.Fatal(err)
	}
	if asked.Namespace != "shop" || asked.Pod != "api-0" {
		t.Errorf("asked for %+v", asked)
	}
}

func TestAClusterThatCannotBeReachedLeavesNoFactOfItKnown(t *testing.T) {
	e := &Engine{Cloud: stageCloud{&stage{}}, Clock: at(time.Now()), Connector: connectorFunc(func() (plan.Kube, error) { return nil, errors.New("no way") })}
	o, err := e.Observe(t.Context(), intent.Intent{Cluster: "workshop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range []world.Fact{
		world.FactAccess, world.FactNodes, world.FactCNI, world.FactDNS, world.FactAdmission, world.FactNamespace, world.FactPolicies, world.FactPods, world.FactWorkloads, world.FactEvents,
		world.FactLogs, world.FactSettings, world.FactTraffic, world.FactENIConfigs, world.FactSecret, world.FactJournal,
	} {
		if _, missing := o.Missing(fact); !missing {
			t.Errorf("%s counts as read", fact)
		}
	}
}
