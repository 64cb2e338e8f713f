package world

import (
	"slices"
	"testing"
)

func TestEveryFactIsListedOnceWithItsSource(t *testing.T) {
	var seen []Fact
	for _, f := range Facts() {
		if slices.Contains(seen, f.Fact) {
			t.Errorf("the %s are listed twice", f.Fact)
		}
		seen = append(seen, f.Fact)
		if f.Source != SourceAWS && f.Source != SourceKubernetes {
			t.Errorf("the %s are read from %q", f.Fact, f.Source)
		}
	}
}
