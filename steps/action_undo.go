package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// DeleteObject deletes a Kubernetes object and waits until it is gone.
type DeleteObject struct {
	Kind Kind
	Ref  ObjectRef
}

// Apply implements [Action].
func (a DeleteObject) Apply(ctx context.Context, run *Run) error {
	if a.Kind == KindNamespace {
		if err := stillOurAlone(ctx, run, a.Ref.Name); err != nil {
			return err
		}
	}
	call, cancel := callContext(ctx)
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
	return &Problem{
		Kind: ProblemChanged, Doing: "delete namespace", Object: namespace, Err: fmt.Errorf("others' objects are in it now: %s", strings.Join(foreign, ", ")),
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
		return []string{fmt.Sprintf("kubectl delete %s %s", kind, a.Ref.Name)}
	}
	return []string{fmt.Sprintf("kubectl -n %s delete %s %s", a.Ref.Namespace, kind, a.Ref.Name)}
}

// AwaitPodsGone waits until the test pods are gone: a branch ENI is released
// only after its pod.
type AwaitPodsGone struct {
	Namespace string
	Labels    map[string]string
}

// Apply implements [Action].
func (a AwaitPodsGone) Apply(ctx context.Context, run *Run) error {
	_, err := run.Kube.WaitPods(ctx, a.Namespace, a.Labels, func(pods []Pod) string {
		if len(pods) == 0 {
			return ""
		}
		return fmt.Sprintf("pod %s to end", pods[0].Name)
	}, run.Progress)
	return err
}

// Shell implements [Action].
func (a AwaitPodsGone) Shell() []string {
	return []string{fmt.Sprintf("kubectl -n %s wait pod -l %s --for=delete --timeout=5m", a.Namespace, labelArgs(a.Labels))}
}

// releaseWait bounds the wait for branch ENIs to be released, and releasePause
// is the pause between two looks. The controller keeps an interface for its
// cool-down (60 s by default) and looks every 30 s.
const (
	releaseWait  = 10 * time.Minute
	releasePause = 3 * time.Second
)

// AwaitInterfacesGone waits until no network interface carries a security
// group: only then can the group be deleted.
type AwaitInterfacesGone struct{ GroupID, Name string }

// Apply implements [Action].
func (a AwaitInterfacesGone) Apply(ctx context.Context, run *Run) error {
	ctx, cancel := context.WithTimeout(ctx, releaseWait)
	defer cancel()
	started := run.Clock.Now()
	for {
		enis, err := run.Cloud.GroupInterfaces(ctx, a.GroupID)
		if err != nil {
			return err
		}
		if len(enis) == 0 {
			return nil
		}
		run.Progress(Progress{Text: fmt.Sprintf("%d network interfaces still carry %s (%s): the controller keeps a branch ENI for a cool-down of about 60 to 100 s, %s so far",
			len(enis), a.Name, interfaceNames(enis), run.Clock.Now().Sub(started).Round(time.Second))})
		select {
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return &Problem{
				Kind: ProblemInUse, Doing: "wait for the network interfaces of security group", Object: a.GroupID,
				Err:  fmt.Errorf("%d still carry it after %s: %s", len(enis), releaseWait, interfaceNames(enis)),
				Hint: "another policy may give the group to other pods; delete those pods, or leave the group", Command: "kubectl get securitygrouppolicies -A",
			}
		case <-run.Clock.After(releasePause):
		}
	}
}

func interfaceNames(enis []Interface) string {
	var out []string
	for i, e := range enis {
		if i == 3 {
			out = append(out, "…")
			break
		}
		out = append(out, e.ID)
	}
	return strings.Join(out, ", ")
}

// Shell implements [Action].
func (a AwaitInterfacesGone) Shell() []string {
	return []string{fmt.Sprintf(`until [ "$(aws ec2 describe-network-interfaces --filters Name=group-id,Values=%s --query 'length(NetworkInterfaces)')" = 0 ]; do sleep 5; done`, a.GroupID)}
}

// RevokeRule removes one rule of a security group.
type RevokeRule struct {
	GroupID, RuleID string
	Direction       Direction
}

// Apply implements [Action].
func (a RevokeRule) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Cloud.RevokeRule(call, a.GroupID, a.Direction, a.RuleID); err != nil {
		return err
	}
	return run.Forget(ctx, KindRule, a.RuleID)
}

// Shell implements [Action].
func (a RevokeRule) Shell() []string {
	return []string{fmt.Sprintf("aws ec2 revoke-security-group-%s --group-id %s --security-group-rule-ids %s", a.Direction, a.GroupID, a.RuleID)}
}

// DeleteSecurityGroup deletes a security group.
type DeleteSecurityGroup struct{ ID string }

// Apply implements [Action].
func (a DeleteSecurityGroup) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Cloud.DeleteSecurityGroup(call, a.ID); err != nil {
		return err
	}
	return run.Forget(ctx, KindSecurityGroup, a.ID)
}

// Shell implements [Action].
func (a DeleteSecurityGroup) Shell() []string {
	return []string{"aws ec2 delete-security-group --group-id " + a.ID}
}

// DeleteDatabaseInstance deletes a database with its data and waits until it
// is gone.
type DeleteDatabaseInstance struct {
	Identifier string
	Deleting   bool // it is being deleted already
}

// Apply implements [Action].
func (a DeleteDatabaseInstance) Apply(ctx context.Context, run *Run) error {
	if !a.Deleting {
		call, cancel := callContext(ctx)
		defer cancel()
		if err := run.Cloud.DeleteDatabase(call, a.Identifier); err != nil {
			return err
		}
	}
	if err := run.Cloud.WaitDatabaseDeleted(ctx, a.Identifier, run.Progress); err != nil {
		return err
	}
	return run.updateAfterDatabase(ctx, a.Identifier)
}

// updateAfterDatabase takes the database and the tables in it out of the
// journal.
func (r *Run) updateAfterDatabase(ctx context.Context, identifier string) error {
	return r.root().updateJournal(ctx, func(j *Journal) {
		j.Remove(KindDBInstance, identifier)
		for _, e := range j.Find(KindTable) {
			if strings.HasPrefix(e.Object, identifier+"/") {
				j.Remove(KindTable, e.Object)
			}
		}
	})
}

// Shell implements [Action].
func (a DeleteDatabaseInstance) Shell() []string {
	return []string{
		"aws rds delete-db-instance --db-instance-identifier " + quote(a.Identifier) + " --skip-final-snapshot --delete-automated-backups",
		"aws rds wait db-instance-deleted --db-instance-identifier " + quote(a.Identifier),
	}
}

// DeleteSubnetGroup deletes a DB subnet group.
type DeleteSubnetGroup struct{ Name string }

// Apply implements [Action].
func (a DeleteSubnetGroup) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Cloud.DeleteDBSubnetGroup(call, a.Name); err != nil {
		return err
	}
	return run.Forget(ctx, KindDBSubnetGroup, a.Name)
}

// Shell implements [Action].
func (a DeleteSubnetGroup) Shell() []string {
	return []string{"aws rds delete-db-subnet-group --db-subnet-group-name " + quote(a.Name)}
}

// RestoreAddon gives the CNI add-on its prior values back and waits for the
// roll-out.
type RestoreAddon struct {
	Cluster string
	Current string
	Role    string // of the add-on's service account
	Prior   map[string]*string
	Set     map[string]string // by podsg; what has another value meanwhile is left
}

// unchangedPrior are the prior values of those keys that still have the value
// that podsg set.
func unchangedPrior(prior map[string]*string, set map[string]string, now CNISettings) map[string]*string {
	out, current := maps.Clone(prior), now.flat()
	maps.DeleteFunc(out, func(k string, _ *string) bool { v, known := set[k]; return known && current[k] != v })
	return out
}

// Apply implements [Action].
func (a RestoreAddon) Apply(ctx context.Context, run *Run) error {
	update, err := updateAddon(ctx, run, a.Cluster, false, func(current string) (string, error) {
		return RestoreAddonValues(current, unchangedPrior(a.Prior, a.Set, addonSettings(current)))
	})
	if err != nil {
		return err
	}
	if err := awaitAddon(ctx, run, a.Cluster, update); err != nil {
		return err
	}
	return run.Forget(ctx, KindAddonConfig, AddonVPCCNI)
}

// Shell implements [Action].
func (a RestoreAddon) Shell() []string {
	values, err := RestoreAddonValues(a.Current, a.Prior)
	if err != nil {
		values = a.Current
	}
	return []string{updateAddonCommand(a.Cluster, values, a.Role, "PRESERVE")}
}

// RestoreDaemonSet gives the aws-node DaemonSet its prior environment back and
// waits for the roll-out.
type RestoreDaemonSet struct{ Prior map[string]*string }

// Apply implements [Action].
func (a RestoreDaemonSet) Apply(ctx context.Context, run *Run) error {
	env := CNIEnv{Env: map[string]*string{}, InitEnv: map[string]*string{}}
	for k, v := range a.Prior {
		if name, ok := strings.CutPrefix(k, InitEnvPrefix); ok {
			env.InitEnv[name] = v
		} else {
			env.Env[k] = v
		}
	}
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Kube.SetCNIEnv(call, env); err != nil {
		return err
	}
	if err := run.Kube.WaitCNIRollout(ctx, run.Progress); err != nil {
		return err
	}
	return run.Forget(ctx, KindCNIEnv, "kube-system/"+daemonSetCNI)
}

// Shell implements [Action].
func (a RestoreDaemonSet) Shell() []string {
	var out []string
	for k, v := range a.Prior {
		container, name := "aws-node", k
		if cut, ok := strings.CutPrefix(k, InitEnvPrefix); ok {
			container, name = "aws-vpc-cni-init", cut
		}
		arg := name + "-"
		if v != nil {
			arg = quote(name + "=" + *v)
		}
		out = append(out, fmt.Sprintf("kubectl -n kube-system set env daemonset %s -c %s %s", daemonSetCNI, container, arg))
	}
	return out
}

// DetachPolicy detaches a managed policy from an IAM role.
type DetachPolicy struct{ Role, PolicyARN string }

// Apply implements [Action].
func (a DetachPolicy) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	if err := run.Cloud.DetachRolePolicy(call, a.Role, a.PolicyARN); err != nil {
		return err
	}
	return run.Forget(ctx, KindRolePolicy, a.Role+" "+a.PolicyARN)
}

// Shell implements [Action].
func (a DetachPolicy) Shell() []string {
	return []string{fmt.Sprintf("aws iam detach-role-policy --role-name %s --policy-arn %s", quote(a.Role), a.PolicyARN)}
}

// DeleteJournal removes the journal when nothing is left to undo.
type DeleteJournal struct{}

// Apply implements [Action].
func (DeleteJournal) Apply(ctx context.Context, run *Run) error {
	call, cancel := callContext(ctx)
	defer cancel()
	return run.Kube.DeleteJournal(call)
}

// Shell implements [Action].
func (DeleteJournal) Shell() []string {
	return []string{fmt.Sprintf("kubectl -n %s delete configmap %s", JournalNamespace, JournalName)}
}

// TrimJournal takes out of the journal all but the entries of what is left.
type TrimJournal struct{ keep []journalKey }

// Apply implements [Action].
func (a TrimJournal) Apply(ctx context.Context, run *Run) error {
	return run.root().updateJournal(ctx, func(j *Journal) {
		j.Entries = slices.DeleteFunc(j.Entries, func(e JournalEntry) bool { return !slices.Contains(a.keep, journalKey{e.Kind, e.Object}) })
	})
}

// Shell implements [Action].
func (TrimJournal) Shell() []string {
	return []string{fmt.Sprintf("kubectl -n %s edit configmap %s", JournalNamespace, JournalName)}
}

// RemoveLock removes the lock of a run that died: taking it over and releasing
// it, which every run does, is all that it takes.
type RemoveLock struct{}

// Apply implements [Action].
func (RemoveLock) Apply(context.Context, *Run) error { return nil }

// Shell implements [Action].
func (RemoveLock) Shell() []string {
	return []string{fmt.Sprintf("kubectl -n %s delete lease %s", JournalNamespace, LockName)}
}
