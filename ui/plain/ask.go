package plain

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"podsg/steps/world"
	"podsg/ui/phrase"
	"podsg/ui/widget"
)

// What can be typed in place of an answer.
const (
	plainExplain = "?"
	plainBack    = ":back"
	plainQuit    = ":quit"
)

// The ways out of a question other than an answer.
var (
	errPlainBack = errors.New("back to the question before")
	errPlainQuit = errors.New("leave")
)

// lineReader reads lines from one buffered reader, and gives up waiting when
// the context ends. Input that is not a terminal may arrive ahead of its
// questions, so the one buffer has to serve them all.
type lineReader struct {
	in    *bufio.Reader
	lines chan inputLine
	busy  bool // a read that was given up is still waiting
}

type inputLine struct {
	text string
	err  error
}

func newLineReader(in io.Reader) *lineReader {
	if in == nil {
		in = strings.NewReader("")
	}
	return &lineReader{in: bufio.NewReader(in), lines: make(chan inputLine, 1)}
}

// read returns the next line without its end. The last line need not have one.
func (r *lineReader) read(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if !r.busy {
		r.busy = true
		go func() {
			text, err := r.in.ReadString('\n')
			if err == io.EOF && text != "" {
				err = nil
			}
			r.lines <- inputLine{strings.TrimRight(text, "\r\n"), err}
		}()
	}
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line := <-r.lines:
		r.busy = false
		return line.text, line.err
	}
}

// asking is one question as it is put line by line.
type asking struct {
	key     string // answers key, for the message when the input ends
	label   string
	value   string // taken by an empty line
	source  string // where the value came from
	help    string
	options []option
	empty   string             // what an empty value means; set: a dash makes it empty
	check   func(string) error // refuses a text
	needed  bool               // an empty line is no answer
}

// option is one possible answer.
type option struct {
	value, text string
	refused     string // why it cannot be chosen
}

// askedField is the question that a field of a form asks.
func askedField(key string, f widget.Field) asking {
	a := asking{
		key: key, label: f.Label, value: f.Value, source: f.Source, help: f.Help, empty: f.Empty, check: f.Validate,
	}
	for _, o := range f.Options {
		a.options = append(a.options, option{value: o.Value, text: o.Label})
	}
	return a
}

// ended is the error of an input that ended before a question was answered.
func (p *plain) ended(a asking) error {
	how := []string{"give every answer a line"}
	if a.key != "" {
		key := "answer it in the answers file with the key " + a.key
		if flag := p.m.Options.FlagOf(a.key); flag != "" {
			key += " or with " + flag
		}
		how = append(how, key)
	}
	return &world.Problem{
		Kind: world.ProblemUsage, Doing: "read the answer to", Object: a.label, Err: errors.New("the input has ended"),
		Hint: strings.Join(append(how, "podsg setup --yes asks nothing"), "; "),
	}
}

// ask puts a question until it is answered, and returns the answer.
func (p *plain) ask(a asking) (string, error) {
	for {
		p.put(a)
		line, err := p.in.read(p.ctx)
		switch {
		case errors.Is(err, io.EOF):
			p.line("")
			return "", p.ended(a)
		case err != nil:
			p.line("")
			return "", err
		}
		if p.echo {
			p.line(line)
		}
		switch text := strings.TrimSpace(line); text {
		case plainExplain:
			p.explain(a)
		case plainBack, ":b":
			return "", errPlainBack
		case plainQuit, ":q":
			return "", errPlainQuit
		default:
			value, err := a.answer(text)
			if err == nil {
				return value, nil
			}
			p.line("Not possible: " + phrase.Sentence(err.Error()))
		}
	}
}

// put writes a question: its options, a line each, and the line to answer in.
func (p *plain) put(a asking) {
	if len(a.options) > 0 {
		p.line(a.label + ":")
		for i, o := range a.options {
			text := o.text
			if o.refused != "" {
				text += " (cannot be chosen: " + o.refused + ")"
			}
			p.line(fmt.Sprintf("  %d. %s", i+1, text))
		}
		p.prompt("Number" + a.defaultText() + ": ")
		return
	}
	p.prompt(a.label + a.defaultText() + ": ")
}

// defaultText shows what an empty line answers, and where that came from.
func (a asking) defaultText() string {
	if a.needed && a.value == "" {
		return ""
	}
	shown := a.value
	for i, o := range a.options {
		if o.value == a.value {
			shown = strconv.Itoa(i + 1)
			if len(o.text) < 40 {
				shown += ", " + o.text
			}
		}
	}
	if shown == "" {
		shown = cmp.Or(a.empty, "none")
	}
	if a.source != "" {
		shown += "; " + a.source
	}
	return " [" + shown + "]"
}

// answer makes the answer of a line.
func (a asking) answer(text string) (string, error) {
	switch {
	case text == "" && a.needed && a.value == "":
		return "", errors.New("an answer is needed")
	case text == "" && len(a.options) == 0:
		return a.value, nil // it has been settled already
	case text == "":
		text = a.value
	case text == "-" && a.empty != "":
		text = ""
	}
	if len(a.options) > 0 {
		return a.choose(text)
	}
	if a.check != nil {
		if err := a.check(text); err != nil {
			return "", err
		}
	}
	return text, nil
}

// choose finds the option that a number, a value or a text stands for.
func (a asking) choose(text string) (string, error) {
	i := slices.IndexFunc(a.options, func(o option) bool { return o.value == text })
	if i < 0 {
		i = slices.IndexFunc(a.options, func(o option) bool { return strings.EqualFold(o.text, text) })
	}
	if n, err := strconv.Atoi(text); i < 0 && err == nil {
		i = n - 1
	}
	switch {
	case i < 0 || i >= len(a.options):
		return "", fmt.Errorf("there is no %q here; give a number from 1 to %d", text, len(a.options))
	case a.options[i].refused != "":
		return "", fmt.Errorf("%s cannot be chosen: %s", a.options[i].value, a.options[i].refused)
	}
	return a.options[i].value, nil
}
