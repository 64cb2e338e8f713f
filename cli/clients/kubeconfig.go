package clients

import (
	"cmp"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"

	"podsg/cli/environment"
	"podsg/cli/practice"
)

// KubeconfigFiles are the kubeconfig files of a flag or, before it, of a practice
// world; without either those that kubectl finds.
func KubeconfigFiles(flag string, world environment.Variables) *clientcmd.ClientConfigLoadingRules {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	if list := cmp.Or(world.Get(practice.VariableKubeconfig), flag); list != "" {
		rules.Precedence = filepath.SplitList(list)
	}
	return rules
}
