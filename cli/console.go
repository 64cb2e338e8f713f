package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// console is what podsg reads from and writes to: a result goes to standard
// output, everything else to standard error.
type console struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	terminal       terminal
	style          style
	// json says that errors are a JSON document as well: one was asked for.
	json bool
	// reported is set once the result is on standard output.
	reported bool
}

// newConsole detects what the streams are connected to.
func newConsole(stdin io.Reader, stdout, stderr io.Writer, env environment) *console {
	t := detectTerminal(stdin, stdout, stderr, env)
	return &console{stdin: stdin, stdout: stdout, stderr: stderr, terminal: t, style: newStyle(t.stdout, env)}
}

// say tells the user something.
func (c *console) say(format string, args ...any) {
	fmt.Fprintf(c.stderr, "podsg: "+format+"\n", args...)
}

// print writes a result.
func (c *console) print(text string) error {
	c.reported = true
	if _, err := fmt.Fprint(c.stdout, text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// printJSON writes a result as one JSON document.
func (c *console) printJSON(document any) error {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document); err != nil {
		return fmt.Errorf("write the result as JSON: %w", err)
	}
	return c.print(out.String())
}

// readFile reads a file; - is standard input.
func (c *console) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(c.stdin)
	}
	return os.ReadFile(name)
}
