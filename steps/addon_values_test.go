package steps

import (
	"strings"
	"testing"
)

func TestWhatEKSRefusesInTheConfigurationOfTheAddonIsNamed(t *testing.T) {
	t.Parallel()
	values := func(status, text string) func(*Snapshot) {
		return func(s *Snapshot) { s.Cloud.Addon.Status, s.Cloud.Addon.ConfigurationValues = status, text }
	}
	testBroken(t, "D18", map[string]broken{
		"none":                         {values("ACTIVE", ""), Pass, "has none"},
		"texts":                        {values("ACTIVE", `{"env":{"WARM_ENI_TARGET":"2"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`), Pass, ""},
		"other things than variables":  {values("ACTIVE", `{"enableNetworkPolicy":true,"livenessProbeTimeoutSeconds":10}`), Pass, ""},
		"a truth value":                {values("UPDATE_FAILED", `{"env":{"ENABLE_POD_ENI":true}}`), Fail, "env.ENABLE_POD_ENI is true"},
		"a number":                     {values("ACTIVE", `{"env":{"WARM_ENI_TARGET":2}}`), Warn, "env.WARM_ENI_TARGET is 2"},
		"one of the init container":    {values("DEGRADED", `{"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":true}}}`), Fail, "init.env.DISABLE_TCP_EARLY_DEMUX"},
		"what cannot be read":          {values("UPDATE_FAILED", `{"env":`), Fail, "cannot be read"},
		"variables that are no object": {values("UPDATE_FAILED", `{"env":"ENABLE_POD_ENI=true"}`), Fail, "not an object"},
		"a value that is not known": {func(s *Snapshot) {
			s.Cloud.Addon.Status = "UPDATE_FAILED"
			s.Cloud.Addon.Issues = []string{"InvalidParameterException: $.env.NO_SUCH: is not defined in the schema and the schema does not allow additional properties"}
		}, Fail, "NO_SUCH"},
		"another issue":           {func(s *Snapshot) { s.Cloud.Addon.Issues = []string{"InsufficientNumberOfReplicas"} }, Pass, ""},
		"a CNI without an add-on": {func(s *Snapshot) { s.Cloud.Addon = nil }, "", ""},
	})
}

func TestTheCorrectedConfigurationKeepsTheRest(t *testing.T) {
	t.Parallel()
	s := nodeSnapshot()
	s.Cloud.Addon.ConfigurationValues = `{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":true,"WARM_ENI_TARGET":"2"}}`
	s.Cloud.Addon.ServiceAccountRole = "arn:aws:iam::111122223333:role/cni"
	f := diagnosed(t, s, Intent{})["D18"]
	for _, want := range []string{`'{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":"true","WARM_ENI_TARGET":"2"}}'`, "--service-account-role-arn arn:aws:iam::111122223333:role/cni", "--resolve-conflicts PRESERVE"} {
		if f.Fix == nil || !strings.Contains(f.Fix.Command, want) {
			t.Errorf("%+v lacks %s", f.Fix, want)
		}
	}
}
