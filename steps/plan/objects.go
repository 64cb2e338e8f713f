package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podsg/steps/intent"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// ApplyObject makes or updates one Kubernetes object by server-side apply.
type ApplyObject struct {
	Kind     world.Kind
	Manifest Manifest
}

// Apply implements [Action].
func (a ApplyObject) Apply(ctx context.Context, run *Run) error {
	call, cancel := CallContext(ctx)
	defer cancel()
	created, err := run.Kube.Apply(call, a.Manifest)
	if err != nil {
		return err
	}
	return run.Record(ctx, world.JournalEntry{Kind: a.Kind, Object: a.Manifest.Ref().String(), Created: created, Done: true})
}

// Shell implements [Action].
func (a ApplyObject) Shell() []string { return []string{ApplyCommand(a.Manifest)} }

// SecurityGroupPolicy is the manifest of a policy that podsg owns.
func SecurityGroupPolicy(namespace, name string, pods, accounts *world.Selector, groups []string) Manifest {
	m := Object("vpcresources.k8s.aws/v1beta1", "SecurityGroupPolicy", namespace, name)
	ids := make([]any, len(groups))
	for i, id := range groups {
		ids[i] = id
	}
	spec := map[string]any{"securityGroups": map[string]any{"groupIds": ids}}
	if pods != nil {
		spec["podSelector"] = pods.Manifest()
	}
	if accounts != nil {
		spec["serviceAccountSelector"] = accounts.Manifest()
	}
	m["spec"] = spec
	return m
}

// ApplyPolicyCommand applies a policy. Where earlier commands make its groups, the
// here-document is expanded, for these groups and nothing else in it.
func ApplyPolicyCommand(manifest func(groups []string) Manifest, groups []intent.Ref) string {
	ids, made := make([]string, len(groups)), map[string]string{}
	for i, g := range groups {
		ids[i] = g.ID
		if variable, ok := g.Shell().(shell.Variable); ok {
			ids[i] = fmt.Sprintf("the-group-that-is-made-%d", i)
			made[ids[i]] = "${" + string(variable) + "}"
		}
	}
	m := manifest(ids)
	if len(made) == 0 {
		return ApplyCommand(m)
	}
	document := shell.Document(m.YAML())
	for id, variable := range made {
		document = strings.Replace(document, id, variable, 1)
	}
	return shell.Command("kubectl apply --server-side --field-manager=%s -f - <<EOF\n", world.FieldManager) + document + "EOF"
}

// ApplyCommand applies an object.
func ApplyCommand(m Manifest) string {
	return shell.Command("kubectl apply --server-side --field-manager=%s -f - <<'EOF'\n", world.FieldManager) + m.YAML() + "EOF"
}

// RecordAdopted notes in the journal that an object of the user's is used as it
// is, so that cleanup leaves it.
type RecordAdopted struct {
	Kind   world.Kind
	Object string
}

// Apply implements [Action].
func (a RecordAdopted) Apply(ctx context.Context, run *Run) error {
	return run.Record(ctx, world.JournalEntry{Kind: a.Kind, Object: a.Object, Adopted: true, Done: true})
}

// Shell implements [Action].
func (RecordAdopted) Shell() []string { return nil }

// DeleteObject deletes a Kubernetes object and waits until it is gone.
type DeleteObject struct {
	Kind world.Kind
	Ref  ObjectRef
}

// Apply implements [Action].
func (a DeleteObject) Apply(ctx context.Context, run *Run) error {
	if a.Kind == world.KindNamespace {
		if err := stillOurAlone(ctx, run, a.Ref.Name); err != nil {
			return err
		}
	}
	call, cancel := CallContext(ctx)
	defer cancel()
	if err := run.Kube.Delete(call, a.Ref); err != nil {
		return err
	}
	wait, cancelWait := context.WithTimeout(ctx, goneWait)
	defer cancelWait()
	if err := run.Kube.WaitGone(wait, a.Ref, run.Progress); err != nil {
		return err
	}
	return run.Forget(ctx, a.Kind, a.Ref.String())
}

// stillOurAlone refuses to delete a namespace into which others have put something
// since the plan was made: everything in it would go along.
func stillOurAlone(ctx context.Context, run *Run, namespace string) error {
	foreign, err := run.Kube.ForeignObjects(ctx, namespace)
	if err != nil {
		return err
	}
	if len(foreign) == 0 {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemChanged, Doing: "delete namespace", Object: namespace, Err: fmt.Errorf("others' objects are in it now: %s", strings.Join(foreign, ", ")),
		Hint: "run cleanup again: it then keeps the namespace", Command: "podsg cleanup --dry-run",
	}
}

// goneWait bounds the wait for a deleted object: a finalizer that nobody drops
// would hold it for ever.
const goneWait = 5 * time.Minute

// Shell implements [Action].
func (a DeleteObject) Shell() []string {
	kind := strings.ToLower(a.Ref.Kind)
	if a.Ref.Namespace == "" {
		return []string{shell.Command("kubectl delete %s %s", kind, a.Ref.Name)}
	}
	return []string{shell.Command("kubectl -n %s delete %s %s", a.Ref.Namespace, kind, a.Ref.Name)}
}

// AwaitPodsGone waits until the test pods are gone: a branch ENI is released
// only after its pod.
type AwaitPodsGone struct {
	Namespace string
	Labels    map[string]string
}

// Apply implements [Action].
func (a AwaitPodsGone) Apply(ctx context.Context, run *Run) error {
	_, err := run.Kube.WaitPods(ctx, a.Namespace, a.Labels, func(pods []world.Pod) string {
		if len(pods) == 0 {
			return ""
		}
		return fmt.Sprintf("pod %s to end", pods[0].Name)
	}, run.Progress)
	return err
}

// Shell implements [Action].
func (a AwaitPodsGone) Shell() []string {
	return []string{shell.Command("kubectl -n %s wait pod -l %s --for=delete --timeout=5m", a.Namespace, shell.LabelArgs(a.Labels))}
}
