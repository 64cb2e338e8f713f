package world

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Owner is a tool that makes an object from a source of its own. What anybody else
// changes in the object is drift to it, which it reports, or undoes at its next run.
type Owner struct {
	Tool string `json:"tool"`
	Name string `json:"name,omitempty"` // of the release, application or stack; empty: the marks do not say
}

// String is the owner as a sentence names it: "Helm (release aws-vpc-cni)".
func (o Owner) String() string {
	if o.Name == "" {
		return o.Tool
	}
	return o.Tool + " (" + cmp.Or(ownerNouns[o.Tool], "name") + " " + o.Name + ")"
}

// The tools that leave marks on what they make.
const (
	ToolArgoCD         = "Argo CD"
	ToolFlux           = "Flux"
	ToolHelm           = "Helm"
	ToolTerraform      = "Terraform"
	ToolPulumi         = "Pulumi"
	ToolEksctl         = "eksctl"
	ToolCloudFormation = "CloudFormation"
	ToolKustomize      = "kustomize"
)

var ownerNouns = map[string]string{
	ToolArgoCD: "application", ToolFlux: "source", ToolHelm: "release", ToolEksctl: "cluster", ToolCloudFormation: "stack",
}

// Marks are what an object carries by which its owner is known: labels,
// annotations and field managers in Kubernetes, tags in AWS.
type Marks struct {
	Labels, Annotations map[string]string
	Managers            []string
	Tags                map[string]string
}

// OwnerOf recognises the tool that makes an object; nil: none is known to. Of
// several the one that drives the others counts: Argo CD and Flux render charts of
// Helm, and eksctl writes stacks of CloudFormation.
//
// https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
// https://fluxcd.io/flux/components/kustomize/kustomizations/
// https://helm.sh/docs/howto/charts_tips_and_tricks/
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
func OwnerOf(m Marks) *Owner {
	for _, mark := range []func(Marks) (Owner, bool){argoCD, flux, helm, terraform, pulumi, eksctl, cloudFormation, kustomize} {
		if owner, made := mark(m); made {
			return &owner
		}
	}
	return nil
}

func argoCD(m Marks) (Owner, bool) {
	// APPLICATION:GROUP/KIND:NAMESPACE/NAME
	if id := m.Annotations["argocd.argoproj.io/tracking-id"]; id != "" {
		name, _, _ := strings.Cut(id, ":")
		return Owner{ToolArgoCD, name}, true
	}
	name := cmp.Or(m.Labels["argocd.argoproj.io/instance"], m.Annotations["argocd.argoproj.io/instance"])
	return Owner{ToolArgoCD, name}, name != "" || managed(m, "argocd-controller", "argocd-application-controller")
}

func flux(m Marks) (Owner, bool) {
	for _, kind := range []string{"helm.toolkit.fluxcd.io", "kustomize.toolkit.fluxcd.io"} {
		if name := m.Labels[kind+"/name"]; name != "" {
			if ns := m.Labels[kind+"/namespace"]; ns != "" {
				name = ns + "/" + name
			}
			return Owner{ToolFlux, name}, true
		}
	}
	return Owner{Tool: ToolFlux}, managed(m, "kustomize-controller", "helm-controller")
}

// helm is known by its annotation: the label alone is in charts that others render.
func helm(m Marks) (Owner, bool) {
	name := m.Annotations["meta.helm.sh/release-name"]
	if ns := m.Annotations["meta.helm.sh/release-namespace"]; name != "" && ns != "" {
		name = ns + "/" + name
	}
	return Owner{ToolHelm, name}, name != ""
}

// terraform is known by its provider's field manager in Kubernetes. In AWS it
// leaves no mark of its own: people tag what it makes.
func terraform(m Marks) (Owner, bool) {
	if managed(m, "Terraform", "HashiCorp") {
		return Owner{Tool: ToolTerraform}, true
	}
	return Owner{Tool: ToolTerraform}, tagged(m.Tags, "terraform", "opentofu") || tagged(m.Labels, "terraform", "opentofu")
}

func pulumi(m Marks) (Owner, bool) {
	by := slices.ContainsFunc(m.Managers, func(name string) bool { return strings.HasPrefix(name, "pulumi-") })
	return Owner{Tool: ToolPulumi}, by || m.Labels[LabelManagedBy] == "pulumi" || tagged(m.Tags, "pulumi")
}

func eksctl(m Marks) (Owner, bool) {
	cluster := cmp.Or(m.Tags["alpha.eksctl.io/cluster-name"], m.Tags["eksctl.cluster.k8s.io/v1alpha1/cluster-name"])
	return Owner{ToolEksctl, cluster}, cluster != "" || managed(m, "eksctl")
}

func cloudFormation(m Marks) (Owner, bool) {
	stack := m.Tags["aws:cloudformation:stack-name"]
	return Owner{ToolCloudFormation, stack}, stack != ""
}

// kustomize leaves marks only where a kustomization asks for them (buildMetadata).
func kustomize(m Marks) (Owner, bool) {
	_, origin := m.Annotations["config.kubernetes.io/origin"]
	return Owner{Tool: ToolKustomize}, origin || strings.HasPrefix(m.Labels[LabelManagedBy], "kustomize")
}

// managed reports whether one of these field managers has set a field.
func managed(m Marks, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(m.Managers, name) })
}

// ownerTags are the keys, in lower case and without what joins their words, of the
// tags by which people say what makes an object.
var ownerTags = []string{"managedby", "provisionedby", "provisioner", "createdby", "createdwith", "deployedby", "iac", "iactool", "tool", "appkubernetesiomanagedby"}

// tagged reports whether tags name one of some tools: Terraform=true, managed-by=terraform.
func tagged(tags map[string]string, tools ...string) bool {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		plain := strings.Map(func(r rune) rune {
			if strings.ContainsRune("-_:./ ", r) {
				return -1
			}
			return r
		}, strings.ToLower(key))
		value := strings.ToLower(tags[key])
		for _, tool := range tools {
			if plain == tool && value != "" && value != "false" && value != "no" || slices.Contains(ownerTags, plain) && strings.Contains(value, tool) {
				return true
			}
		}
	}
	return false
}
