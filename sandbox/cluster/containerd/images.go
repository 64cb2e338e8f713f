package containerd

import (
	"path"
	"regexp"
	"strings"

	"podsg/sandbox/cluster/names"
)

// An Image is one that a node has pulled.
type Image struct {
	Name    string // fully qualified, such as docker.io/library/postgres:17-alpine
	Size    int64  // bytes, compressed
	program program
}

// eksImages are the images of EKS' own add-ons, whose programs are simulated
// by this package, by repository.
var eksImages = map[string]Image{
	"amazon-k8s-cni":           {Size: 47_731_020, program: runAWSNode},
	"amazon-k8s-cni-init":      {Size: 63_119_872, program: runCNIInit},
	"aws-network-policy-agent": {Size: 45_902_337, program: runNodeAgent},
	"coredns":                  {Size: 22_930_637, program: runCoreDNS},
	"kube-proxy":               {Size: 32_401_193, program: runKubeProxy},
}

// eksRegistry is where an EKS node pulls the add-ons' images from.
var eksRegistry = regexp.MustCompile(`^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/`)

// The compressed size of other images, roughly.
const (
	postgresSize = 105_433_210
	smallSize    = 4_858_733
)

// FindImage looks an image up in its registry. The error reads as containerd
// words it.
func (c *Runtime) FindImage(ref string) (Image, error) {
	if _, err := c.shells.Pull(ref); err != nil {
		return Image{}, err
	}
	name := Qualify(ref)
	repo := repository(name)
	if known, ok := eksImages[path.Base(repo)]; ok && eksRegistry.MatchString(repo) {
		known.Name = name
		return known, nil
	}
	if path.Base(repo) == "postgres" {
		return Image{Name: name, Size: postgresSize}, nil
	}
	return Image{Name: name, Size: smallSize}, nil
}

// Qualify completes a short image reference as Docker Hub's names are.
func Qualify(ref string) string {
	first, _, found := strings.Cut(ref, "/")
	switch {
	case !found:
		ref = "docker.io/library/" + ref
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		ref = "docker.io/" + ref
	}
	if !strings.Contains(ref, "@") && strings.LastIndex(ref, ":") < strings.LastIndex(ref, "/") {
		ref += ":latest"
	}
	return ref
}

// repository is a qualified reference without its tag or digest.
func repository(name string) string {
	name, _, _ = strings.Cut(name, "@")
	if i := strings.LastIndex(name, ":"); i > strings.LastIndex(name, "/") {
		return name[:i]
	}
	return name
}

// ImageID is how a pod's status names the image; the digest is made from the
// name.
func (i Image) ImageID() string { return repository(i.Name) + "@sha256:" + names.Hex(i.Name, 64) }
