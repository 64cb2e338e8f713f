package explain

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"podsg/steps/world"
)

// Pod is what decides about a pod's security groups.
type Pod struct {
	workload                  string // of a manifest: Deployment web
	Namespace, serviceAccount string
	labels                    map[string]string
	hostNetwork, windows      bool
}

// exempt says why no policy applies to the pod, whatever it selects; empty:
// policies do.
func (p Pod) exempt() string {
	switch {
	case p.hostNetwork:
		return "a pod of the host network has the node's security groups; policies do not apply to it"
	case p.windows:
		return "a pod on a Windows node has the node's security groups; policies do not apply to it"
	}
	return ""
}

// Pods reads the descriptions from flags or from a manifest. read reads
// the file.
func Pods(labelText, account, file string, read func(name string) ([]byte, error)) ([]Pod, error) {
	if file == "" {
		if labelText == "" && account == "" {
			return nil, world.Usage("--labels app=web, --service-account NAME, or -f FILE", "describe the pod")
		}
		set, err := labels.ConvertSelectorToLabelsMap(labelText)
		if err != nil {
			return nil, world.Usage("write them as --labels app=web,tier=front; a name and a value have letters, digits, -, _ and .",
				"--labels: %q is no list of labels", labelText)
		}
		return []Pod{{labels: set, serviceAccount: cmp.Or(account, "default")}}, nil
	}
	data, err := read(file)
	if err == nil {
		var pods []Pod
		if pods, err = podsOfManifest(data); err == nil {
			for i := range pods {
				pods[i].serviceAccount = cmp.Or(account, pods[i].serviceAccount)
			}
			return pods, nil
		}
	}
	return nil, &world.Problem{Kind: world.ProblemUsage, Doing: "read manifest", Object: file, Err: err}
}

// manifestPod is the part of a Pod, or of a workload with a pod template, that
// matters here.
type manifestPod struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name         string            `json:"name"`
		GenerateName string            `json:"generateName"`
		Namespace    string            `json:"namespace"`
		Labels       map[string]string `json:"labels"`
	} `json:"metadata"`
	Spec struct {
		ServiceAccountName string            `json:"serviceAccountName"`
		HostNetwork        bool              `json:"hostNetwork"`
		NodeSelector       map[string]string `json:"nodeSelector"`
		OS                 struct {
			Name string `json:"name"`
		} `json:"os"`
		Template    *manifestPod `json:"template"`
		JobTemplate *manifestPod `json:"jobTemplate"`
	} `json:"spec"`
	Items []manifestPod `json:"items"`
}

// podsOfManifest are the pods and workloads of a manifest: of every document,
// and of every list in one. Objects of other kinds are passed over.
func podsOfManifest(data []byte) ([]Pod, error) {
	documents := yamlutil.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var out []Pod
	var others []string
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var m manifestPod
		if err == nil {
			err = yaml.Unmarshal(document, &m)
		}
		if err != nil {
			return nil, fmt.Errorf("it is not YAML of Kubernetes objects: %w", err)
		}
		pods, passed := m.pods()
		out, others = append(out, pods...), append(others, passed...)
	}
	switch {
	case len(out) > 0:
		return out, nil
	case len(others) > 0:
		return nil, fmt.Errorf("no object in it has a pod template: %s", strings.Join(others, ", "))
	default:
		return nil, errors.New("it holds no object")
	}
}

// pods are the descriptions of an object or of a list's objects, and the kinds
// of those that have no pod.
func (m *manifestPod) pods() (out []Pod, others []string) {
	if strings.HasSuffix(m.Kind, "List") {
		for _, item := range m.Items {
			pods, passed := item.pods()
			out, others = append(out, pods...), append(others, passed...)
		}
		return out, others
	}
	pod := m
	if pod.Spec.JobTemplate != nil {
		pod = pod.Spec.JobTemplate
	}
	if pod.Spec.Template != nil {
		pod = pod.Spec.Template
	}
	switch {
	case m.Kind == "Pod" || pod != m:
	case m.Kind == "":
		return nil, nil // a document without content
	default:
		return nil, []string{m.Kind}
	}
	const osLabel, windows = "kubernetes.io/os", "windows"
	return []Pod{{
		workload:  strings.TrimSpace(m.Kind + " " + cmp.Or(m.Metadata.Name, m.Metadata.GenerateName)),
		Namespace: m.Metadata.Namespace, labels: pod.Metadata.Labels, serviceAccount: cmp.Or(pod.Spec.ServiceAccountName, "default"),
		hostNetwork: pod.Spec.HostNetwork, windows: pod.Spec.NodeSelector[osLabel] == windows || pod.Spec.OS.Name == windows,
	}}, nil
}
