package drift

import (
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"podsg/steps/cni"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/render"
	"podsg/steps/world"
)

// instead are the lines to put into the source of a tool in place of a change;
// empty: none are known.
func instead(tool string, c plan.Change) string {
	if tool == world.ToolTerraform {
		switch c.Action.(type) {
		case cni.ConfigureAddon, cni.PatchDaemonSet, iam.AttachPolicy, network.AddRule:
			return render.TerraformResources(c)
		}
	}
	switch a := c.Action.(type) {
	case cni.ConfigureAddon:
		return addonLines(tool, a)
	case cni.PatchDaemonSet:
		if tool == world.ToolHelm {
			return lines(values(a.Settings)) // of the chart aws-vpc-cni
		}
		return lines(daemonSetPatch(a.Settings))
	case iam.AttachPolicy:
		switch tool {
		case world.ToolEksctl:
			return lines(object{"iam": object{"vpcResourceControllerPolicy": true}})
		case world.ToolCloudFormation:
			return lines(object{"Type": "AWS::IAM::Role", "Properties": object{"ManagedPolicyArns": []any{a.PolicyARN}}})
		}
	case network.AddRule:
		if tool == world.ToolEksctl || tool == world.ToolCloudFormation {
			return lines(stackRule(a))
		}
	case policy.ApplyPolicy:
		var groups []string
		for _, g := range a.Groups {
			groups = append(groups, reference(g))
		}
		return a.Manifest(groups).YAML()
	}
	return ""
}

type object = map[string]any

// lines are an object in YAML.
func lines(o object) string {
	text, err := yaml.Marshal(o)
	if err != nil {
		return ""
	}
	return string(text)
}

// values are settings of the VPC CNI as its Helm chart and its EKS add-on take them.
func values(set world.CNISettings) object {
	out := object{}
	if len(set.Env) > 0 {
		out["env"] = set.Env
	}
	if len(set.InitEnv) > 0 {
		out["init"] = object{"env": set.InitEnv}
	}
	return out
}

func addonLines(tool string, a cni.ConfigureAddon) string {
	text, err := world.MergeAddonValues(a.Current, a.Settings)
	if err != nil {
		return ""
	}
	switch tool {
	case world.ToolEksctl:
		return lines(object{"addons": []any{object{"name": world.AddonVPCCNI, "configurationValues": text}}})
	case world.ToolCloudFormation:
		return lines(object{"Type": "AWS::EKS::Addon", "Properties": object{"ConfigurationValues": text}})
	default:
		return text
	}
}

// daemonSetPatch is a strategic merge patch, as kustomize and Flux take it.
func daemonSetPatch(set world.CNISettings) object {
	container := func(name string, env map[string]string) []any {
		var list []any
		for _, k := range sortedKeys(env) {
			list = append(list, object{"name": k, "value": env[k]})
		}
		return []any{object{"name": name, "env": list}}
	}
	pod := object{}
	if len(set.Env) > 0 {
		pod["containers"] = container("aws-node", set.Env)
	}
	if len(set.InitEnv) > 0 {
		pod["initContainers"] = container("aws-vpc-cni-init", set.InitEnv)
	}
	return object{
		"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": object{"name": world.DaemonSetCNI, "namespace": "kube-system"},
		"spec": object{"template": object{"spec": pod}},
	}
}

// stackRule is a rule as a resource of a CloudFormation stack.
func stackRule(a network.AddRule) object {
	kind, peer := "AWS::EC2::SecurityGroupIngress", "SourceSecurityGroupId"
	if a.Direction == world.Egress {
		kind, peer = "AWS::EC2::SecurityGroupEgress", "DestinationSecurityGroupId"
	}
	return object{"Type": kind, "Properties": object{
		"GroupId": reference(a.Group), peer: reference(a.Peer), "IpProtocol": a.Protocol, "FromPort": a.Port, "ToPort": a.Port,
	}}
}

// reference is a security group's id, or its name where it has none yet.
func reference(ref intent.Ref) string {
	if ref.ID != "" {
		return ref.ID
	}
	return strings.TrimSpace(ref.Name)
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
