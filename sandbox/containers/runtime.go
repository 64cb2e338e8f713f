package containers

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"strings"
)

// Image is what a container runtime knows of a pulled image.
type Image struct {
	Entrypoint []string // run when the container sets no command
	Cmd        []string // the entrypoint's arguments when the container sets none
	Env        map[string]string

	programs programSet
}

// programSet lists the programs of an image.
type programSet map[string]bool

// ImageError is an image that cannot be pulled. Its text is containerd's; the kubelet's
// ErrImagePull and ImagePullBackOff messages quote it.
type ImageError struct {
	Image string
}

func (e *ImageError) Error() string {
	reference := fullReference(e.Image)
	return fmt.Sprintf("rpc error: code = NotFound desc = failed to pull and unpack image %q: "+
		"failed to resolve reference %q: %s: not found", reference, reference, reference)
}

// Runtime starts containers from images.
type Runtime struct {
	images []knownImage
}

// NewRuntime returns a runtime that knows the images of the practice world: postgres, busybox,
// alpine, nginx, pause, those of the EKS add-ons, and an application, registry.example.com/shop.
func NewRuntime() *Runtime { return &Runtime{images: knownImages()} }

// Pull returns an image, or an *ImageError.
func (r *Runtime) Pull(name string) (Image, error) {
	reference := fullReference(name)
	repository, tag := splitTag(reference)
	for _, known := range r.images {
		if known.repository.MatchString(repository) && (known.tag == nil || known.tag.MatchString(tag)) {
			return known.image(tag), nil
		}
	}
	return Image{}, &ImageError{Image: name}
}

// Start runs a container from an image. The image supplies the command and the environment
// where spec has none, and limits the programs that exist.
func (r *Runtime) Start(ctx context.Context, image string, spec Spec) (*Process, error) {
	i, err := r.Pull(image)
	if err != nil {
		return nil, err
	}
	if len(spec.Command) == 0 {
		spec.Command = i.Entrypoint
		if len(spec.Args) == 0 {
			spec.Args = i.Cmd
		}
	}
	env := map[string]string{}
	maps.Copy(env, i.Env)
	maps.Copy(env, spec.Env)
	spec.Env, spec.programs = env, i.programs
	return Start(ctx, spec)
}

// fullReference completes an image name with Docker Hub's registry and the tag latest.
func fullReference(name string) string {
	first, _, hasPath := strings.Cut(name, "/")
	switch {
	case !hasPath:
		name = "docker.io/library/" + name
	case !strings.ContainsAny(first, ".:") && first != "localhost":
		name = "docker.io/" + name
	}
	if !strings.Contains(name[strings.LastIndex(name, "/"):], ":") && !strings.Contains(name, "@") {
		name += ":latest"
	}
	return name
}

func splitTag(reference string) (repository, tag string) {
	reference, _, _ = strings.Cut(reference, "@")
	if i := strings.LastIndex(reference, ":"); i > strings.LastIndex(reference, "/") {
		return reference[:i], reference[i+1:]
	}
	return reference, ""
}

// knownImage matches the references of an image.
type knownImage struct {
	repository *regexp.Regexp
	tag        *regexp.Regexp // nil: any
	image      func(tag string) Image
}

const library = `^(public\.ecr\.aws/docker/library|docker\.io/library)/`

// eks is the registry of the EKS add-ons, one in each region, and its public twin.
const eks = `^(\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?|public\.ecr\.aws)/(eks/|eks-distro/)?(.*/)?`

var (
	unixPrograms = []string{
		"sh", "cat", "rm", "ls", "date", "env", "printenv", "hostname", "sleep", "timeout", "grep", "head", "tail",
		"tr", "true", "false", "echo", "printf", "test", "pwd", "getent",
	}
	busyboxPrograms  = []string{"ash", "nc", "nslookup"}
	postgresPrograms = []string{"psql", "pg_isready", "bash", "docker-entrypoint.sh"}
)

func programs(groups ...[]string) programSet {
	set := programSet{}
	for _, group := range groups {
		for _, name := range group {
			set[name] = true
		}
	}
	return set
}

func knownImages() []knownImage {
	idle := func(program string, more ...[]string) func(string) Image {
		return func(string) Image {
			return Image{Entrypoint: []string{program}, programs: programs(append(more, []string{program})...)}
		}
	}
	postgresVersion := regexp.MustCompile(`^(1[3-8](\.\d+)?)(-alpine[\d.]*|-bookworm|-bullseye|-trixie)?$|^(latest|alpine|bookworm|trixie)$`)
	return []knownImage{
		{regexp.MustCompile(library + `postgres$`), postgresVersion, func(tag string) Image {
			set := programs(unixPrograms, postgresPrograms)
			if strings.Contains(tag, "alpine") {
				set = programs(unixPrograms, postgresPrograms, busyboxPrograms)
			}
			version := "17.5"
			if found := postgresVersion.FindStringSubmatch(tag); found[1] != "" {
				version = found[1]
			}
			return Image{
				Entrypoint: []string{"docker-entrypoint.sh"}, Cmd: []string{"postgres"},
				Env: map[string]string{"PG_VERSION": version}, programs: set,
			}
		}},
		{regexp.MustCompile(library + `(busybox|alpine)$`), nil, func(string) Image {
			// A shell without a script and a terminal ends at once.
			return Image{Entrypoint: []string{"sh"}, programs: programs(unixPrograms, busyboxPrograms)}
		}},
		{regexp.MustCompile(`^registry\.example\.com/shop$`), nil, idle("shop", unixPrograms)},
		{regexp.MustCompile(`^public\.ecr\.aws/eks/aws-load-balancer-controller$`), nil, idle("controller")},
		{regexp.MustCompile(library + `nginx$`), nil, idle("nginx", unixPrograms)},
		{regexp.MustCompile(`^registry\.k8s\.io/pause$`), nil, idle("pause")},
		{regexp.MustCompile(eks + `pause$`), nil, idle("pause")},
		{regexp.MustCompile(eks + `coredns$|^registry\.k8s\.io/coredns/coredns$`), nil, idle("coredns")},
		{regexp.MustCompile(`^registry\.k8s\.io/dns/k8s-dns-node-cache$`), nil, idle("node-cache")},
		{regexp.MustCompile(eks + `kube-proxy$`), nil, idle("kube-proxy")},
		{regexp.MustCompile(eks + `amazon-k8s-cni$`), nil, idle("aws-node")},
		{regexp.MustCompile(eks + `aws-network-policy-agent$`), nil, idle("aws-eks-nodeagent")},
		{regexp.MustCompile(eks + `eks-pod-identity-agent$`), nil, idle("eks-pod-identity")},
		{regexp.MustCompile(eks + `amazon-k8s-cni-init$`), nil, func(string) Image {
			return Image{Entrypoint: []string{"true"}, programs: programs(unixPrograms)}
		}},
	}
}
