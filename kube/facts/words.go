package facts

import (
	"fmt"
	"slices"
)

// Count writes a number with its noun: "1 node", "3 nodes".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// mentioned is how many names a message holds.
const mentioned = 20

// Few shortens a long list for a message.
func Few(names []string) []string {
	if len(names) <= mentioned {
		return names
	}
	return append(slices.Clone(names[:mentioned]), fmt.Sprintf("and %d more", len(names)-mentioned))
}
