package lint

import (
	"cmp"
	"slices"

	"go.yaml.in/yaml/v3"

	"podsg/steps/world"
)

// Object is a Kubernetes object of a manifest.
type Object struct {
	APIVersion string   `yaml:"apiVersion"`
	Kind       string   `yaml:"kind"`
	Metadata   Metadata `yaml:"metadata"`

	File string `yaml:"-"`
	Line int    `yaml:"-"`
	node *yaml.Node
}

// Metadata is what is read of an object's metadata.
type Metadata struct {
	Name         string            `yaml:"name"`
	GenerateName string            `yaml:"generateName"`
	Namespace    string            `yaml:"namespace"`
	Labels       map[string]string `yaml:"labels"`
	Annotations  map[string]string `yaml:"annotations"`
}

// String names the object as kubectl does: Deployment shop/api.
func (o *Object) String() string {
	name := cmp.Or(o.Metadata.Name, o.Metadata.GenerateName)
	if o.Metadata.Namespace != "" {
		name = o.Metadata.Namespace + "/" + name
	}
	return o.Kind + " " + name
}

// Policy is a SecurityGroupPolicy.
type Policy struct {
	*Object
	Spec struct {
		PodSelector            *world.Selector `yaml:"podSelector"`
		ServiceAccountSelector *world.Selector `yaml:"serviceAccountSelector"`
		SecurityGroups         struct {
			GroupIDs []string `yaml:"groupIds"`
		} `yaml:"securityGroups"`
	}
}

// selects reports whether the policy selects the pods of a workload; accounts
// are the labels of the service accounts of its namespace. Whether one that is
// not among the files is selected is not known.
func (p *Policy) selects(w *Workload, accounts []*Object) (selected, known bool) {
	if p.Metadata.Namespace != w.Metadata.Namespace || p.Spec.PodSelector == nil && p.Spec.ServiceAccountSelector == nil {
		return false, true
	}
	if ok, err := p.Spec.PodSelector.Matches(w.Pod.Metadata.Labels); err != nil || !ok {
		return false, true
	}
	if p.Spec.ServiceAccountSelector == nil {
		return true, true
	}
	i := slices.IndexFunc(accounts, func(a *Object) bool {
		return a.Metadata.Namespace == w.Metadata.Namespace && a.Metadata.Name == cmp.Or(w.Pod.Spec.ServiceAccountName, "default")
	})
	if i < 0 {
		return false, false
	}
	ok, err := p.Spec.ServiceAccountSelector.Matches(accounts[i].Metadata.Labels)
	return err == nil && ok, true
}

// unreadable reports whether a selector of the policy cannot be read.
func (p *Policy) unreadable() bool {
	_, pods := p.Spec.PodSelector.Matches(nil)
	_, accounts := p.Spec.ServiceAccountSelector.Matches(nil)
	return pods != nil || accounts != nil
}

// Workload is an object that has pods, or is one.
type Workload struct {
	*Object
	Pod  Template
	node *yaml.Node // of the pod or its template
}

// Template is what is read of a pod or its template.
type Template struct {
	Metadata Metadata `yaml:"metadata"`
	Spec     struct {
		ServiceAccountName string            `yaml:"serviceAccountName"`
		HostNetwork        bool              `yaml:"hostNetwork"`
		NodeSelector       map[string]string `yaml:"nodeSelector"`
		OS                 struct {
			Name string `yaml:"name"`
		} `yaml:"os"`
		Affinity   yaml.Node   `yaml:"affinity"`
		Containers []Container `yaml:"containers"`
	} `yaml:"spec"`
}

// Container is what is read of a container.
type Container struct {
	Name           string `yaml:"name"`
	LivenessProbe  *Probe `yaml:"livenessProbe"`
	ReadinessProbe *Probe `yaml:"readinessProbe"`
	StartupProbe   *Probe `yaml:"startupProbe"`
}

// Probe is what is read of a probe: whether kubelet connects to the pod for it.
type Probe struct {
	HTTPGet   *yaml.Node `yaml:"httpGet"`
	TCPSocket *yaml.Node `yaml:"tcpSocket"`
	GRPC      *yaml.Node `yaml:"grpc"`
}

func (p *Probe) connects() bool {
	return p != nil && (p.HTTPGet != nil || p.TCPSocket != nil || p.GRPC != nil)
}

// probed reports whether kubelet connects to the pod.
func (t *Template) probed() bool {
	return slices.ContainsFunc(t.Spec.Containers, func(c Container) bool {
		return c.LivenessProbe.connects() || c.ReadinessProbe.connects() || c.StartupProbe.connects()
	})
}

// NetworkPolicy is what is read of a NetworkPolicy.
type NetworkPolicy struct {
	*Object
	Spec struct {
		PodSelector world.Selector `yaml:"podSelector"`
		PolicyTypes []string       `yaml:"policyTypes"`
		Egress      []struct {
			Ports []struct {
				Protocol string    `yaml:"protocol"`
				Port     yaml.Node `yaml:"port"`
				EndPort  int       `yaml:"endPort"`
			} `yaml:"ports"`
		} `yaml:"egress"`
	}
}

// workloadOf reads the pod of a workload; nil: the object has none.
func workloadOf(o *Object) (*Workload, error) {
	node := o.node
	if o.Kind != "Pod" {
		for _, path := range [][]string{{"spec", "template"}, {"spec", "jobTemplate", "spec", "template"}} {
			if node = field(o.node, path...); node != nil {
				break
			}
		}
	}
	if node == nil || field(node, "spec", "containers") == nil {
		return nil, nil
	}
	w := &Workload{Object: o, node: node}
	return w, node.Decode(&w.Pod)
}

// field is the value at a path of keys; nil: there is none.
func field(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		if n == nil || n.Kind != yaml.MappingNode {
			return nil
		}
		i := 0
		for i < len(n.Content) && n.Content[i].Value != key {
			i += 2
		}
		if i >= len(n.Content) {
			return nil
		}
		n = n.Content[i+1]
	}
	return n
}

// line is where a field of an object stands, or the object where it has none.
func (o *Object) line(path ...string) int {
	if n := field(o.node, path...); n != nil {
		return n.Line
	}
	return o.Line
}
