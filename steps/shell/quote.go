// Package shell writes commands as a POSIX shell takes them, for people to paste.
//
// What podsg writes into a command was read from accounts, clusters and files of
// others. So there is one way to make a command, [Command]: it holds the text that
// podsg itself wrote, and quotes every value.
package shell

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"podsg/steps/clean"
	"podsg/steps/world"
)

// Words are words of a command as a shell takes them: quoted where they need it.
type Words string

// Command writes a command. The format is what podsg itself says, never anything
// that was read; %s stands for a value, which becomes one word, or a part of one.
// A list of values becomes a word each, and [Words] stay as they are.
func Command(format string, values ...any) string {
	words := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case Words:
			words[i] = string(v)
		case []string:
			quoted := make([]string, len(v))
			for j, s := range v {
				quoted[j] = Quote(s)
			}
			words[i] = strings.Join(quoted, " ")
		case int, int32, int64:
			words[i] = v
		default:
			words[i] = Quote(fmt.Sprint(v))
		}
	}
	return fmt.Sprintf(format, words...)
}

// Quote quotes a word for a POSIX shell, where it needs it. What no name of AWS or
// Kubernetes holds is refused, and stands as a question mark: a dash in front, with
// which a command would take the word for an option, and what cannot be seen on
// the screen.
func Quote(s string) string { return quoteArgument(noOption(s)) }

// noOption refuses a dash in front.
func noOption(s string) string {
	if strings.HasPrefix(s, "-") {
		return "?" + s[1:]
	}
	return s
}

// quoteArgument is [Quote] for a word that may be an option.
func quoteArgument(s string) string {
	s = Visible(s)
	if s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@,+", r)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Variable is a part of a word in double quotes that is the value of a variable.
type Variable string

// DoubleQuote writes a word of texts and variables: parts that are a [Variable] are
// expanded, and nothing else is.
func DoubleQuote(parts ...any) Words {
	var b strings.Builder
	b.WriteByte('"')
	for i, p := range parts {
		variable, expand := p.(Variable)
		switch text := fmt.Sprint(p); {
		case expand:
			b.WriteString("${" + string(variable) + "}")
		case i == 0:
			b.WriteString(escape(noOption(text)))
		default:
			b.WriteString(escape(text))
		}
	}
	b.WriteByte('"')
	return Words(b.String())
}

// Document writes a text for an unquoted here-document, in which variables would be
// expanded: those of the text are not.
func Document(text string) string { return strings.ReplaceAll(escape(text), `\"`, `"`) }

// escape takes their meaning from the characters that have one in double quotes.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(Visible(s))
}

// Visible puts question marks in the place of what cannot be seen: control
// characters, and those that turn the direction of writing round or have no width.
// Values of several lines keep them.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || clean.Visible(r) {
			return r
		}
		return '?'
	}, strings.ToValidUTF8(s, "?"))
}

// Join writes a command of podsg's own, whose words may be options, from its words.
func Join(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quoteArgument(w)
	}
	return strings.Join(quoted, " ")
}

// Tags are tags in the shorthand of the AWS CLI, as a part of a word.
func Tags(tags map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		parts = append(parts, "{Key="+k+",Value="+tags[k]+"}")
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// TagWords are tags as the words of an option --tags of the AWS CLI.
func TagWords(tags map[string]string) Words {
	var words []string
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, Quote("Key="+k+",Value="+tags[k]))
	}
	return Words(strings.Join(words, " "))
}

// EnvArgs are variables as the words of kubectl set env.
func EnvArgs(env map[string]string) Words {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		parts = append(parts, Quote(k+"="+env[k]))
	}
	return Words(strings.Join(parts, " "))
}

// LabelArgs are labels as the value of an option -l of kubectl.
func LabelArgs(labels map[string]string) string {
	return (&world.Selector{MatchLabels: labels}).String()
}

// PortText is a port as text, for manifests and secrets.
func PortText(port int) string { return strconv.Itoa(port) }
