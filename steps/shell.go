package steps

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// callTime bounds one changing call, its retries included.
const callTime = 2 * time.Minute

// callContext is the context of one changing call. It outlives the run's: a
// call that was sent is waited for, so that what it did is known and recorded,
// even when the user stops the run meanwhile.
func callContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTime)
}

// quote quotes a word for a POSIX shell, where it needs it.
func quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@,+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// doubleQuote quotes a word that holds variables to be expanded.
func doubleQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(s) + `"`
}

// shellTags are tags in the shorthand of the AWS CLI.
func shellTags(tags map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		parts = append(parts, "{Key="+k+",Value="+tags[k]+"}")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// shellTagWords are tags as the words of an option --tags of the AWS CLI.
func shellTagWords(tags map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, quote("Key="+k+",Value="+tags[k]))
	}
	return strings.Join(words, " ")
}
