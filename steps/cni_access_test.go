package steps

import "testing"

func TestAVPCCNIThatMayNotAskForATrunkIsNamed(t *testing.T) {
	t.Parallel()
	denied := func(s *Snapshot) { s.Kube.Settings.CNIPatchesNodes = false }
	testBroken(t, "D21", map[string]broken{
		"it may":                         {func(*Snapshot) {}, Pass, "allows"},
		"it may not, and no node asked":  {func(s *Snapshot) { denied(s); s.Kube.Nodes[0].Features = nil }, Fail, "no node can ask"},
		"it may not, and all have asked": {denied, Warn, "1 node"},
		"a role of another name":         {func(s *Snapshot) { denied(s); s.Kube.Settings.CNIRole = false }, Skip, "another name"},
		"no role, and no node asked": {func(s *Snapshot) {
			denied(s)
			s.Kube.Settings.CNIRole, s.Kube.Nodes[0].Features = false, nil
		}, Fail, "no node can ask"},
		"there is no node to ask for":     {func(s *Snapshot) { denied(s); s.Kube.Nodes = nil }, Fail, ""},
		"a release that sets a label":     {func(s *Snapshot) { denied(s); s.Kube.CNI.Version = "v1.14.1" }, "", ""},
		"a version that cannot be read":   {func(s *Snapshot) { denied(s); s.Kube.CNI.Version = "latest" }, Warn, ""},
		"a role that could not be read":   {func(s *Snapshot) { s.AddGap(FactSettings, errNoSuchPod) }, Skip, "not observed"},
		"no VPC CNI, which others report": {func(s *Snapshot) { denied(s); s.Kube.CNI = nil }, "", ""},
	})
}
