package kube

import (
	"fmt"
	"strings"
)

// count writes a number with its noun: "1 node", "3 nodes".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// shortNode drops the domain of a node's name: ip-10-0-3-7.
func shortNode(name string) string {
	short, _, _ := strings.Cut(name, ".")
	return short
}
