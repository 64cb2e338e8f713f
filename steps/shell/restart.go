package shell

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/world"
)

// RestartCommand is the command that replaces a pod by a new one. Nothing makes
// a pod again that has no controller: of it the command shows the manifest, which
// has to be applied again after the pod was deleted.
func RestartCommand(p world.Pod) string {
	kind, name, _ := strings.Cut(p.Owner, "/")
	switch kind {
	case "ReplicaSet":
		if deployment, of := strings.CutSuffix(name, "-"+p.Labels["pod-template-hash"]); of {
			return Command("kubectl -n %s rollout restart deployment/%s", p.Namespace, deployment)
		}
	case "StatefulSet", "DaemonSet":
		return Command("kubectl -n %s rollout restart %s/%s", p.Namespace, strings.ToLower(kind), name)
	}
	return ReplaceCommand(p)
}

// ReplaceCommand is the command that replaces a pod alone, through whatever
// owns it.
func ReplaceCommand(p world.Pod) string {
	if p.Owner == "" {
		return Command("kubectl -n %s get pod %s -o yaml", p.Namespace, p.Name)
	}
	return Command("kubectl -n %s delete pod %s", p.Namespace, p.Name)
}

// manyCommands is how many commands a fix has at most.
const manyCommands = 20

// RestartCommands replace pods by new ones through whatever owns them, and
// nothing else.
func RestartCommands(pods []world.Pod) string {
	var out []string
	for _, p := range pods {
		if c := RestartCommand(p); !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	slices.Sort(out)
	if more := len(out) - manyCommands; more > 0 {
		out = append(out[:manyCommands], fmt.Sprintf("# and %d more", more))
	}
	return strings.Join(out, "\n")
}
