package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"podsg/steps/clean/cleantest"
	"podsg/steps/world"
)

func TestWhatIsSaidIsOneLineAndJSONMeansWhatItMeant(t *testing.T) {
	t.Parallel()
	var out, said bytes.Buffer
	c := &Console{Stdout: &out, Stderr: &said, Style: Style{On: true}}
	c.Say("note: pod %s", cleantest.Name)
	c.Fail(&world.Problem{Doing: "read pod", Object: "green", Err: errors.New(cleantest.Name), Hint: cleantest.Name, Command: "kubectl get\npods"}, 1)
	cleantest.Printed(t, "standard error", said.String())
	if err := c.Print(c.Style.Good("done:") + " " + cleantest.Name + "\n"); err != nil {
		t.Fatal(err)
	}
	text, coloured := strings.CutPrefix(out.String(), "\x1b[32mdone:\x1b[0m")
	if !coloured || strings.Contains(text, "\x1b") {
		t.Errorf("the result is %q", out.String())
	}
	out.Reset()
	const beyond = cleantest.Name + "\U000e0041"
	if err := c.PrintJSON(map[string]string{"name": beyond}); err != nil {
		t.Fatal(err)
	}
	var read map[string]string
	if err := json.Unmarshal(out.Bytes(), &read); err != nil || read["name"] != beyond {
		t.Errorf("%v: the document says %q", err, read["name"])
	}
	if strings.ContainsAny(out.String(), "\x1b\u202e\u009b\u200b\U000e0041") {
		t.Errorf("the document holds what a terminal obeys: %q", out.String())
	}
}
