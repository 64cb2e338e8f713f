// Package webhook holds the hooks that stand for admission webhooks: they see
// each write before it is stored.
package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"sync"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/apierror"
)

// A Request is one write that hooks may change or refuse before it is
// stored.
type Request struct {
	Operation   admissionv1.Operation // Create, Update or Delete
	Resource    schema.GroupVersionResource
	Subresource string // "" or "status", "scale", "binding" …
	Namespace   string
	Name        string         // "" while a name is still to be generated
	Object      runtime.Object // a mutator may change it; nil for Delete
	OldObject   runtime.Object // nil for Create; read-only
	User        access.User
	DryRun      bool
}

// A Mutator changes req.Object, or refuses the write with an error. It stands
// for one mutating webhook; it may read the store, and runs for dry runs too.
type Mutator func(req *Request) error

// A Validator refuses a write with an error. It runs after every mutator.
type Validator func(req *Request) error

// Hooks are what a write is shown to, in the order in which they were added.
// The zero value is ready to use.
type Hooks struct {
	mu         sync.RWMutex
	mutators   []Mutator
	validators []Validator
}

// AddMutator adds a mutating hook.
func (h *Hooks) AddMutator(m Mutator) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mutators = append(slices.Clip(h.mutators), m)
}

// AddValidator adds a validating hook.
func (h *Hooks) AddValidator(v Validator) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.validators = append(slices.Clip(h.validators), v)
}

// Empty reports whether there is no hook.
func (h *Hooks) Empty() bool {
	mutators, validators := h.all()
	return len(mutators) == 0 && len(validators) == 0
}

// all returns the hooks, which run without a lock: they may read the store.
func (h *Hooks) all() ([]Mutator, []Validator) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.mutators, h.validators
}

// Mutate runs the mutating hooks until one refuses the write.
func (h *Hooks) Mutate(req *Request) error {
	mutators, _ := h.all()
	for _, mutate := range mutators {
		if err := mutate(req); err != nil {
			return err
		}
	}
	return nil
}

// Validate runs the validating hooks until one refuses the write.
func (h *Hooks) Validate(req *Request) error {
	_, validators := h.all()
	for _, validate := range validators {
		if err := validate(req); err != nil {
			return err
		}
	}
	return nil
}

// Denied is the error of a write that the named admission webhook
// refused, worded as the API server words it.
func Denied(webhook, reason string) error {
	return apierror.New(http.StatusForbidden, metav1.StatusReasonForbidden,
		fmt.Sprintf("admission webhook %q denied the request: %s", webhook, reason))
}
