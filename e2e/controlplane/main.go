// Command controlplane is a real Kubernetes control plane in one binary: etcd,
// kube-apiserver, kube-controller-manager and kube-scheduler, and kwok, which
// plays the kubelets of its nodes. The first argument names the component; the
// rest are the component's own flags.
//
// It is a module of its own: what the components depend on stays out of podsg
// and its tests, and the binary need not be built again when those change.
package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) > 1 {
		if run, ok := components[os.Args[1]]; ok {
			// Components parse os.Args themselves: they must not see their name twice.
			os.Args = append([]string{os.Args[1]}, os.Args[2:]...)
			os.Exit(run())
		}
	}
	fmt.Fprintf(os.Stderr, "usage: controlplane COMPONENT [flags]\n\ncomponents: %s\n",
		strings.Join(slices.Sorted(maps.Keys(components)), ", "))
	os.Exit(2)
}
