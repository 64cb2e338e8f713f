package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/follow"
	"podsg/steps/world"
)

func TestAVPCCNIThatMayNotAskForATrunkIsNamed(t *testing.T) {
	t.Parallel()
	denied := func(s *world.Snapshot) { s.Kube.Settings.CNIPatchesNodes = false }
	testBroken(t, "D21", map[string]broken{
		"it may":                         {func(*world.Snapshot) {}, check.Pass, "allows"},
		"it may not, and no node asked":  {func(s *world.Snapshot) { denied(s); s.Kube.Nodes[0].Features = nil }, check.Fail, "no node can ask"},
		"it may not, and all have asked": {denied, check.Warn, "1 node"},
		"a role of another name":         {func(s *world.Snapshot) { denied(s); s.Kube.Settings.CNIRole = false }, check.Skip, "another name"},
		"no role, and no node asked": {func(s *world.Snapshot) {
			denied(s)
			s.Kube.Settings.CNIRole, s.Kube.Nodes[0].Features = false, nil
		}, check.Fail, "no node can ask"},
		"there is no node to ask for":     {func(s *world.Snapshot) { denied(s); s.Kube.Nodes = nil }, check.Fail, ""},
		"a release that sets a label":     {func(s *world.Snapshot) { denied(s); s.Kube.CNI.Version = "v1.14.1" }, "", ""},
		"a version that cannot be read":   {func(s *world.Snapshot) { denied(s); s.Kube.CNI.Version = "latest" }, check.Warn, ""},
		"a role that could not be read":   {func(s *world.Snapshot) { s.AddGap(world.FactSettings, follow.ErrNoSuchPod) }, check.Skip, "not observed"},
		"no VPC CNI, which others report": {func(s *world.Snapshot) { denied(s); s.Kube.CNI = nil }, "", ""},
	})
}
