// Package flags has what the commands' flags share: values with a fixed set of
// texts, variables that stand in for them, and errors that say what is allowed.
package flags

import (
	"fmt"
	"slices"
	"strings"
)

// Choice is a flag with a fixed set of values.
type Choice struct {
	Value   string
	Allowed []string
}

func (c *Choice) String() string { return c.Value }
func (c *Choice) Type() string   { return strings.Join(c.Allowed, "|") }

func (c *Choice) Set(text string) error {
	if !slices.Contains(c.Allowed, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(c.Allowed, ", "))
	}
	c.Value = text
	return nil
}

// Text is a flag whose text is understood later, when all flags are known.
type Text struct {
	value       string
	Placeholder string
	// Values are the only texts that it takes, and Beginnings what they all begin
	// with one of: for completion.
	Values, Beginnings []string
	// Repeat lets it be given several times: the texts are joined by commas.
	Repeat bool
}

func (f *Text) String() string { return f.value }
func (f *Text) Type() string   { return f.Placeholder }

func (f *Text) Set(value string) error {
	if f.Repeat && f.value != "" {
		value = f.value + "," + value
	}
	f.value = value
	return nil
}
