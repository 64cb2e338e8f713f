package cloud

// snapshotPut takes an object of a service for a snapshot of the account.
type snapshotPut func(kind, id string, object any) error

// putAll tells all objects of a kind.
func putAll[T any](kind string, objects map[string]T, put snapshotPut) error {
	for id, object := range objects {
		if err := put(kind, id, object); err != nil {
			return err
		}
	}
	return nil
}
