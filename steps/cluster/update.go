package cluster

import (
	"podsg/steps/shell"
	"podsg/steps/world"
)

// UpdateVersionCommand brings the CNI's add-on to another version. It names the
// role that the add-on has, as [cni.updateAddonCommand] does.
func UpdateVersionCommand(s *world.Snapshot) string {
	command := "aws eks update-addon --cluster-name " + shell.Quote(s.Cloud.Cluster.Name) + " --addon-name " + world.AddonVPCCNI + " --addon-version VERSION --resolve-conflicts PRESERVE"
	if addon := s.Cloud.Addon; addon != nil && addon.ServiceAccountRole != "" {
		command += " --service-account-role-arn " + shell.Quote(addon.ServiceAccountRole)
	}
	return command + " --region " + s.Cloud.Identity.Region
}
