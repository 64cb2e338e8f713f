package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Snapshot returns every object of the account as canonical JSON under a key
// of the form type/id, so that two snapshots can be compared object by object.
// Passwords and secret values are not in it; a password's hash is.
func (a *Account) Snapshot() (map[string]json.RawMessage, error) {
	a.base.Lock()
	defer a.base.Unlock()
	all := map[string]json.RawMessage{}
	put := func(kind, id string, object any) error {
		text, err := json.Marshal(object)
		if err != nil {
			return fmt.Errorf("write snapshot of %s %q: %w", kind, id, err)
		}
		all[kind+"/"+id] = text
		return nil
	}
	if err := errors.Join(a.ec2.Snapshot(put), a.iam.Snapshot(put), a.eks.Snapshot(put), a.rds.Snapshot(put), a.secrets.Snapshot(put)); err != nil {
		return nil, err
	}
	return all, nil
}
