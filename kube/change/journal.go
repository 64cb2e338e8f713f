package change

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"podsg/kube/facts"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// journalKey is the key of the journal's document in its ConfigMap.
const journalKey = "journal.json"

// maxJournalBytes leaves room for the metadata within the 1 MiB that a ConfigMap
// may have. https://kubernetes.io/docs/concepts/configuration/configmap/
const maxJournalBytes = 1000 << 10

const journalObject = world.JournalNamespace + "/" + world.JournalName

// LoadJournal implements [plan.Kube].
func (c Writer) LoadJournal(ctx context.Context) (*world.Journal, error) {
	const doing = "read the journal"
	cm, err := c.Calls.CoreV1().ConfigMaps(world.JournalNamespace).Get(ctx, world.JournalName, metav1.GetOptions{})
	if err != nil {
		return nil, c.UnlessMissing(doing, journalObject, err)
	}
	var journal world.Journal
	if err := json.Unmarshal([]byte(cm.Data[journalKey]), &journal); err != nil {
		return nil, &world.Problem{
			Doing: doing, Object: journalObject, Err: fmt.Errorf("its key %s cannot be read: %w", journalKey, err),
			Command: shell.Command("kubectl -n %s get configmap %s -o yaml", world.JournalNamespace, world.JournalName),
		}
	}
	if journal.Version > world.JournalVersion {
		return nil, &world.Problem{
			Doing: doing, Object: journalObject,
			Err:  fmt.Errorf("it has version %d, and this podsg knows up to %d", journal.Version, world.JournalVersion),
			Hint: "Use the podsg that wrote it, or a newer one.",
		}
	}
	return &journal, nil
}

// SaveJournal implements [plan.Kube]. It replaces the whole document; whoever
// holds the lock is the only writer, so that a conflict can only be about
// metadata, and is tried again.
func (c Writer) SaveJournal(ctx context.Context, j *world.Journal) error {
	const doing = "write the journal"
	text, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("%s %q: %w", doing, journalObject, err)
	}
	if len(text) > maxJournalBytes {
		return &world.Problem{
			Doing: doing, Object: journalObject,
			Err:  fmt.Errorf("it has %d bytes, and a ConfigMap takes %d", len(text), maxJournalBytes),
			Hint: "Run podsg cleanup for what is not needed any more.",
		}
	}
	err = retry.OnError(retry.DefaultRetry, raced, func() error { return c.writeJournal(ctx, string(text)) })
	return c.Problem(doing, journalObject, err)
}

// raced reports whether somebody wrote between a read and a write.
func raced(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }

func (c Writer) writeJournal(ctx context.Context, text string) error {
	maps := c.Calls.CoreV1().ConfigMaps(world.JournalNamespace)
	cm, err := maps.Get(ctx, world.JournalName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = maps.Create(ctx, &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Name: world.JournalName, Namespace: world.JournalNamespace, Labels: facts.OwnLabels()},
			Data:       map[string]string{journalKey: text},
		}, metav1.CreateOptions{FieldManager: world.FieldManager})
		return err
	}
	if err != nil {
		return err
	}
	if !facts.OwnedBy(cm) {
		return &world.Problem{Kind: world.ProblemChanged, Err: errors.New("a ConfigMap of that name exists, and podsg did not make it")}
	}
	if cm.Data[journalKey] == text {
		return nil
	}
	cm.Data = map[string]string{journalKey: text}
	_, err = maps.Update(ctx, cm, metav1.UpdateOptions{FieldManager: world.FieldManager})
	return err
}

// DeleteJournal implements [plan.Kube].
func (c Writer) DeleteJournal(ctx context.Context) error {
	return c.Delete(ctx, plan.ObjectRef{APIVersion: "v1", Kind: "ConfigMap", Namespace: world.JournalNamespace, Name: world.JournalName})
}
