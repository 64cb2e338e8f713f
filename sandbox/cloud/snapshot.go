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
	a.base.lock()
	defer a.base.unlock()
	all := map[string]json.RawMessage{}
	put := func(kind, id string, object any) error {
		text, err := json.Marshal(object)
		if err != nil {
			return fmt.Errorf("write snapshot of %s %q: %w", kind, id, err)
		}
		all[kind+"/"+id] = text
		return nil
	}
	if err := errors.Join(a.ec2.ec2Snapshot(put), a.iam.iamSnapshot(put), a.eks.eksSnapshot(put), a.rds.rdsSnapshot(put), a.secrets.secretsSnapshot(put)); err != nil {
		return nil, err
	}
	return all, nil
}
