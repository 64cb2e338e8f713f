package kube

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// kubeconfig is the merged content of the kubeconfig files.
type kubeconfig struct {
	api   *clientcmdapi.Config
	files []string
}

// loadKubeconfig merges the files of a list; empty means the files that kubectl
// would read. Files that do not exist are left out, unless the list names none
// that does.
func loadKubeconfig(list string) (kubeconfig, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if list != "" {
		rules = &clientcmd.ClientConfigLoadingRules{Precedence: filepath.SplitList(list)}
		if err := oneExists(rules.Precedence); err != nil {
			return kubeconfig{}, &world.Problem{
				Kind: world.ProblemUsage, Doing: "read kubeconfig", Object: list, Err: err,
				Hint: "Check the path that --kubeconfig names.",
			}
		}
	}
	config, err := rules.Load()
	if err != nil {
		return kubeconfig{}, &world.Problem{
			Kind: world.ProblemUsage, Doing: "read kubeconfig", Object: strings.Join(rules.Precedence, string(filepath.ListSeparator)),
			Err: err, Command: "kubectl config view",
		}
	}
	return kubeconfig{config, rules.Precedence}, nil
}

func oneExists(files []string) error {
	var failed error
	for _, file := range files {
		_, err := os.Stat(file)
		if err == nil {
			return nil
		}
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		failed = err
	}
	return failed
}

// contextFor returns the name of the context to use for a cluster: the wanted
// one, else the current one or the first by name that points at the cluster.
// It is empty when none does.
func (k kubeconfig) contextFor(cluster world.Cluster, s Settings) (string, error) {
	if s.Context != "" {
		return s.Context, k.checkWanted(cluster, s)
	}
	if k.pointsAt(k.api.CurrentContext, cluster) {
		return k.api.CurrentContext, nil
	}
	for _, name := range slices.Sorted(maps.Keys(k.api.Contexts)) {
		if k.pointsAt(name, cluster) {
			return name, nil
		}
	}
	return "", nil
}

// checkWanted refuses a context that does not exist or is of another cluster.
func (k kubeconfig) checkWanted(cluster world.Cluster, s Settings) error {
	name := s.Context
	names := slices.Sorted(maps.Keys(k.api.Contexts))
	if !slices.Contains(names, name) {
		return &world.Problem{
			Kind: world.ProblemUsage, Doing: "use kubeconfig context", Object: name,
			Err:     fmt.Errorf("there is no such context; there are: %s", cmp.Or(strings.Join(names, ", "), "none")),
			Hint:    "Leave --context out, and podsg takes the context that points at the cluster.",
			Command: "kubectl config get-contexts",
		}
	}
	if k.pointsAt(name, cluster) {
		return nil
	}
	return &world.Problem{
		Kind: world.ProblemUsage, Doing: "use kubeconfig context", Object: name,
		Err: fmt.Errorf("it points at %s, but the endpoint of cluster %q is %s",
			cmp.Or(k.cluster(name).Server, "no server"), cluster.Name, cluster.Endpoint),
		Hint:    "Leave --context out, or choose the cluster that the context belongs to.",
		Command: s.aws(shell.Command("aws eks update-kubeconfig --name %s", cluster.Name)),
	}
}

// cluster returns a context's cluster entry, which may be empty.
func (k kubeconfig) cluster(context string) clientcmdapi.Cluster {
	if c := k.api.Contexts[context]; c != nil {
		if entry := k.api.Clusters[c.Cluster]; entry != nil {
			return *entry
		}
	}
	return clientcmdapi.Cluster{}
}

// pointsAt reports whether a context leads to the cluster's API server: by the
// host of its URL or, through a tunnel, by the name that its certificate must
// have.
func (k kubeconfig) pointsAt(context string, cluster world.Cluster) bool {
	endpoint := hostPort(cluster.Endpoint)
	if endpoint == "" {
		return false
	}
	entry := k.cluster(context)
	if hostPort(entry.Server) == endpoint {
		return true
	}
	host, _, _ := net.SplitHostPort(endpoint)
	return entry.TLSServerName != "" && strings.EqualFold(entry.TLSServerName, host)
}

// hostPort is the address of a URL, in lower case and always with a port.
func hostPort(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(port, "443"))
}

// restConfig is the client configuration of a context.
func (k kubeconfig) restConfig(context string) (*rest.Config, error) {
	overrides := &clientcmd.ConfigOverrides{CurrentContext: context}
	config, err := clientcmd.NewDefaultClientConfig(*k.api, overrides).ClientConfig()
	if err != nil {
		return nil, &world.Problem{
			Kind: world.ProblemUsage, Doing: "use kubeconfig context", Object: context, Err: err,
			Command: shell.Command("kubectl config view --minify --context %s", context),
		}
	}
	return config, nil
}
