package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// breakages lists the broken worlds in the order of the procedure.
func breakages() []breakage {
	return slices.Concat(brokenRoles(), brokenNodes(), brokenCNI(), brokenPolicies(), brokenPods(), brokenNetwork(), brokenDatabases())
}

// All lists the practice worlds: first those in which nothing is broken.
func All() []Scenario {
	list := whole()
	for _, b := range breakages() {
		list = append(list, b.scenario())
	}
	for i := range list {
		list[i].complete()
	}
	return list
}

// Find is the practice world of a name; "" is [Default].
func Find(name string) (Scenario, error) {
	name = cmp.Or(name, Default)
	var names []string
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	return Scenario{}, fmt.Errorf("there is no practice world %q; there are: %s", name, strings.Join(names, ", "))
}
