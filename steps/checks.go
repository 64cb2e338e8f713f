package steps

import (
	"slices"

	"podsg/steps/check"
	"podsg/steps/controller"
	"podsg/steps/database"
	"podsg/steps/proof"
)

// Checks lists every check that [Check] can report, in the order of the
// procedure. Which of them are reported depends on the snapshot.
func Checks() []check.CheckInfo {
	legacy := map[check.StepID][]check.CheckInfo{}
	for _, s := range []struct {
		step   check.StepID
		checks []check.Check
	}{
		{check.StepDatabase, []check.Check{database.CheckDBThere, database.CheckDBVPC, database.CheckDBPublic, database.CheckDBTLS}},
		{check.StepSecret, []check.Check{database.CheckSecretMatches, database.CheckMasterPassword}},
		{check.StepTestPods, slices.Concat([]check.Check{proof.CheckOldAffinity}, controller.AllocationChecks, []check.Check{
			proof.CheckPodGroups, proof.CheckOnBranch, proof.CheckIPv6, proof.CheckGrace,
			proof.CheckNameFound, proof.CheckAnswers, proof.CheckOwnPort, proof.CheckListens, proof.CheckStarted, proof.CheckFreeSlots, proof.CheckTrusted, proof.CheckKnowsSCRAM, proof.CheckLogin, proof.CheckNamesExist,
		})},
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
