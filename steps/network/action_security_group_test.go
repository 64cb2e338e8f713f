package network

import (
	"context"
	"errors"
	"testing"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// slowCloud makes a group and fails to see it.
type slowCloud struct {
	plan.Cloud
	id  string
	err error
}

func (c slowCloud) CreateSecurityGroup(context.Context, plan.NewSecurityGroup) (string, error) {
	return c.id, c.err
}

// journalKube keeps the journal that is written.
type journalKube struct {
	plan.Kube
	saved *world.Journal
}

func (k *journalKube) SaveJournal(_ context.Context, j *world.Journal) error {
	k.saved = j
	return nil
}

// fixedClock stands still.
type fixedClock struct{ plan.Clock }

func (fixedClock) Now() time.Time { return time.Unix(0, 0) }

func TestAGroupThatWasMadeIsRecordedEvenIfItDoesNotShow(t *testing.T) {
	t.Parallel()
	hidden := errors.New("it does not show")
	for _, tt := range []struct {
		name     string
		cloud    slowCloud
		recorded int
	}{
		{"it shows", slowCloud{id: "sg-1"}, 1},
		{"it does not show", slowCloud{id: "sg-1", err: hidden}, 1},
		{"it was not made", slowCloud{err: hidden}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			kube := &journalKube{}
			run := &plan.Run{Cloud: tt.cloud, Kube: kube, Clock: fixedClock{}}
			if err := (CreateSecurityGroup{Output: intent.OutputPodGroup, Name: "POD_SG"}).Apply(t.Context(), run); !errors.Is(err, tt.cloud.err) {
				t.Errorf("error = %v, want %v", err, tt.cloud.err)
			}
			if entries := kube.saved.Find(world.KindSecurityGroup); len(entries) != tt.recorded {
				t.Errorf("journal = %+v, want %d entries", entries, tt.recorded)
			}
		})
	}
}
