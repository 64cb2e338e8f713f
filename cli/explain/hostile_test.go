package explain

import (
	"testing"

	"podsg/steps/clean/cleantest"
)

func TestNamesOfOthersAreShownOnOneLine(t *testing.T) {
	t.Parallel()
	const name = cleantest.Name
	e := &Explanation{Workload: name, Namespace: name, Policies: []string{name}, Notes: []string{name}}
	cleantest.Printed(t, "explain", e.Text())
}
