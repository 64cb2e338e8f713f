// Package shell writes values as a POSIX shell takes them, in the commands that podsg
// shows.
package shell

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"podsg/steps/world"
)

// Quote quotes a word for a POSIX shell, where it needs it.
func Quote(s string) string {
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@,+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// DoubleQuote quotes a word that holds variables to be expanded.
func DoubleQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`").Replace(s) + `"`
}

// ShellTags are tags in the shorthand of the AWS CLI.
func ShellTags(tags map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		parts = append(parts, "{Key="+k+",Value="+tags[k]+"}")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// ShellTagWords are tags as the words of an option --tags of the AWS CLI.
func ShellTagWords(tags map[string]string) string {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, Quote("Key="+k+",Value="+tags[k]))
	}
	return strings.Join(words, " ")
}

func EnvArgs(env map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		parts = append(parts, Quote(k+"="+env[k]))
	}
	return strings.Join(parts, " ")
}

func LabelArgs(labels map[string]string) string {
	return (&world.Selector{MatchLabels: labels}).String()
}

// PortText is a port as text, for manifests and secrets.
func PortText(port int) string { return strconv.Itoa(port) }
