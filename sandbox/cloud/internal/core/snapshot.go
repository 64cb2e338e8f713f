package core

// Put takes an object of a service for a snapshot of the account.
type Put func(kind, id string, object any) error

// PutAll tells all objects of a kind.
func PutAll[T any](kind string, objects map[string]T, put Put) error {
	for id, object := range objects {
		if err := put(kind, id, object); err != nil {
			return err
		}
	}
	return nil
}
