package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"podsg/steps"
)

// startWorld starts a practice world, or says which there are.
func startWorld(ctx context.Context, worlds Practice, o WorldOptions) (World, error) {
	scenarios, err := scenariosOf(worlds)
	if err != nil {
		return nil, err
	}
	if o.Speed <= 0 {
		return nil, steps.Usage("1 is as in life, 60 makes a minute of a second", "--sandbox-speed %g is impossible", o.Speed)
	}
	if _, ok := findScenario(worlds, o.Scenario); !ok {
		var names []string
		broken := 0
		for _, s := range scenarios {
			if s.Check != "" {
				broken++
			} else {
				names = append(names, s.Name)
			}
		}
		there := strings.Join(names, ", ")
		if broken > 0 {
			there += ", and " + counted(broken, "broken one", "broken ones")
		}
		return nil, steps.Usage("podsg sandbox --list describes them", "there is no practice world %q; there are: %s", o.Scenario, there)
	}
	world, err := worlds.Start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start practice world %q: %w", o.Scenario, err)
	}
	return world, nil
}

// scenariosOf are the practice worlds that there are.
func scenariosOf(worlds Practice) ([]Scenario, error) {
	if worlds == nil {
		return nil, steps.Usage("", "this podsg was built without practice worlds")
	}
	return worlds.Scenarios(), nil
}

// findScenario is the practice world of a name.
func findScenario(worlds Practice, name string) (Scenario, bool) {
	all := worlds.Scenarios()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}

// scenarioNames are the names of the practice worlds with their titles, as a
// shell completes them.
func scenarioNames(worlds Practice) (out []string) {
	if worlds != nil {
		for _, s := range worlds.Scenarios() {
			out = append(out, s.Name+"\t"+s.Title)
		}
	}
	return out
}

// exportsOf are the lines that a shell takes over a world's variables by.
func exportsOf(world World) string {
	var b strings.Builder
	for _, v := range world.Environment() {
		fmt.Fprintf(&b, "export %s=%s\n", v.Name, shellQuote(v.Value))
	}
	return b.String() + "ready\n"
}
