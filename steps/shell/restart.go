package shell

import (
	"fmt"
	"slices"
	"strings"

	"podsg/steps/world"
)

// RestartCommand is the command that replaces a pod by a new one. Nothing makes
// a pod again that has no controller, so for it there is only a remark.
func RestartCommand(p world.Pod) string {
	kind, name, _ := strings.Cut(p.Owner, "/")
	switch kind {
	case "ReplicaSet":
		if deployment, of := strings.CutSuffix(name, "-"+p.Labels["pod-template-hash"]); of {
			return fmt.Sprintf("kubectl -n %s rollout restart deployment/%s", Quote(p.Namespace), Quote(deployment))
		}
	case "StatefulSet", "DaemonSet":
		return fmt.Sprintf("kubectl -n %s rollout restart %s/%s", Quote(p.Namespace), strings.ToLower(kind), Quote(name))
	}
	return ReplaceCommand(p)
}

// ReplaceCommand is the command that replaces a pod alone, through whatever
// owns it.
func ReplaceCommand(p world.Pod) string {
	if p.Owner == "" {
		return fmt.Sprintf("# no controller makes pod %s of namespace %s again: delete it and apply its manifest", p.Name, p.Namespace)
	}
	return fmt.Sprintf("kubectl -n %s delete pod %s", Quote(p.Namespace), Quote(p.Name))
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
