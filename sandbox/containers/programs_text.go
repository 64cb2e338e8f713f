package containers

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// options splits arguments into single-letter options and the rest. valued lists the letters
// that take a value, which may follow in the same word or the next.
func options(args []string, valued string) (set map[byte]string, rest []string) {
	set = map[byte]string{}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return set, append(rest, args[i+1:]...)
		}
		if len(arg) < 2 || arg[0] != '-' {
			rest = append(rest, arg)
			continue
		}
		for j := 1; j < len(arg); j++ {
			letter := arg[j]
			if strings.IndexByte(valued, letter) < 0 {
				set[letter] = ""
				continue
			}
			if j+1 < len(arg) {
				set[letter] = arg[j+1:]
			} else if i+1 < len(args) {
				i++
				set[letter] = args[i]
			}
			break
		}
	}
	return set, rest
}

func has(set map[byte]string, letter byte) bool {
	_, given := set[letter]
	return given
}

func unknownOption(p *invocation, set map[byte]string, known string) bool {
	for letter := range set {
		if strings.IndexByte(known, letter) < 0 {
			fmt.Fprintf(p.stderr, "%s: unrecognized option: %c\n", p.args[0], letter)
			return true
		}
	}
	return false
}

// lines calls use with every line, without its newline, until use returns false.
func lines(r io.Reader, use func(string) bool) {
	buffered := bufio.NewReader(r)
	for {
		line, err := buffered.ReadString('\n')
		if line != "" && !use(strings.TrimSuffix(line, "\n")) {
			return
		}
		if err != nil {
			return
		}
	}
}

// grepProgram knows -E -F -i -v -c -q -n -o -x. It leaves with 0 when a line was found.
func grepProgram(_ context.Context, p *invocation) int {
	set, rest := options(p.args[1:], "e")
	if unknownOption(p, set, "EFivcqnoxe") {
		return exitMisuse
	}
	pattern, given := set['e']
	if !given {
		if len(rest) == 0 {
			fmt.Fprintln(p.stderr, "Usage: grep [-EFivcqnox] PATTERN [FILE]...")
			return exitMisuse
		}
		pattern, rest = rest[0], rest[1:]
	}
	expression, err := grepPattern(pattern, set)
	if err != nil {
		fmt.Fprintf(p.stderr, "grep: bad regex '%s': %v\n", pattern, err)
		return exitMisuse
	}
	count, number := 0, 0
	code := p.inputs(rest, func(r io.Reader) {
		lines(r, func(line string) bool {
			number++
			if expression.MatchString(line) == has(set, 'v') {
				return true
			}
			count++
			prefix := ""
			if has(set, 'n') {
				prefix = strconv.Itoa(number) + ":"
			}
			switch {
			case has(set, 'q'):
				return false
			case has(set, 'c'):
			case has(set, 'o'):
				for _, found := range expression.FindAllString(line, -1) {
					fmt.Fprintln(p.stdout, prefix+found)
				}
			default:
				fmt.Fprintln(p.stdout, prefix+line)
			}
			return true
		})
	})
	if has(set, 'c') {
		fmt.Fprintln(p.stdout, count)
	}
	switch {
	case count > 0:
		return 0
	case code != 0:
		return exitMisuse
	}
	return 1
}

func grepPattern(pattern string, set map[byte]string) (*regexp.Regexp, error) {
	switch {
	case has(set, 'F'):
		pattern = regexp.QuoteMeta(pattern)
	case !has(set, 'E'):
		pattern = basicPattern(pattern)
	}
	if has(set, 'x') {
		pattern = "^(?:" + pattern + ")$"
	}
	if has(set, 'i') {
		pattern = "(?i)" + pattern
	}
	return regexp.Compile(pattern)
}

// basicPattern turns a POSIX basic expression into an extended one: the characters +?|(){} mean
// something only behind a backslash.
func basicPattern(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		switch {
		case c == '\\' && i+1 < len(pattern):
			i++
			if strings.IndexByte("+?|(){}", pattern[i]) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(pattern[i])
		case strings.IndexByte("+?|(){}", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// lineCount reads the number of head -n N, head -N and the like; 10 by default.
func lineCount(p *invocation) (n int, names []string, ok bool) {
	args := slices.Clone(p.args[1:])
	for i, arg := range args {
		if _, err := strconv.Atoi(strings.TrimPrefix(arg, "-")); err == nil && strings.HasPrefix(arg, "-") && (i == 0 || args[i-1] != "-n") {
			args[i] = "-n" + arg[1:]
		}
	}
	set, names := options(args, "n")
	if unknownOption(p, set, "n") {
		return 0, nil, false
	}
	n = 10
	if has(set, 'n') {
		var err error
		if n, err = strconv.Atoi(set['n']); err != nil {
			fmt.Fprintf(p.stderr, "%s: invalid number '%s'\n", p.args[0], set['n'])
			return 0, nil, false
		}
	}
	return max(n, 0), names, true
}

func headProgram(_ context.Context, p *invocation) int {
	n, names, ok := lineCount(p)
	if !ok {
		return 1
	}
	return p.inputs(names, func(r io.Reader) {
		left := n
		lines(r, func(line string) bool {
			if left == 0 {
				return false
			}
			left--
			fmt.Fprintln(p.stdout, line)
			return left > 0
		})
	})
}

func tailProgram(_ context.Context, p *invocation) int {
	n, names, ok := lineCount(p)
	if !ok {
		return 1
	}
	return p.inputs(names, func(r io.Reader) {
		var all []string
		lines(r, func(line string) bool { all = append(all, line); return true })
		for _, line := range all[max(0, len(all)-n):] {
			fmt.Fprintln(p.stdout, line)
		}
	})
}

// trProgram is tr [-d] [-s] SET1 [SET2] with ranges, escapes and the classes of letters, digits
// and space.
func trProgram(_ context.Context, p *invocation) int {
	set, sets := options(p.args[1:], "")
	if unknownOption(p, set, "ds") || len(sets) == 0 || len(sets) == 1 && len(set) == 0 {
		fmt.Fprintln(p.stderr, "Usage: tr [-ds] STRING1 [STRING2]")
		return 1
	}
	from := []rune(expandSet(sets[0]))
	to := from
	if len(sets) > 1 {
		to = []rune(expandSet(sets[1]))
	}
	last := rune(-1)
	input := bufio.NewReader(p.input())
	output := bufio.NewWriter(p.stdout)
	defer output.Flush()
	for {
		r, _, err := input.ReadRune()
		if err != nil {
			return 0
		}
		i := slices.Index(from, r)
		if i >= 0 {
			if has(set, 'd') {
				continue
			}
			if len(to) > 0 {
				r = to[min(i, len(to)-1)]
			}
			if has(set, 's') && r == last {
				continue
			}
		}
		last = r
		output.WriteRune(r)
	}
}

func expandSet(set string) string {
	set = strings.NewReplacer(
		"[:upper:]", "A-Z", "[:lower:]", "a-z", "[:digit:]", "0-9", "[:alpha:]", "A-Za-z", "[:alnum:]", "A-Za-z0-9",
		"[:space:]", " \t\n\v\f\r", `\n`, "\n", `\t`, "\t", `\r`, "\r", `\\`, `\`,
	).Replace(set)
	var b strings.Builder
	all := []rune(set)
	for i := 0; i < len(all); i++ {
		if i+2 < len(all) && all[i+1] == '-' && all[i] <= all[i+2] {
			for r := all[i]; r <= all[i+2]; r++ {
				b.WriteRune(r)
			}
			i += 2
			continue
		}
		b.WriteRune(all[i])
	}
	return b.String()
}
