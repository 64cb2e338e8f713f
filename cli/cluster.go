package cli

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"

	"podsg/cli/clients"
	"podsg/steps/world"
)

// settleCluster chooses the cluster where none is answered: the only one there
// is, or the one that the current kubeconfig context points at.
func (s *session) settleCluster(ctx context.Context) error {
	if s.intent.Cluster != "" {
		return nil
	}
	names, err := s.Cloud.Clusters(ctx)
	if err != nil {
		return err
	}
	switch len(names) {
	case 0:
		return &world.Problem{
			Kind: world.ProblemNotFound, Doing: "find a cluster", Err: errNoCluster,
			Hint: "choose another region with --region, or another account with --profile",
		}
	case 1:
		s.choose(names[0], "the only one of the region")
		return nil
	}
	if name := s.currentCluster(ctx, names, clients.KubeconfigFiles(s.options.kubeconfig, s.world)); name != "" {
		s.choose(name, "the current kubeconfig context")
		return nil
	}
	return world.RefusedAnswer("cluster", "there are: "+strings.Join(names, ", "), "which cluster? name it with --cluster (answers: cluster)")
}

func (s *session) choose(cluster, why string) {
	s.intent.Cluster = cluster
	s.sources["cluster"] = why
	s.out.Say("cluster %s: %s", cluster, why)
}

// currentCluster is the cluster whose endpoint the current context has. Those
// whose name the context mentions are asked first: there it is one call.
func (s *session) currentCluster(ctx context.Context, names []string, rules *clientcmd.ClientConfigLoadingRules) string {
	config, err := rules.Load()
	if err != nil {
		return "" // whoever connects says what is wrong with it
	}
	current, ok := config.Contexts[config.CurrentContext]
	if !ok || config.Clusters[current.Cluster] == nil {
		return ""
	}
	server := hostOf(config.Clusters[current.Cluster].Server)
	mention := config.CurrentContext + " " + current.Cluster
	slices.SortStableFunc(names, func(a, b string) int {
		inA, inB := strings.Contains(mention, a), strings.Contains(mention, b)
		switch {
		case inA == inB:
			return len(b) - len(a) // workshop-2 before workshop
		case inA:
			return -1
		default:
			return 1
		}
	})
	for _, name := range names[:min(len(names), clusterGuesses)] {
		if c, err := s.Cloud.Cluster(ctx, name); err == nil && server != "" && hostOf(c.Endpoint) == server {
			return name
		}
	}
	return ""
}

// clusterGuesses bounds how many clusters are described to find the current one.
const clusterGuesses = 10

func hostOf(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

var errNoCluster = errors.New("the region has no EKS cluster")
