// Package phrase puts numbers, times and names into words.
package phrase

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Clock writes a duration as minutes and seconds: 0:07, 12:30, 1:02:03.
func Clock(d time.Duration) string {
	s := int(max(d, 0).Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// About writes a duration in round words: "a few seconds", "about 7 minutes".
func About(d time.Duration) string {
	switch m := int((d + 30*time.Second) / time.Minute); {
	case d < 20*time.Second:
		return "a few seconds"
	case m < 1:
		return "half a minute"
	case m == 1:
		return "about a minute"
	case m < 100:
		return fmt.Sprintf("about %d minutes", m)
	default:
		return fmt.Sprintf("about %d hours", (m+30)/60)
	}
}

// TimeLeft says how much longer something usually takes.
func TimeLeft(elapsed, expected time.Duration) string {
	switch left := expected - elapsed; {
	case expected < 5*time.Second:
		return ""
	case left > 0:
		return "~" + Clock(left) + " left"
	case elapsed > 2*expected:
		return "much longer than usual"
	default:
		return "longer than usual"
	}
}

// Count writes a number with its noun: "1 change", "3 changes".
func Count(n int, one string, many ...string) string {
	noun := one + "s"
	if len(many) > 0 {
		noun = many[0]
	}
	if n == 1 {
		noun = one
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// YesNo writes a truth value as an answer.
func YesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

// Money writes an amount of US dollars.
func Money(usd float64) string { return fmt.Sprintf("$%.2f", usd) }

// List writes names with commas.
func List(names []string) string { return strings.Join(names, ", ") }

// Sentence begins a text with a capital letter, unless it begins with a name,
// and ends it with a full stop.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	word, _, _ := strings.Cut(s, " ")
	if word != "podsg" && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsLower(r) }) < 0 {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if strings.ContainsAny(s[len(s)-1:], ".!?:…") {
		return s
	}
	return s + "."
}
