package world

import "testing"

func TestTheTextOfAConfigurationIsKeptAroundWhatIsSet(t *testing.T) {
	t.Parallel()
	set := CNISettings{Env: map[string]string{EnvPodENI: "true"}}
	for _, c := range []struct{ name, before, after string }{
		{"nothing", "", `{"env":{"ENABLE_POD_ENI":"true"}}`},
		{"an empty object", "{}", `{"env":{"ENABLE_POD_ENI":"true"}}`},
		{"an empty environment", `{"env":{}}`, `{"env":{"ENABLE_POD_ENI":"true"}}`},
		{"no environment", `{"env":null}`, `{"env":{"ENABLE_POD_ENI":"true"}}`},
		{"what is set", `{ "env": {"ENABLE_POD_ENI":"true"} }`, `{ "env": {"ENABLE_POD_ENI":"true"} }`},
		{"JSON keeps the order of its members and how they are written",
			`{"resources":{"requests":{"cpu":"25m"}},"z":1e3,"env":{"WARM_ENI_TARGET":"2","ENABLE_POD_ENI":"false","A":"\u00e9"},"a":[1, 2]}`,
			`{"resources":{"requests":{"cpu":"25m"}},"z":1e3,"env":{"WARM_ENI_TARGET":"2","ENABLE_POD_ENI":"true","A":"\u00e9"},"a":[1, 2]}`},
		{"JSON over several lines", "{\n    \"env\": {\n        \"A\": \"1\"\n    }\n}", "{\n    \"env\": {\n        \"A\": \"1\",\n        \"ENABLE_POD_ENI\": \"true\"\n    }\n}"},
		{"YAML keeps its comments",
			"# of the platform team\nenableNetworkPolicy: \"true\" # since May\nenv:\n    # see TICKET-1\n    WARM_IP_TARGET: '3' # not 2\n    ENABLE_POD_ENI: \"false\" # not yet\n# the end\n",
			"# of the platform team\nenableNetworkPolicy: \"true\" # since May\nenv:\n    # see TICKET-1\n    WARM_IP_TARGET: '3' # not 2\n    ENABLE_POD_ENI: \"true\" # not yet\n# the end\n"},
		{"YAML without a last new line", "env:\n  A: \"1\"", "env:\n  A: \"1\"\n  ENABLE_POD_ENI: \"true\""},
		{"YAML with an anchor", "x: &shared\n  A: \"1\"\nenv: *shared\n", "x: &shared\n  A: \"1\"\nenv:\n  A: \"1\"\n  ENABLE_POD_ENI: \"true\"\n"},
		{"nothing but a comment", "# none yet\n", "# none yet\nenv:\n    ENABLE_POD_ENI: \"true\"\n"},
	} {
		after, err := MergeAddonValues(c.before, set)
		if err != nil || after != c.after {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, after, c.after)
		}
		if have := AddonSettings(after).Env[EnvPodENI]; have != "true" {
			t.Errorf("%s: read again, it is %q", c.name, have)
		}
	}
}
