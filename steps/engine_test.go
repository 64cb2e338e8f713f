package steps

import (
	"context"
	"errors"
	"testing"
	"time"
)

// scopedKube notes what it was asked to observe.
type scopedKube struct {
	stageKube
	asked *KubeScope
}

func (k scopedKube) Observe(_ context.Context, scope KubeScope) (ClusterFacts, Gaps) {
	*k.asked = scope
	return ClusterFacts{}, nil
}

// connectorFunc is a connector that is one function.
type connectorFunc func() (Kube, error)

func (f connectorFunc) Connect(context.Context, Cluster) (Kube, error) { return f() }

func TestThePodThatADiagnosisFollowsIsInTheScope(t *testing.T) {
	var asked KubeScope
	s := &stage{}
	e := &Engine{Cloud: stageCloud{s}, Clock: at(time.Now()), Connector: connectorFunc(func() (Kube, error) { return scopedKube{stageKube{s}, &asked}, nil })}
	if _, err := e.Observe(t.Context(), Intent{Cluster: "workshop", Namespace: "shop", Pod: "api-0"}, nil); err != nil {
		t.Fatal(err)
	}
	if asked.Namespace != "shop" || asked.Pod != "api-0" {
		t.Errorf("asked for %+v", asked)
	}
}

func TestAClusterThatCannotBeReachedLeavesNoFactOfItKnown(t *testing.T) {
	e := &Engine{Cloud: stageCloud{&stage{}}, Clock: at(time.Now()), Connector: connectorFunc(func() (Kube, error) { return nil, errors.New("no way") })}
	o, err := e.Observe(t.Context(), Intent{Cluster: "workshop"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, fact := range []Fact{
		FactAccess, FactNodes, FactCNI, FactDNS, FactAdmission, FactNamespace, FactPolicies, FactPods, FactEvents,
		FactLogs, FactSettings, FactTraffic, FactENIConfigs, FactSecret, FactJournal,
	} {
		if _, missing := o.Missing(fact); !missing {
			t.Errorf("%s counts as read", fact)
		}
	}
}
