package wait

import "strings"

// shortNode drops the domain of a node's name: ip-10-0-3-7.
func shortNode(name string) string {
	short, _, _ := strings.Cut(name, ".")
	return short
}
