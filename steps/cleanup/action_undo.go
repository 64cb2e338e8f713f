package cleanup

import (
	"context"
	"slices"

	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// DeleteJournal removes the journal when nothing is left to undo.
type DeleteJournal struct{}

// Apply implements [plan.Action].
func (DeleteJournal) Apply(ctx context.Context, run *plan.Run) error {
	call, cancel := plan.CallContext(ctx)
	defer cancel()
	return run.Kube.DeleteJournal(call)
}

// Shell implements [plan.Action].
func (DeleteJournal) Shell() []string {
	return []string{shell.Command("kubectl -n %s delete configmap %s", world.JournalNamespace, world.JournalName)}
}

// TrimJournal takes out of the journal all but the entries of what is left.
type TrimJournal struct{ Keep []JournalKey }

// Apply implements [plan.Action].
func (a TrimJournal) Apply(ctx context.Context, run *plan.Run) error {
	return run.Root().UpdateJournal(ctx, func(j *world.Journal) {
		j.Entries = slices.DeleteFunc(j.Entries, func(e world.JournalEntry) bool { return !slices.Contains(a.Keep, JournalKey{e.Kind, e.Object}) })
	})
}

// Shell implements [plan.Action].
func (TrimJournal) Shell() []string {
	return []string{shell.Command("kubectl -n %s edit configmap %s", world.JournalNamespace, world.JournalName)}
}

// RemoveLock removes the lock of a run that died: taking it over and releasing
// it, which every run does, is all that it takes.
type RemoveLock struct{}

// Apply implements [plan.Action].
func (RemoveLock) Apply(context.Context, *plan.Run) error { return nil }

// Shell implements [plan.Action].
func (RemoveLock) Shell() []string {
	return []string{shell.Command("kubectl -n %s delete lease %s", world.JournalNamespace, world.LockName)}
}
