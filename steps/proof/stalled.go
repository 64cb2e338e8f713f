package proof

import (
	"cmp"
	"regexp"
	"strings"
	"time"

	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// soonReady is how long a pod may take to get ready before that is a trouble,
// unless it says itself what is wrong.
const soonReady = 90 * time.Second

// Stall is why a pod does not run, or runs and is not ready, and what helps.
type Stall struct {
	Reason  say.Text
	Fix     say.Text
	Command string
	Known   bool // the pod or an event says why
}

var (
	missingObject = regexp.MustCompile(`(secret|configmap) "([^"]+)" not found`)
	missingKey    = regexp.MustCompile(`couldn't find key (\S+) in (Secret|ConfigMap) (\S+)`)
)

// StallOf says why a pod does not run as it should. Each reason has a fix of its
// own.
func StallOf(s *world.Snapshot, p world.Pod) (Stall, bool) {
	if p.Ended() || p.Phase == "Running" && p.Ready {
		return Stall{}, false
	}
	describe := shell.Command("kubectl -n %s describe pod %s", p.Namespace, p.Name)
	logs := shell.Command("kubectl -n %s logs %s", p.Namespace, p.Name)
	said := p.Message
	volumes := s.EventsOf(p, "FailedMount", "FailedAttachVolume")
	if len(volumes) > 0 && !missingObject.MatchString(said) {
		said = strings.TrimSpace(said + " " + volumes[0].Message)
	}
	if x, ok := missing(p, said); ok {
		return x, true
	}
	switch {
	case p.Node == "" && !p.Fargate:
		return Stall{say.T("it waits for a node: %s", cmp.Or(p.Message, p.Reason, "Pending")), say.T("see what the scheduler says: labels, taints, CPU and memory, volumes, or branch ENIs (D61)"), describe, true}, true
	case p.Fargate && p.Phase == "Pending":
		return Stall{
			say.T("it runs on Fargate and is Pending: %s", cmp.Or(p.Message, p.Reason, "no reason is given")),
			say.T("a Fargate pod needs the cluster's security group, to reach the control plane and CoreDNS: name it in the policy too (D08), then replace the pod"), describe, p.Message != "",
		}, true
	case strings.HasSuffix(p.Reason, "ImagePull"), strings.HasPrefix(p.Reason, "ImagePull"), p.Reason == "InvalidImageName", p.Reason == "ErrImageNeverPull", p.Reason == "RegistryUnavailable":
		return Stall{say.T("its image cannot be pulled (%s)", p.Reason), say.T("correct the image's name or tag, or let the node in at the registry: the kubelet pulls, with the node's role and security groups, not with the pod's"), describe, true}, true
	case p.Reason == "FailedMount" || len(volumes) > 0 && p.Phase == "Pending":
		return Stall{say.T("a volume cannot be mounted: %s", said), say.T("see the volume and its claim"), shell.Command("kubectl -n %s get pvc", p.Namespace) + "\n" + describe, true}, true
	case p.InitContainer != "":
		return Stall{
			say.T("it waits for its init container %s (%s)", p.InitContainer, cmp.Or(p.Reason, "running")),
			say.T("read the log of the init container: the others start when it has ended well"), logs + " -c " + shell.Quote(p.InitContainer), p.Reason != "",
		}, true
	case p.Reason == "CrashLoopBackOff", p.Reason == "Error", p.Reason == "OOMKilled", p.Reason == "RunContainerError", p.Reason == "StartError", p.Reason == "ContainerCannotRun":
		return Stall{say.T("a container ends again and again (%s)", p.Reason), say.T("read what it said last"), logs + " --all-containers --previous --tail=60", true}, true
	case p.Reason == "CreateContainerConfigError", p.Reason == "CreateContainerError":
		return Stall{say.T("its container cannot be made: %s", cmp.Or(p.Message, p.Reason)), say.T("correct what the message names in the pod template"), describe, true}, true
	case p.Phase == "Running":
		why := ""
		for _, e := range s.EventsOf(p, "Unhealthy") {
			why = e.Message
			break
		}
		if why != "" {
			return Stall{say.T("it runs and is not ready: %s", why), say.T("see why the probe fails: the program itself, or the way of the kubelet to it (D22, D23)"), describe, true}, true
		}
		return Stall{say.T("it runs and is not ready"), say.T("see its probes and conditions"), describe, false}, true
	case len(p.ENIs) > 0 && len(s.EventsOf(p, "FailedCreatePodSandBox")) > 0:
		return Stall{
			say.T("it has a branch ENI, and the VPC CNI cannot plug it in: %s", s.EventsOf(p, "FailedCreatePodSandBox")[0].Message),
			say.T("a few such warnings are normal until the annotation is there; if they go on for a minute, restart aws-node on %s, which leaves running pods alone", p.Node),
			shell.Command("kubectl -n kube-system delete pod -l k8s-app=aws-node --field-selector spec.nodeName=%s", p.Node), false,
		}, true
	default:
		return Stall{say.T("it is %s (%s)", p.Phase, cmp.Or(p.Reason, "no reason is given")), say.T("see its events"), describe, false}, true
	}
}

// missing is a stall by a Secret, a ConfigMap, or a key of one that is not there.
func missing(p world.Pod, said string) (Stall, bool) {
	namespace := p.Namespace
	if m := missingKey.FindStringSubmatch(said); m != nil {
		name := m[3][strings.LastIndex(m[3], "/")+1:]
		return Stall{
			say.T("%s %s has no key %s, which its container asks for", m[2], name, m[1]),
			say.T("add the key, or correct its name in the pod template; the pod goes on by itself"), shell.Command("kubectl -n %s describe %s %s", namespace, strings.ToLower(m[2]), name), true,
		}, true
	}
	if m := missingObject.FindStringSubmatch(said); m != nil {
		kind := map[string]string{"secret": "Secret", "configmap": "ConfigMap"}[m[1]]
		return Stall{
			say.T("%s %s, which it asks for, does not exist in namespace %s", kind, m[2], p.Namespace),
			say.T("make it, or correct its name in the pod template; the pod goes on by itself"), shell.Command("kubectl -n %s get %ss", namespace, m[1]), true,
		}, true
	}
	return Stall{}, false
}
