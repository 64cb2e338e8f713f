package facts

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/world"
)

// labelFargate marks the pods that run on AWS Fargate.
const labelFargate = "eks.amazonaws.com/fargate-profile"

// credentialAgent is the variable by which the AWS SDKs find the agent of EKS Pod
// Identity; EKS sets it in the pods of associated service accounts.
const credentialAgent = "AWS_CONTAINER_CREDENTIALS_FULL_URI"

// Pod reduces a pod to what podsg looks at. It refers to none of the pod's
// memory that is large.
func Pod(p *corev1.Pod) world.Pod {
	facts := world.Pod{
		ObjectFacts:    Object(p),
		UID:            string(p.UID),
		Node:           p.Spec.NodeName,
		Phase:          string(p.Status.Phase),
		IP:             p.Status.PodIP,
		ServiceAccount: p.Spec.ServiceAccountName,
		HostNetwork:    p.Spec.HostNetwork,
		Fargate:        p.Labels[labelFargate] != "",
		Windows:        onWindows(&p.Spec),
		Terminating:    p.DeletionTimestamp != nil,
		RawENI:         p.Annotations[PodENI],
		ENILimitOn:     LimitIndex(&p.Spec),
		AffinityKeys:   affinityKeys(&p.Spec),
	}
	facts.Labels = maps.Clone(p.Labels)
	facts.CredentialAgent = hasEnv(&p.Spec, credentialAgent)
	facts.Ready, facts.Reason, facts.Message = podState(p)
	facts.ENIs, _ = ParsePodENI(facts.RawENI) // RawENI shows what cannot be read
	facts.ProbePorts, facts.ProbeKinds = Probes(&p.Spec)
	facts.NamedPorts = namedPorts(&p.Spec)
	if owner := metav1.GetControllerOf(p); owner != nil {
		facts.Owner = owner.Kind + "/" + owner.Name
	}
	if p.Spec.TerminationGracePeriodSeconds != nil {
		facts.GracePeriod = *p.Spec.TerminationGracePeriodSeconds
	}
	if len(p.Spec.Containers) > 0 {
		facts.ContainerName = p.Spec.Containers[0].Name
	}
	facts.InitContainer = waitsForInit(p)
	for _, s := range p.Status.ContainerStatuses {
		facts.RestartCount += int(s.RestartCount)
	}
	return facts
}

// waitsForInit is the init container that the containers of a pod wait for. A
// sidecar among them is not waited for once it has started.
func waitsForInit(p *corev1.Pod) string {
	for _, s := range p.Status.InitContainerStatuses {
		ended := s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
		if !ended && (s.Started == nil || !*s.Started || !isSidecar(&p.Spec, s.Name)) && (s.State.Running != nil || s.State.Terminated != nil || s.RestartCount > 0) {
			return s.Name
		}
	}
	return ""
}

func isSidecar(spec *corev1.PodSpec, name string) bool {
	return slices.ContainsFunc(spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == name && c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	})
}

// ParsePodENI reads the annotation vpc.amazonaws.com/pod-eni. The VPC resource
// controller and the VPC CNI spell its keys in different case.
func ParsePodENI(annotation string) ([]world.PodENI, error) {
	if annotation == "" {
		return nil, nil
	}
	var enis []world.PodENI
	if err := json.Unmarshal([]byte(annotation), &enis); err != nil {
		return nil, err
	}
	return enis, nil
}

// hasEnv reports whether any container has an environment variable.
func hasEnv(spec *corev1.PodSpec, name string) bool {
	for i := range spec.Containers {
		if slices.ContainsFunc(spec.Containers[i].Env, func(v corev1.EnvVar) bool { return v.Name == name }) {
			return true
		}
	}
	return false
}

func onWindows(spec *corev1.PodSpec) bool {
	return spec.OS != nil && spec.OS.Name == corev1.Windows || spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows)
}

// LimitIndex is the index of the first container with the branch ENI limit.
func LimitIndex(spec *corev1.PodSpec) int {
	return slices.IndexFunc(spec.Containers, func(c corev1.Container) bool {
		_, limited := c.Resources.Limits[PodENI]
		return limited
	})
}

// WantsBranchENI reports whether a pod has or waits for a branch ENI.
func WantsBranchENI(p *corev1.Pod) bool {
	return p.Annotations[PodENI] != "" || LimitIndex(&p.Spec) >= 0
}

// affinityKeys are the node labels that a pod requires of its node.
func affinityKeys(spec *corev1.PodSpec) []string {
	keys := slices.Collect(maps.Keys(spec.NodeSelector))
	if a := spec.Affinity; a != nil && a.NodeAffinity != nil && a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			for _, e := range term.MatchExpressions {
				keys = append(keys, e.Key)
			}
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Probes lists the TCP ports and the kinds of all probes. kubelet runs them for
// containers and for sidecars, which are init containers that are restarted.
func Probes(spec *corev1.PodSpec) (ports []int, kinds []string) {
	add := func(c *corev1.Container) {
		for _, p := range []*corev1.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			if p == nil {
				continue
			}
			kind, port := probe(c, p)
			kinds = append(kinds, kind)
			if port > 0 {
				ports = append(ports, port)
			}
		}
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if c := &spec.InitContainers[i]; c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			add(c)
		}
	}
	slices.Sort(ports)
	slices.Sort(kinds)
	return slices.Compact(ports), slices.Compact(kinds)
}

// probe is the kind of a probe as its field is called, and its port.
func probe(c *corev1.Container, p *corev1.Probe) (kind string, port int) {
	switch {
	case p.HTTPGet != nil:
		return "httpGet", portOf(c, p.HTTPGet.Port.IntValue(), p.HTTPGet.Port.StrVal)
	case p.TCPSocket != nil:
		return "tcpSocket", portOf(c, p.TCPSocket.Port.IntValue(), p.TCPSocket.Port.StrVal)
	case p.GRPC != nil:
		return "grpc", int(p.GRPC.Port)
	default:
		return "exec", 0
	}
}

// portOf is a port by number, or the number of a container's port by name.
func portOf(c *corev1.Container, number int, name string) int {
	if number > 0 {
		return number
	}
	for _, p := range c.Ports {
		if p.Name == name {
			return int(p.ContainerPort)
		}
	}
	return 0
}

// namedPorts are the ports of the containers that have a name, by which a Service
// may call them.
func namedPorts(spec *corev1.PodSpec) map[string]int {
	var out map[string]int
	for i := range spec.Containers {
		for _, p := range spec.Containers[i].Ports {
			if p.Name == "" {
				continue
			}
			if out == nil {
				out = map[string]int{}
			}
			out[p.Name] = int(p.ContainerPort)
		}
	}
	return out
}

// podState tells whether a pod is ready and, when it does not run, why.
func podState(p *corev1.Pod) (ready bool, reason, message string) {
	for _, c := range p.Status.Conditions {
		switch {
		case c.Type == corev1.PodReady:
			ready = c.Status == corev1.ConditionTrue
		case c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse:
			reason, message = c.Reason, c.Message
		}
	}
	if p.Status.Reason != "" { // Evicted, NodeLost
		return ready, p.Status.Reason, p.Status.Message
	}
	for _, s := range slices.Concat(p.Status.InitContainerStatuses, p.Status.ContainerStatuses) {
		switch {
		case s.State.Waiting != nil && s.State.Waiting.Reason != "PodInitializing":
			return ready, s.State.Waiting.Reason, s.State.Waiting.Message
		case s.State.Terminated != nil && s.State.Terminated.ExitCode != 0:
			return ready, s.State.Terminated.Reason, s.State.Terminated.Message
		}
	}
	return ready, reason, message
}

// KeepPod reduces a pod; it always keeps it.
func KeepPod(p *corev1.Pod) (world.Pod, bool) { return Pod(p), true }

// SortByAge puts the oldest first.
func SortByAge(pods []world.Pod) {
	slices.SortFunc(pods, func(a, b world.Pod) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Name, b.Name))
	})
}
