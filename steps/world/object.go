package world

import "time"

// ObjectFacts is what all observed objects have.
type ObjectFacts struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace,omitempty"`
	Owned     bool              `json:"owned"` // label app.kubernetes.io/managed-by=podsg
	Labels    map[string]string `json:"labels,omitempty"`
	CreatedAt time.Time         `json:"createdAt,omitzero"`
	// Sum is the annotation podsg/template-sum: a sum over what podsg last
	// applied, by which a later run sees whether anything has to change.
	Sum string `json:"sum,omitempty"`
	// Owner is the tool that makes the object; nil: none is known to.
	Owner *Owner `json:"owner,omitempty"`
}
