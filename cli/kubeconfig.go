package cli

import (
	"cmp"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
)

// kubeconfigFiles are the kubeconfig files of a flag or, before it, of a practice
// world; without either those that kubectl finds.
func kubeconfigFiles(flag string, world environment) *clientcmd.ClientConfigLoadingRules {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if list := cmp.Or(world.get(variableKubeconfig), flag); list != "" {
		rules.Precedence = filepath.SplitList(list)
	}
	return rules
}
