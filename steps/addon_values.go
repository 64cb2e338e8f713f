package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

var checkAddonValues = check{id: "D18", title: "Configuration of the add-on is valid"}

// notInSchema is what EKS says of a configuration value that the add-on's
// version does not know.
const notInSchema = "not defined in the schema"

// checkAddonConfiguration looks for what EKS refuses in the configuration of the
// CNI's add-on: an update fails with it, whatever else it is to change.
func checkAddonConfiguration(f *findings, a *Addon) {
	schema := "aws eks describe-addon-configuration --addon-name " + AddonVPCCNI + " --addon-version " + quote(a.Version) + " --query configurationSchema --output text"
	var refused []string
	for _, issue := range a.Issues {
		if strings.Contains(issue, notInSchema) {
			refused = append(refused, issue)
		}
	}
	if len(refused) > 0 {
		f.add(checkAddonValues, Fail, "this version of the add-on does not know a value that it was given").saw(refused...).on(AddonVPCCNI).
			mend("take the value out, or update the add-on to a version whose schema has it", schema)
		return
	}
	if _, err := editAddonValues(a.ConfigurationValues, func(_, _ map[string]any) {}); err != nil {
		f.add(checkAddonValues, Fail, "it cannot be read, so nothing can be added to it").saw(err.Error()).on(AddonVPCCNI).
			mend("correct it; the schema says what may be in it", schema)
		return
	}
	wrong, corrected := notText(a.ConfigurationValues)
	if len(wrong) == 0 {
		f.add(checkAddonValues, Pass, map[bool]string{true: "it has none", false: "every variable has a text as its value"}[strings.TrimSpace(a.ConfigurationValues) == ""])
		return
	}
	// EKS refuses such values. If the add-on is active, these came in before it did.
	status := Fail
	if a.Status == "ACTIVE" {
		status = Warn
	}
	f.add(checkAddonValues, status, `values of variables must be texts, such as "true" in quotation marks: EKS refuses the add-on's next update`).saw(wrong...).on(AddonVPCCNI).
		mend("put them in quotation marks", updateAddonCommand(f.t.Cluster.Name, corrected, a.ServiceAccountRole, "PRESERVE"))
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
	corrected, _ = editAddonValues(values, func(env, initEnv map[string]any) {
		quoteAll("env.", env)
		quoteAll("init.env.", initEnv)
	})
	return wrong, corrected
}

// enforcesPolicies reports whether an add-on's configuration lets the VPC CNI
// enforce network policies.
func enforcesPolicies(values string) bool {
	var set struct {
		On any `json:"enableNetworkPolicy"`
	}
	return yaml.Unmarshal([]byte(values), &set) == nil && isOn(fmt.Sprint(set.On))
}
