package plain

import (
	"bytes"
	"testing"

	"podsg/steps/clean/cleantest"
)

func TestNamesOfOthersAreWrittenOnOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := &plain{out: &out}
	p.line("Cluster " + cleantest.Name)
	p.paragraph(cleantest.Name)
	p.prompt("Number [bad]: ")
	cleantest.Printed(t, "the line mode", out.String())
}
