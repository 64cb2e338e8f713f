package intent

import (
	"fmt"
	"strings"

	"podsg/steps/shell"
)

// The outputs that later changes refer to.
const (
	OutputPodGroup = "pod-sg"
	OutputDBGroup  = "db-sg"
)

// Ref refers to an object by its id, or, when the object is made by an earlier
// change of the same plan, by the name of that change's output.
type Ref struct {
	ID     string // sg-0123…
	Output string // "pod-sg"
	Name   string // what people call it: POD_SG
}

// IDRef refers to an object that exists.
func IDRef(id, name string) Ref { return Ref{ID: id, Name: name} }

// OutputRef refers to an object that an earlier change makes.
func OutputRef(output, name string) Ref { return Ref{Output: output, Name: name} }

// String is how a plan shows it: the id, or the name of what will be made.
func (r Ref) String() string {
	switch {
	case r.ID != "" && r.Name != "" && r.Name != r.ID:
		return fmt.Sprintf("%s (%s)", r.ID, r.Name)
	case r.ID != "":
		return r.ID
	default:
		return r.Name
	}
}

// Shell is the reference as a part of a word in a shell command: the id, or the
// variable that an earlier command sets.
func (r Ref) Shell() any {
	if r.ID != "" {
		return r.ID
	}
	return shell.Variable(ShellVariable(r.Output))
}

func ShellVariable(output string) string {
	return strings.ToUpper(strings.ReplaceAll(output, "-", "_"))
}

func RefIDs(refs []Ref) []string {
	var out []string
	for _, r := range refs {
		if r.ID != "" {
			out = append(out, r.ID)
		}
	}
	return out
}

func RefNames(refs []Ref) string {
	var out []string
	for _, r := range refs {
		out = append(out, r.String())
	}
	return strings.Join(out, ", ")
}
