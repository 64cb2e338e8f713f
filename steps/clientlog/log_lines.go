// Package clientlog reads what the logs of pods tell of their connections to the
// database, in the words of the usual clients.
package clientlog

import (
	"regexp"
	"slices"
	"strings"

	"podsg/steps/intent"
	"podsg/steps/probe"
	"podsg/steps/world"
)

// connectedWords tell of a success, unless the first group denies it: podsg's own
// test pods say it in their words, other programs in the usual ones.
var connectedWords = regexp.MustCompile(`(?i)\b(?:(not|never|longer) )?(?:` +
	probe.ProbeMark + ` connected\b` +
	`|(?:re)?connected to (?:the )?(?:database|postgres(?:ql)?)\b` +
	`|database connected\b` +
	`|HikariPool-\d+ - (?:Added connection|Start completed)|\S+:\d+ - accepting connections` +
	`|(?:database connection|connection to (?:the )?database) (?:is |was |has been )?established\b)`)

// LogTroubles are the troubles that the lines of a log tell of, newest last and
// each once; among them the newest lines of errors that nobody understands. Those before the last line that tells of a success are history.
func LogTroubles(log string) []world.LogTrouble {
	var troubles []world.LogTrouble
	for line := range strings.Lines(log) {
		trouble, ok := LogTroubleIn(line)
		words := connectedWords.FindStringSubmatch(line)
		if !ok && words == nil {
			trouble, ok = notUnderstood(line)
		}
		if ok {
			troubles = slices.DeleteFunc(troubles, func(t world.LogTrouble) bool { return t == trouble })
			troubles = append(troubles, trouble)
		} else if words != nil && words[1] == "" {
			troubles = nil
		}
	}
	return lastNotUnderstood(troubles)
}

// MeantToFail reports whether a pod is the one of podsg's test that must not
// reach the database: what its log tells is no trouble.
func MeantToFail(p world.Pod) bool { return p.Labels[intent.ProbeLabel] == "red" }
