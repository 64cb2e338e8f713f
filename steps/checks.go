package steps

import (
	"podsg/steps/check"
	"podsg/steps/cni"
)

// Checks lists every check that [Check] can report, in the order of the
// procedure. Which of them are reported depends on the snapshot.
func Checks() []check.CheckInfo {
	legacy := map[check.StepID][]check.CheckInfo{}
	for _, s := range []struct {
		step   check.StepID
		checks []check.Check
	}{
		{check.StepCNI, []check.Check{
			cni.CheckPodENI, cni.CheckRollout, cni.CheckCNIAccess, cni.CheckAddon, cni.CheckAddonValues, cni.CheckManaged, cni.CheckModes, cni.CheckLocal,
			cni.CheckPodIdentity, cni.CheckLocalServices, cni.CheckProxyMode, cni.CheckNetworkPolicies, cni.CheckInternet, cni.CheckElsewhere, cni.CheckCoolDown,
		}},
	} {
		for _, c := range s.checks {
			legacy[s.step] = append(legacy[s.step], check.CheckInfo{ID: c.ID, Title: c.Title, Step: s.step, Doc: c.Doc()})
		}
	}
	var out []check.CheckInfo
	for _, step := range Procedure() {
		for _, c := range step.Checks {
			out = append(out, c.Info())
		}
		if len(step.Checks) == 0 {
			out = append(out, legacy[step.ID]...)
		}
	}
	return out
}
