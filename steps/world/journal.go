package world

import (
	"cmp"
	"maps"
	"time"
)

// The marks of ownership. Everything that podsg makes carries them; what does
// not carry them is never adopted silently and never deleted.
const (
	TagCluster     = "podsg:cluster"                // AWS tag; value: the cluster's name
	LabelManagedBy = "app.kubernetes.io/managed-by" // AWS tag and Kubernetes label
	ManagedBy      = "podsg"                        // its value
	// FieldManager is podsg's name in managedFields.
	FieldManager = "podsg"
	// JournalNamespace and JournalName say where the journal's ConfigMap is;
	// the lock is the Lease JournalNamespace/LockName.
	JournalNamespace = "kube-system"
	JournalName      = "podsg-journal"
	LockName         = "podsg"
)

// OwnershipTags are the tags of an AWS object that podsg makes for a cluster.
func OwnershipTags(cluster string) map[string]string {
	return map[string]string{TagCluster: cluster, LabelManagedBy: ManagedBy}
}

// OwnedBy reports whether tags say that podsg made the object for a cluster.
func OwnedBy(tags map[string]string, cluster string) bool {
	return tags[TagCluster] == cluster && tags[LabelManagedBy] == ManagedBy
}

// Kind is the kind of an object that podsg makes or changes.
type Kind string

// The kinds, in the words of their services.
const (
	KindSecurityGroup  Kind = "SecurityGroup"
	KindRule           Kind = "SecurityGroupRule"
	KindDBSubnetGroup  Kind = "DBSubnetGroup"
	KindDBInstance     Kind = "DBInstance"
	KindRolePolicy     Kind = "RolePolicyAttachment"
	KindAddonConfig    Kind = "AddonConfiguration"
	KindCNIEnv         Kind = "DaemonSetEnvironment"
	KindNamespace      Kind = "Namespace"
	KindPolicy         Kind = "SecurityGroupPolicy"
	KindSecret         Kind = "Secret"
	KindConfigMap      Kind = "ConfigMap"
	KindDeployment     Kind = "Deployment"
	KindPod            Kind = "Pod"
	KindWorkload       Kind = "Workload"
	KindServiceAccount Kind = "ServiceAccount"
	KindTable          Kind = "Table"
	KindInterface      Kind = "NetworkInterface"
	KindLease          Kind = "Lease"
	KindProof          Kind = "Proof" // what was proven of an access
)

// JournalVersion is the version of the journal's schema.
const JournalVersion = 1

// Journal is what undo needs to know and the objects themselves cannot tell:
// which objects podsg made, in which order, and the values that it replaced.
// It lives in the cluster, so that any machine can resume or clean up, and it
// holds no secret.
type Journal struct {
	Version int            `json:"version"`
	Cluster string         `json:"cluster"`
	Region  string         `json:"region,omitempty"`
	Entries []JournalEntry `json:"entries"`
}

// JournalEntry records one change.
type JournalEntry struct {
	Change string `json:"change"` // id of the change
	Kind   Kind   `json:"kind"`
	// Object is the object's id: sg-…, NAMESPACE/NAME, role/policy-arn.
	Object  string `json:"object"`
	Name    string `json:"name,omitempty"` // for people, where the id does not tell
	Created bool   `json:"created"`        // podsg made it; otherwise it was changed
	// Adopted says that it is the user's: podsg uses it as it is, and leaves it.
	Adopted bool `json:"adopted,omitempty"`
	// Prior holds the values that were there before the change, by key. A key
	// with a nil value was not set.
	Prior map[string]*string `json:"prior,omitempty"`
	// Set holds the values that podsg set, by key: undo restores a value only
	// while it is still podsg's.
	Set map[string]string `json:"set,omitempty"`
	// PriorText is the whole text that was there before podsg's first change, where
	// the values are part of one, and SetText the text that podsg wrote: as long as
	// that one stands, undo gives the first back byte for byte. PriorText is nil where
	// it is not known, or would not be what was in effect.
	PriorText *string   `json:"priorText,omitempty"`
	SetText   string    `json:"setText,omitempty"`
	At        time.Time `json:"at"`
	// Access is the access that it was for, NAMESPACE/POLICY; of what several share
	// the first. Journals of earlier versions do not say.
	Access string `json:"access,omitempty"`
	// Done is false from before the call until after it: an entry that stays
	// so marks a change that was interrupted.
	Done bool `json:"done"`
}

// Find returns the entries of a kind.
func (j *Journal) Find(kind Kind) []JournalEntry {
	if j == nil {
		return nil
	}
	var out []JournalEntry
	for _, e := range j.Entries {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// Entry returns the newest entry for a kind and object.
func (j *Journal) Entry(kind Kind, object string) (JournalEntry, bool) {
	if j == nil {
		return JournalEntry{}, false
	}
	for i := len(j.Entries) - 1; i >= 0; i-- {
		if e := j.Entries[i]; e.Kind == kind && e.Object == object {
			return e, true
		}
	}
	return JournalEntry{}, false
}

// Put adds an entry, or replaces the one with the same change, kind and
// object. What that one knows of the same object is kept, key by key: of Prior
// the first values, which are the ones to restore, of Set the last.
func (j *Journal) Put(e JournalEntry) {
	for i, old := range j.Entries {
		if old.Change == e.Change && old.Kind == e.Kind && (old.Object == e.Object || !old.Done && old.of(e)) {
			if old.Object == e.Object {
				e.Prior, e.Set = merged(e.Prior, old.Prior), merged(old.Set, e.Set)
			}
			e.Access = cmp.Or(old.Access, e.Access)
			e.Created = e.Created || old.Created && old.Object == e.Object
			j.Entries[i] = e
			return
		}
	}
	j.Entries = append(j.Entries, e)
}

// of reports whether two entries can be for one access.
func (e JournalEntry) of(o JournalEntry) bool {
	return e.Access == "" || o.Access == "" || e.Access == o.Access
}

// merged are the values of two maps; those of the second win.
func merged[V any](a, b map[string]V) map[string]V {
	if a == nil {
		return maps.Clone(b)
	}
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// Remove takes out the entries of a kind and object.
func (j *Journal) Remove(kind Kind, object string) {
	kept := j.Entries[:0]
	for _, e := range j.Entries {
		if e.Kind != kind || e.Object != object {
			kept = append(kept, e)
		}
	}
	j.Entries = kept
}
