package steps

import "strings"

// LogTroubleIn tells which check a line of a pod's log speaks of, in the words
// that tell it.
func LogTroubleIn(line string) (LogTrouble, bool) {
	const refused = "password authentication failed for user"
	if strings.Contains(line, refused) {
		return LogTrouble{Check: "D92", Text: refused}, true
	}
	return LogTrouble{}, false
}
