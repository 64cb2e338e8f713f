package cli

import (
	"fmt"
	"slices"
	"strings"
)

// choice is a flag with a fixed set of values.
type choice struct {
	value   string
	allowed []string
}

func (c *choice) String() string { return c.value }
func (c *choice) Type() string   { return strings.Join(c.allowed, "|") }

func (c *choice) Set(text string) error {
	if !slices.Contains(c.allowed, text) {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(c.allowed, ", "))
	}
	c.value = text
	return nil
}

// textFlag is a flag whose text is understood later, when all flags are known.
type textFlag struct{ value, placeholder string }

func (f *textFlag) String() string         { return f.value }
func (f *textFlag) Set(value string) error { f.value = value; return nil }
func (f *textFlag) Type() string           { return f.placeholder }
