package plan

import (
	"context"
	"fmt"
	"sync"
	"time"

	"podsg/steps/intent"
	"podsg/steps/world"
)

// Run is what the actions of one plan share while it is carried out: the ports
// to the world, the outputs of earlier actions, the password while it is in
// memory, and the journal.
type Run struct {
	Cloud     Cloud
	Kube      Kube
	Databases Databases
	// Dial reaches a database from this machine, without a pod.
	Dial  world.DialFunc
	Clock Clock
	intent.Target

	mu       sync.Mutex
	outputs  map[string]string
	password world.Password
	Journal  *world.Journal
	saving   sync.Mutex
	progress ProgressFunc // of the change that this copy was made for
	change   string
	shared   *Run // the run that a change's view belongs to
}

// Root is the run whose state all views share.
func (r *Run) Root() *Run {
	if r.shared != nil {
		return r.shared
	}
	return r
}

// forChange makes the view of the run that one change's action gets.
func (r *Run) forChange(id string, progress ProgressFunc) *Run {
	return &Run{
		Cloud: r.Cloud, Kube: r.Kube, Databases: r.Databases, Dial: r.Dial, Clock: r.Clock, Target: r.Target,
		progress: progress, change: id, shared: r.Root(),
	}
}

// Progress tells what the change is doing or waiting for.
func (r *Run) Progress(p Progress) {
	if r.progress != nil {
		r.progress(p)
	}
}

// SetOutput publishes the id of an object for later changes.
func (r *Run) SetOutput(name, id string) {
	root := r.Root()
	root.mu.Lock()
	defer root.mu.Unlock()
	if root.outputs == nil {
		root.outputs = map[string]string{}
	}
	root.outputs[name] = id
}

// Resolve returns the id that a reference stands for.
func (r *Run) Resolve(ref intent.Ref) (string, error) {
	if ref.ID != "" {
		return ref.ID, nil
	}
	root := r.Root()
	root.mu.Lock()
	defer root.mu.Unlock()
	if id := root.outputs[ref.Output]; id != "" {
		return id, nil
	}
	return "", fmt.Errorf("%s has not been made yet", ref.Name)
}

// SetPassword keeps the database password in memory for later changes.
func (r *Run) SetPassword(p world.Password) {
	root := r.Root()
	root.mu.Lock()
	defer root.mu.Unlock()
	root.password = p
}

// Password returns the database password, if it is known yet.
func (r *Run) Password() world.Password {
	root := r.Root()
	root.mu.Lock()
	defer root.mu.Unlock()
	return root.password
}

// Record writes an entry of the journal, in the cluster, before it returns.
// Actions record what they are about to do (Done false) when undo needs more
// than ownership tags, and what they did (Done true).
func (r *Run) Record(ctx context.Context, e world.JournalEntry) error {
	root := r.Root()
	if e.Change == "" {
		e.Change = r.change
	}
	if e.Access == "" && r.Namespace != "" && r.PolicyName != "" {
		e.Access = r.Namespace + "/" + r.PolicyName
	}
	e.At = r.Clock.Now().UTC()
	return root.UpdateJournal(ctx, func(j *world.Journal) { j.Put(e) })
}

// Recorded is the newest entry of the journal for an object.
func (r *Run) Recorded(kind world.Kind, object string) (world.JournalEntry, bool) {
	root := r.Root()
	root.mu.Lock()
	defer root.mu.Unlock()
	return root.Journal.Entry(kind, object)
}

// Forget takes an object out of the journal, if there is one.
func (r *Run) Forget(ctx context.Context, kind world.Kind, object string) error {
	root := r.Root()
	root.mu.Lock()
	none := root.Journal == nil
	root.mu.Unlock()
	if none {
		return nil
	}
	return r.Root().UpdateJournal(ctx, func(j *world.Journal) { j.Remove(kind, object) })
}

func (r *Run) UpdateJournal(ctx context.Context, edit func(*world.Journal)) error {
	// Saving is serialised so that a later state never loses to an earlier one.
	r.saving.Lock()
	defer r.saving.Unlock()
	r.mu.Lock()
	if r.Journal == nil {
		r.Journal = &world.Journal{Version: world.JournalVersion, Cluster: r.Target.Cluster.Name, Region: r.Target.Region}
	}
	edit(r.Journal)
	copied := *r.Journal
	copied.Entries = append([]world.JournalEntry(nil), r.Journal.Entries...)
	r.mu.Unlock()
	// The change has happened: its record must be written even while the run is
	// being stopped.
	if err := r.Kube.SaveJournal(context.WithoutCancel(ctx), &copied); err != nil {
		return fmt.Errorf("write the journal %s/%s: %w", world.JournalNamespace, world.JournalName, err)
	}
	return nil
}

// callTime bounds one changing call, its retries included.
const callTime = 2 * time.Minute

// CallContext is the context of one changing call. It outlives the run's: a
// call that was sent is waited for, so that what it did is known and recorded,
// even when the user stops the run meanwhile.
func CallContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTime)
}
