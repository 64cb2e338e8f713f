package rest

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podsg/sandbox/kubeapi/request"
	"podsg/sandbox/kubeapi/resource"
)

// A target is what a resource request is about: the resource as served, and
// the one its objects are stored as.
type target struct {
	*request.Request
	served, stored *resource.Resource
}

// notFoundAsServed names the served resource in a NotFound error of an alias.
func (t *target) notFoundAsServed(err error) error {
	if t.served.Alias != nil && apierrors.IsNotFound(err) {
		return apierrors.NewNotFound(t.served.GroupResource(), t.Name)
	}
	return err
}
