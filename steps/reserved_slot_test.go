package steps

import (
	"testing"

	"podsg/steps/check"
	"podsg/steps/world"
)

func TestNodesThatKeepAnInterfaceForATrunkTheyCannotHaveAreNamed(t *testing.T) {
	t.Parallel()
	with := func(version, kind string) func(*world.Snapshot) {
		return func(s *world.Snapshot) {
			s.Kube.CNI.Version = version
			s.Kube.Nodes = append(s.Kube.Nodes, world.Node{Name: "node-2", InstanceID: "i-2", InstanceType: kind, Ready: true, MaxPods: 17})
		}
	}
	testBroken(t, "D34", map[string]broken{
		"a release that keeps one everywhere": {with("v1.20.3", "t3.medium"), check.Warn, "node-2 (t3.medium): up to 17 pods"},
		"the first that looks at the type":    {with("v1.20.4", "t3.medium"), check.Pass, "1 node"},
		"types that all can":                  {with("v1.20.3", "m5.large"), "", ""},
		"a type that is not in the table":     {with("v1.20.3", "m99.large"), "", ""},
		"a version that cannot be read":       {with("latest", "t3.medium"), "", ""},
		"the feature is off":                  {also(with("v1.20.3", "t3.medium"), func(s *world.Snapshot) { s.Kube.CNI.Env[world.EnvPodENI] = "false" }), "", ""},
		"a Windows node":                      {also(with("v1.20.3", "t3.medium"), func(s *world.Snapshot) { s.Kube.Nodes[1].OS = "windows" }), "", ""},
		"no EC2 instance":                     {also(with("v1.20.3", "t3.medium"), func(s *world.Snapshot) { s.Kube.Nodes[1].InstanceID = "" }), "", ""},
	})
}
