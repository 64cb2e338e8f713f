// Package glob is the patterns of IAM and EC2.
package glob

import "strings"

// Match reports whether s matches a pattern of IAM's and EC2's form: * is
// any text, ? any one character, everything else itself.
func Match(pattern, s string) bool {
	// Iterative matching with one point to come back to, so that no pattern is slow.
	p, i, star, mark := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// MatchAction compares as IAM does, without regard to case.
func MatchAction(pattern, action string) bool {
	return Match(strings.ToLower(pattern), strings.ToLower(action))
}
