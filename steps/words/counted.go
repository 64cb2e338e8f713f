package words

import "fmt"

// NumberOf is a number of things: 1 node, 2 nodes.
func NumberOf(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// PartOf is a part of a number of things with its verb: 1 of 3 nodes does not, 2
// of 3 nodes do not.
func PartOf(n, all int, thing, one, many string) string {
	if n == 1 {
		many = one
	}
	return fmt.Sprintf("%d of %s %s", n, NumberOf(all, thing), many)
}

// CountOf is a number with the word for one or for many.
func CountOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
