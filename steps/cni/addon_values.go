package cni

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// notInSchema is what EKS says of a configuration value that the add-on's
// version does not know.
const notInSchema = "not defined in the schema"

// addonConfiguration looks for what EKS refuses in the configuration of the
// CNI's add-on: an update fails with it, whatever else it is to change.
func addonConfiguration(c *check.Context) {
	a := c.Cloud.Addon
	if _, missing := c.Missing(world.FactAddon); missing || a == nil {
		return // the check of its health says so
	}
	schema := shell.Command("aws eks describe-addon-configuration --addon-name %s --addon-version %s --query configurationSchema --output text", world.AddonVPCCNI, a.Version)
	var refused []string
	for _, issue := range a.Issues {
		if strings.Contains(issue, notInSchema) {
			refused = append(refused, issue)
		}
	}
	if len(refused) > 0 {
		c.Fail("this version of the add-on does not know a value that it was given").Saw(refused...).On(world.AddonVPCCNI).
			Mend(say.T("take the value out, or update the add-on to a version whose schema has it"), schema)
		return
	}
	if _, err := world.EditAddonValues(a.ConfigurationValues, func(_, _ map[string]any) {}); err != nil {
		c.Fail("it cannot be read, so nothing can be added to it").Saw(err.Error()).On(world.AddonVPCCNI).
			Mend(say.T("correct it; the schema says what may be in it"), schema)
		return
	}
	wrong, corrected := notText(a.ConfigurationValues)
	if len(wrong) == 0 {
		if strings.TrimSpace(a.ConfigurationValues) == "" {
			c.Pass("it has none")
			return
		}
		c.Pass("every variable has a text as its value")
		return
	}
	// EKS refuses such values. If the add-on is active, these came in before it did.
	status := check.Fail
	if a.Status == "ACTIVE" {
		status = check.Warn
	}
	c.Add(status, say.T(`values of variables must be texts, such as "true" in quotation marks: EKS refuses the add-on's next update`)).Saw(wrong...).On(world.AddonVPCCNI).
		Mend(say.T("put them in quotation marks"), updateAddonCommand(c.Target.Cluster.Name, corrected, a.ServiceAccountRole, "PRESERVE"))
}

// notText lists the variables in an add-on's configuration whose values are no
// texts, and gives the configuration with texts in their place.
func notText(values string) (wrong []string, corrected string) {
	quoteAll := func(where string, env map[string]any) {
		for _, k := range slices.Sorted(maps.Keys(env)) {
			if _, ok := env[k].(string); !ok {
				wrong = append(wrong, fmt.Sprintf("%s%s is %v", where, k, env[k]))
				env[k] = fmt.Sprint(env[k])
			}
		}
	}
	corrected, _ = world.EditAddonValues(values, func(env, initEnv map[string]any) {
		quoteAll("env.", env)
		quoteAll("init.env.", initEnv)
	})
	return wrong, corrected
}
