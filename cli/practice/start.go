package practice

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"podsg/cli/console"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Start starts a practice world, or says which there are.
func Start(ctx context.Context, worlds Worlds, o Options) (World, error) {
	scenarios, err := Scenarios(worlds)
	if err != nil {
		return nil, err
	}
	if o.Speed <= 0 {
		return nil, world.Usage("1 is as in life, 60 makes a minute of a second", "--sandbox-speed %g is impossible", o.Speed)
	}
	if _, ok := Find(worlds, o.Scenario); !ok {
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
			there += ", and " + console.Counted(broken, "broken one", "broken ones")
		}
		return nil, world.Usage("podsg sandbox --list describes them", "there is no practice world %q; there are: %s", o.Scenario, there)
	}
	world, err := worlds.Start(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start practice world %q: %w", o.Scenario, err)
	}
	return world, nil
}

// Scenarios are the practice worlds that there are.
func Scenarios(worlds Worlds) ([]Scenario, error) {
	if worlds == nil {
		return nil, world.Usage("", "this podsg was built without practice worlds")
	}
	return worlds.Scenarios(), nil
}

// Find is the practice world of a name.
func Find(worlds Worlds, name string) (Scenario, bool) {
	all := worlds.Scenarios()
	i := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		return Scenario{}, false
	}
	return all[i], true
}

// Names are the names of the practice worlds with their titles, as a
// shell completes them.
func Names(worlds Worlds) (out []string) {
	if worlds != nil {
		for _, s := range worlds.Scenarios() {
			out = append(out, s.Name+"\t"+s.Title)
		}
	}
	return out
}

// Exports are the lines that a shell takes over a world's variables by.
func Exports(world World) string {
	var b strings.Builder
	for _, v := range world.Environment() {
		fmt.Fprintf(&b, "export %s=%s\n", v.Name, shell.Quote(v.Value))
	}
	return b.String() + "ready\n"
}
