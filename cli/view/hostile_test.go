package view

import (
	"testing"

	"podsg/steps/clean/cleantest"
)

func TestNamesOfOthersAreShownOnOneLine(t *testing.T) {
	t.Parallel()
	const name = cleantest.Name
	v := &View{
		Nodes: []Node{{Name: name, Type: name}}, Pods: []Pod{{Namespace: name, Name: name, Phase: name, Reason: name, Groups: []string{name}}},
		Events: []Event{{Object: name, Reason: name, Message: name, Explanation: name}}, NotObserved: []string{name},
	}
	cleantest.Printed(t, "watch --once", v.Text())
}
