// Package console is where podsg meets its user: the standard streams, what they
// are connected to, and the style of what is written there.
package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"

	"github.com/charmbracelet/x/term"

	"podsg/cli/environment"
	"podsg/steps/clean"
)

// Console is what podsg reads from and writes to: a result goes to standard
// output, everything else to standard error.
type Console struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Terminal       Terminal
	Style          Style
	// JSON says that errors are a JSON document as well: one was asked for.
	JSON bool
	// reported is set once the result is on standard output.
	reported bool
}

// New detects what the streams are connected to.
func New(stdin io.Reader, stdout, stderr io.Writer, env environment.Variables) *Console {
	t := detectTerminal(stdin, stdout, stderr, env)
	return &Console{Stdin: stdin, Stdout: stdout, Stderr: stderr, Terminal: t, Style: newStyle(t.stdout, env)}
}

// Width is how wide text on standard output may be: as wide as the terminal, or
// as wide as everybody's where it is none.
func (c *Console) Width() int {
	if file, ok := c.Stdout.(interface{ Fd() uintptr }); ok && c.Terminal.stdout {
		if columns, _, err := term.GetSize(file.Fd()); err == nil && columns > 0 {
			return max(columns, narrowest)
		}
	}
	return Width
}

// narrowest is the width below which text is not made narrower.
const narrowest = 40

// Say tells the user something.
func (c *Console) Say(format string, args ...any) {
	fmt.Fprintln(c.Stderr, strings.ReplaceAll(c.Style.clean("podsg: "+fmt.Sprintf(format, args...)), "\n", " "))
}

// Print writes a result. A terminal obeys nothing in it but the colours of [Style].
func (c *Console) Print(text string) error { return c.print(c.Style.clean(text)) }

func (c *Console) print(text string) error {
	c.reported = true
	if _, err := fmt.Fprint(c.Stdout, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// PrintJSON writes a result as one JSON document.
func (c *Console) PrintJSON(document any) error {
	text, err := c.JSONText(document)
	if err != nil {
		return err
	}
	return c.print(text)
}

// JSONText is a result as one JSON document.
func (*Console) JSONText(document any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return "", fmt.Errorf("write the result as JSON: %w", err)
	}
	return escapeInvisible(out.String()), nil
}

// escapeInvisible writes what a terminal would obey, and the encoder leaves, as JSON
// escapes it: the document means the same.
func escapeInvisible(document string) string {
	if strings.IndexFunc(document, func(r rune) bool { return r != '\n' && !clean.Visible(r) }) < 0 {
		return document
	}
	var b strings.Builder
	for _, r := range document {
		switch {
		case r == '\n' || clean.Visible(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// ReadFile reads a file; - is standard input.
func (c *Console) ReadFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.Stdin)
	}
	return os.ReadFile(name)
}
