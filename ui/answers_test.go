package ui

import (
	"testing"

	"podsg/steps/intent"
	"podsg/ui/pages"
	"podsg/ui/wizard"
)

func TestEveryAnswerIsAskedForOnThePageThatItNames(t *testing.T) {
	asked := map[string]bool{}
	for _, p := range pages.New() {
		about := p.Facts()
		for _, a := range intent.Answers() {
			for _, k := range a.Keys {
				on := a.Page == string(about.ID)
				if here := wizard.Concerns(k.Key, about.Answers); here != on {
					t.Errorf("%s is of page %q; that page %q asks for it: %v", k.Key, a.Page, about.ID, here)
				}
				asked[a.Key] = asked[a.Key] || on
			}
		}
	}
	for _, a := range intent.Answers() {
		if a.Page != "" && !asked[a.Key] {
			t.Errorf("%s names page %q, which does not exist", a.Key, a.Page)
		}
	}
}
