package steps

import "podsg/steps/check"

// Checks lists every check that [Check] can report, in the order of the
// procedure. Which of them are reported depends on the snapshot.
func Checks() []check.CheckInfo {
	var out []check.CheckInfo
	for _, c := range Registry() {
		out = append(out, c.Info())
	}
	return out
}
