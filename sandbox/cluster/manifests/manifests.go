// Package manifests has the objects that EKS puts into a new cluster.
package manifests

import (
	"embed"
	"io/fs"
	"strings"

	"podsg/sandbox/cluster/names"
)

// The objects that a new EKS cluster has, one file for each component.
//
//go:embed *.yaml
var manifests embed.FS

// Values are what differs between the clusters' manifests.
type Values struct {
	Cluster, Region, VPCID string
	Version                string // of Kubernetes
	CNIVersion             string // image tag of the VPC CNI
}

// Manifest is a component's objects, as YAML documents.
type Manifest struct {
	File      string
	Documents []string
}

// List has the objects that EKS puts into a new cluster, in the order of
// their creation: the add-ons, and what the VPC resource controller has there.
func List(v Values) ([]Manifest, error) {
	files, err := fs.Glob(manifests, "*.yaml")
	if err != nil {
		return nil, err
	}
	values := strings.NewReplacer(
		"REGISTRY", imageRegistry(v.Region),
		"EKS_CLUSTER_NAME", v.Cluster,
		"EKS_VPC_ID", v.VPCID,
		"KUBERNETES_VERSION", strings.SplitN(v.Version, "-", 2)[0],
		"VPC_CNI_VERSION", "VPC_CNI_VERSION", // a variable's name
		"CNI_VERSION", v.CNIVersion,
		"API_ADDRESS", names.KubernetesServiceIP,
	)
	var list []Manifest
	for _, file := range files {
		text, err := manifests.ReadFile(file)
		if err != nil {
			return nil, err
		}
		list = append(list, Manifest{File: file, Documents: strings.Split(values.Replace(string(text)), "\n---\n")})
	}
	return list, nil
}
