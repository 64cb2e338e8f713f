package policy

import (
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/words"
	"podsg/steps/world"
)

// spoilsNewPods are the checks whose failure says that a pod which is made now
// gets no branch ENI, other groups than it should have, or no network at all. A
// pod that still runs well is better off as it is.
var spoilsNewPods = []string{
	"D11", "D41", "D42", "D39d", "D60", // what makes branch ENIs
	"P04", "D46", "D47", "D53", "D82", "D83", // policy and groups
	"D56", "D57", "D58", // admission
}

// RestartFacts are what they look at besides what every check of pods does.
var RestartFacts = []world.Fact{world.FactClusterRole, world.FactWorkloads, world.FactEvents, world.FactSettings, world.FactSecurityGroups, world.FactAdmission}

// SpoilsNewPods are the failures that have to be mended before any pod is
// restarted.
func SpoilsNewPods(c *check.Context) []check.Finding {
	var out []check.Finding
	for _, f := range c.Troubles(spoilsNewPods...) {
		if f.Status == check.Fail {
			out = append(out, f)
		}
	}
	return out
}

// Restart says that pods have to be made anew, with the commands that do it; or,
// while a failure would spoil the new ones, that they must not be restarted
// before that is mended.
func Restart(c *check.Context, f *check.Finding, text say.Text, pods []world.Pod) {
	if spoilt := SpoilsNewPods(c); len(spoilt) > 0 {
		f.Mend(notYet(spoilt), "")
		return
	}
	f.Mend(say.T("%s; that ends the connections of the pods that it replaces", andByHand(text, pods)), shell.RestartCommands(pods))
}

// Replace is [Restart] of one pod alone.
func Replace(c *check.Context, f *check.Finding, text say.Text, pod world.Pod) {
	if spoilt := SpoilsNewPods(c); len(spoilt) > 0 {
		f.Mend(notYet(spoilt), "")
		return
	}
	f.Mend(say.T("%s; that ends its connections", andByHand(text, []world.Pod{pod})), shell.ReplaceCommand(pod))
}

// andByHand goes on with what to do about pods that no controller makes again.
func andByHand(text say.Text, pods []world.Pod) say.Text {
	alone := slices.DeleteFunc(slices.Clone(pods), func(p world.Pod) bool { return p.Owner != "" })
	if len(alone) == 0 {
		return text
	}
	return say.T("%s; no controller makes %s again, so delete it and apply its manifest", text, words.JoinAtMost(world.NamesOf(alone), 3))
}

// notYet says why pods must not be restarted.
func notYet(spoilt []check.Finding) say.Text {
	var ids []string
	for _, x := range spoilt {
		if len(ids) == 0 || ids[len(ids)-1] != x.ID {
			ids = append(ids, x.ID)
		}
	}
	return say.T("mend %s first, and restart no pod before: a new one would fare worse, for %s", strings.Join(ids, ", "), spoilt[0].Reason)
}

// RestartCommands are commands with those that restart pods after them, unless a
// failure would spoil the new ones.
func RestartCommands(c *check.Context, before string, pods []world.Pod) string {
	if len(SpoilsNewPods(c)) > 0 {
		return before
	}
	return strings.Trim(before+"\n"+shell.RestartCommands(pods), "\n")
}
