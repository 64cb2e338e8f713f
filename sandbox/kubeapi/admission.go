package kubeapi

import (
	"fmt"
	"net/http"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// An AdmissionRequest is one write that hooks may change or refuse before it is
// stored.
type AdmissionRequest struct {
	Operation   admissionv1.Operation // Create, Update or Delete
	Resource    schema.GroupVersionResource
	Subresource string // "" or "status", "scale", "binding" …
	Namespace   string
	Name        string         // "" while a name is still to be generated
	Object      runtime.Object // a mutator may change it; nil for Delete
	OldObject   runtime.Object // nil for Create; read-only
	User        User
	DryRun      bool
}

// A Mutator changes req.Object, or refuses the write with an error. It stands
// for one mutating webhook; it may read the store, and runs for dry runs too.
type Mutator func(req *AdmissionRequest) error

// A Validator refuses a write with an error. It runs after every mutator.
type Validator func(req *AdmissionRequest) error

type admissionHooks struct {
	mutators   []Mutator
	validators []Validator
}

// AddMutator registers a mutating admission hook. Hooks run in the order in
// which they were added, outside the store's lock.
func (s *Store) AddMutator(m Mutator) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.mutators = append(s.hooks.mutators[:len(s.hooks.mutators):len(s.hooks.mutators)], m)
}

// AddValidator registers a validating admission hook.
func (s *Store) AddValidator(v Validator) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hooks.validators = append(s.hooks.validators[:len(s.hooks.validators):len(s.hooks.validators)], v)
}

func (s *Store) admissionHooks() admissionHooks {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.hooks
}

func (h admissionHooks) mutate(req *AdmissionRequest) error {
	for _, mutate := range h.mutators {
		if err := mutate(req); err != nil {
			return err
		}
	}
	return nil
}

func (h admissionHooks) validate(req *AdmissionRequest) error {
	for _, validate := range h.validators {
		if err := validate(req); err != nil {
			return err
		}
	}
	return nil
}

// DeniedByWebhook is the error of a write that the named admission webhook
// refused, worded as the API server words it.
func DeniedByWebhook(webhook, reason string) error {
	return statusError(http.StatusForbidden, metav1.StatusReasonForbidden,
		fmt.Sprintf("admission webhook %q denied the request: %s", webhook, reason))
}
