package eks

import (
	"maps"
	"slices"

	"podsg/sandbox/cloud/internal/wire"
)

// AddonVersion is a version of an add-on that EKS offers.
type AddonVersion struct {
	Addon, Version string
	Clusters       []string // Kubernetes versions it is for
	Schema         Schema   // of its configuration values
}

func (v *AddonVersion) supports(kubernetes string) bool {
	return slices.Contains(v.Clusters, kubernetes)
}

// addonVersion finds a version; an empty one is the newest.
func (a *State) addonVersion(name, version string) *AddonVersion {
	for i := range a.versions {
		if v := &a.versions[i]; v.Addon == name && (version == "" || v.Version == version) {
			return v
		}
	}
	return nil
}

// OldVPCCNISchema is the schema of add-on versions before 1.12, which did not
// know POD_SECURITY_GROUP_ENFORCING_MODE yet.
func OldVPCCNISchema() Schema {
	s := vpcCNISchema()
	delete(s.Definitions["Env"].Properties, "POD_SECURITY_GROUP_ENFORCING_MODE")
	return s
}

var kubernetesVersions = []string{"1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36"}

// defaultAddonVersions are what EKS offers here, the newest of each first.
func defaultAddonVersions() []AddonVersion {
	return []AddonVersion{
		{"vpc-cni", "v1.23.2-eksbuild.1", kubernetesVersions, vpcCNISchema()},
		{"vpc-cni", "v1.22.1-eksbuild.1", kubernetesVersions, vpcCNISchema()},
		{"vpc-cni", "v1.20.4-eksbuild.2", kubernetesVersions, vpcCNISchema()},
		{"vpc-cni", "v1.11.4-eksbuild.1", kubernetesVersions[:1], OldVPCCNISchema()},
		{"coredns", "v1.13.2-eksbuild.1", kubernetesVersions, corednsSchema()},
		{"kube-proxy", "v1.36.1-eksbuild.2", kubernetesVersions, plainSchema("KubeProxy")},
		{"eks-pod-identity-agent", "v1.3.10-eksbuild.1", kubernetesVersions, plainSchema("PodIdentityAgent")},
	}
}

type addonVersionsInput struct {
	paging
	KubernetesVersion string `query:"kubernetesVersion" json:"-"`
	AddonName         string `query:"addonName" json:"-"`
}

type addonVersionsOutput struct {
	Addons    []addonInfoJSON `json:"addons"`
	NextToken *string         `json:"nextToken"`
}

type addonInfoJSON struct {
	Name      string             `json:"addonName"`
	Type      string             `json:"type"`
	Versions  []addonVersionJSON `json:"addonVersions"`
	Publisher string             `json:"publisher"`
	Owner     string             `json:"owner"`
}

type addonVersionJSON struct {
	Version         string              `json:"addonVersion"`
	Architecture    []string            `json:"architecture"`
	Compatibilities []compatibilityJSON `json:"compatibilities"`
}

type compatibilityJSON struct {
	ClusterVersion   string   `json:"clusterVersion"`
	PlatformVersions []string `json:"platformVersions"`
	DefaultVersion   bool     `json:"defaultVersion"`
}

func describeAddonVersions(a *State, _ wire.Caller, in *addonVersionsInput) (*addonVersionsOutput, error) {
	byName := map[string]*addonInfoJSON{}
	for _, v := range a.versions {
		if in.AddonName != "" && v.Addon != in.AddonName || in.KubernetesVersion != "" && !v.supports(in.KubernetesVersion) {
			continue
		}
		info := byName[v.Addon]
		if info == nil {
			info = &addonInfoJSON{Name: v.Addon, Type: "networking", Publisher: "eks", Owner: "aws"}
			byName[v.Addon] = info
		}
		x := addonVersionJSON{Version: v.Version, Architecture: []string{"amd64", "arm64"}}
		for _, k := range v.Clusters {
			if in.KubernetesVersion == "" || k == in.KubernetesVersion {
				x.Compatibilities = append(x.Compatibilities, compatibilityJSON{k, []string{"*"}, len(info.Versions) == 0})
			}
		}
		info.Versions = append(info.Versions, x)
	}
	var all []addonInfoJSON
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, *byName[name])
	}
	list, next, err := page(a, all, in.paging)
	return &addonVersionsOutput{list, next}, err
}
