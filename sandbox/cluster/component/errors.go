package component

import (
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// IgnoreNotFound drops the error that an object is not there.
func IgnoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// StatusMessage is what the API server said in an error.
func StatusMessage(err error) string {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		return status.Status().Message
	}
	return err.Error()
}
