package steps

import (
	"strings"
	"testing"

	"podsg/steps/check"
	"podsg/steps/intent"
	"podsg/steps/world"
)

func TestWhatEKSRefusesInTheConfigurationOfTheAddonIsNamed(t *testing.T) {
	t.Parallel()
	values := func(status, text string) func(*world.Snapshot) {
		return func(s *world.Snapshot) { s.Cloud.Addon.Status, s.Cloud.Addon.ConfigurationValues = status, text }
	}
	testBroken(t, "D18", map[string]broken{
		"none":                         {values("ACTIVE", ""), check.Pass, "has none"},
		"texts":                        {values("ACTIVE", `{"env":{"WARM_ENI_TARGET":"2"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`), check.Pass, ""},
		"other things than variables":  {values("ACTIVE", `{"enableNetworkPolicy":true,"livenessProbeTimeoutSeconds":10}`), check.Pass, ""},
		"a truth value":                {values("UPDATE_FAILED", `{"env":{"ENABLE_POD_ENI":true}}`), check.Fail, "env.ENABLE_POD_ENI is true"},
		"a number":                     {values("ACTIVE", `{"env":{"WARM_ENI_TARGET":2}}`), check.Warn, "env.WARM_ENI_TARGET is 2"},
		"one of the init container":    {values("DEGRADED", `{"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":true}}}`), check.Fail, "init.env.DISABLE_TCP_EARLY_DEMUX"},
		"what cannot be read":          {values("UPDATE_FAILED", `{"env":`), check.Fail, "cannot be read"},
		"variables that are no object": {values("UPDATE_FAILED", `{"env":"ENABLE_POD_ENI=true"}`), check.Fail, "not an object"},
		"a value that is not known": {func(s *world.Snapshot) {
			s.Cloud.Addon.Status = "UPDATE_FAILED"
			s.Cloud.Addon.Issues = []string{"InvalidParameterException: $.env.NO_SUCH: is not defined in the schema and the schema does not allow additional properties"}
		}, check.Fail, "NO_SUCH"},
		"another issue":           {func(s *world.Snapshot) { s.Cloud.Addon.Issues = []string{"InsufficientNumberOfReplicas"} }, check.Pass, ""},
		"a CNI without an add-on": {func(s *world.Snapshot) { s.Cloud.Addon = nil }, "", ""},
	})
}

func TestTheCorrectedConfigurationKeepsTheRest(t *testing.T) {
	t.Parallel()
	s := nodeSnapshot()
	s.Cloud.Addon.ConfigurationValues = `{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":true,"WARM_ENI_TARGET":"2"}}`
	s.Cloud.Addon.ServiceAccountRole = "arn:aws:iam::111122223333:role/cni"
	f := diagnosed(t, s, intent.Intent{})["D18"]
	for _, want := range []string{`'{"enableNetworkPolicy":"true","env":{"ENABLE_POD_ENI":"true","WARM_ENI_TARGET":"2"}}'`, "--service-account-role-arn arn:aws:iam::111122223333:role/cni", "--resolve-conflicts PRESERVE"} {
		if f.Fix == nil || !strings.Contains(f.Fix.Command, want) {
			t.Errorf("%+v lacks %s", f.Fix, want)
		}
	}
}
