package intent

import (
	"slices"
	"strings"
)

// Answer is one thing that a user can be asked: how it is given on the command
// line and in the answers file, where the wizard asks for it, and what it may
// be. [Answers] lists them.
type Answer struct {
	// Key names the answer: where it came from, the questions and the problems
	// about it go by it. It is its key of the answers file, or what several of
	// them have in common.
	Key string

	Flag        string // without the dashes
	Short       string // its one letter; may be empty
	Placeholder string // of its value, in the help
	Usage       string // what it is for, in the help
	Alone       string // what the flag without a value stands for; empty: it needs one
	// Option marks an answer that is given by an option of the command line,
	// which is no answer flag.
	Option bool

	// Repeat marks an answer whose flag may be given several times.
	Repeat bool
	// Values are the only possible ones; empty: there is no such list.
	Values []string
	// Beginnings are what every value begins with one of.
	Beginnings []string
	// Page is the page of the wizard that asks for it; empty: none does.
	Page string
	// Keys are its keys of the answers file, as the documentation describes them.
	Keys []AnswerKey

	set   func(in *Intent, text string) error
	get   func(in Intent) string
	check func(c *checker, in Intent)
}

// AnswerKey is a key of the answers file.
type AnswerKey struct {
	Key     string
	Type    string // what its value is, in Markdown
	LeftOut string // what holds without it, in Markdown
	Instead string // how the flag gives it, where it is not simply the flag's value
}

// Set reads an answer as a flag gives it.
func (a Answer) Set(in *Intent, text string) error { return a.set(in, text) }

// Text writes the answer as its flag takes it; empty: it is not answered.
func (a Answer) Text(in Intent) string { return a.get(in) }

// holds reports whether a key is the answer's own, or beneath it.
func (a Answer) holds(key string) bool {
	return within(key, a.Key) || slices.ContainsFunc(a.Keys, func(k AnswerKey) bool { return within(key, k.Key) })
}

// within reports whether a key is another one or lies beneath it.
func within(key, around string) bool {
	rest, found := strings.CutPrefix(key, around)
	return found && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// AnswerTo is the answer that an answers key, of the answers file or of a
// problem with it, is about.
func AnswerTo(key string) (Answer, bool) {
	all := Answers()
	i := slices.IndexFunc(all, func(a Answer) bool { return a.holds(key) })
	if i < 0 {
		return Answer{}, false
	}
	return all[i], true
}
