package lint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"podsg/steps/world"
)

// Manifests are the objects of some files.
type Manifests struct {
	Policies  []*Policy
	Workloads []*Workload
	Accounts  []*Object
	Networks  []*NetworkPolicy
	Objects   int // of all kinds

	order map[string]int // of the files
}

// most is how large a file may be, in bytes: what kubectl applies is far smaller.
const most = 64 << 20

// Read reads the manifests of files and folders; - is standard input. In folders
// only files whose names end in .yaml, .yml or .json are looked at. read reads a
// file.
func Read(paths []string, read func(name string) ([]byte, error)) (*Manifests, error) {
	files, err := expand(paths)
	if err != nil {
		return nil, err
	}
	m := &Manifests{order: map[string]int{}}
	for i, file := range files {
		m.order[file] = i
		data, err := read(file)
		if err == nil && len(data) > most {
			err = fmt.Errorf("it has %d bytes, more than manifests have", len(data))
		}
		if err == nil {
			err = m.add(file, data)
		}
		if err != nil {
			return nil, &world.Problem{Kind: world.ProblemUsage, Doing: "read manifest", Object: file, Err: err, Hint: hint(data)}
		}
	}
	if m.Objects == 0 {
		return nil, world.Usage("name files of Kubernetes objects, or a folder that has some", "no object in %s", strings.Join(paths, ", "))
	}
	return m, nil
}

// hint is what to do about a file that is no YAML.
func hint(data []byte) string {
	if bytes.Contains(data, []byte("{{")) {
		return "it looks like a template of Helm: helm template CHART | podsg lint -"
	}
	return "podsg reads what kubectl apply reads; of kustomize: kubectl kustomize FOLDER | podsg lint -"
}

// expand are the files that paths name.
func expand(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		if path == "-" {
			out = append(out, path)
			continue
		}
		err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			ext := strings.ToLower(filepath.Ext(name))
			if !entry.IsDir() && (name == path || ext == ".yaml" || ext == ".yml" || ext == ".json") {
				out = append(out, name)
			}
			return nil
		})
		if err != nil {
			return nil, &world.Problem{Kind: world.ProblemUsage, Doing: "read manifest", Object: path, Err: err}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// add adds every object of every document of a file.
func (m *Manifests) add(file string, data []byte) error {
	documents := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document yaml.Node
		err := documents.Decode(&document)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is not YAML of Kubernetes objects: %w", err)
		}
		if len(document.Content) == 0 {
			continue
		}
		if err := m.addObject(file, document.Content[0]); err != nil {
			return err
		}
	}
}

// addObject adds an object, or those of a list.
func (m *Manifests) addObject(file string, n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
			return nil // a document of comments
		}
		return fmt.Errorf("line %d: it is no Kubernetes object", n.Line)
	}
	o := &Object{File: file, Line: n.Line, node: n}
	if err := n.Decode(o); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	if o.Kind == "" {
		return nil // a values file, say
	}
	if items := field(n, "items"); strings.HasSuffix(o.Kind, "List") && items != nil {
		for _, item := range items.Content {
			if err := m.addObject(file, item); err != nil {
				return err
			}
		}
		return nil
	}
	m.Objects++
	return m.sort(o)
}

// sort puts an object with those of its kind.
func (m *Manifests) sort(o *Object) error {
	var err error
	switch {
	case o.Kind == "SecurityGroupPolicy":
		p := &Policy{Object: o}
		err = decodeSpec(o, &p.Spec)
		m.Policies = append(m.Policies, p)
	case o.Kind == "ServiceAccount":
		m.Accounts = append(m.Accounts, o)
	case o.Kind == "NetworkPolicy" && strings.HasPrefix(o.APIVersion, "networking.k8s.io/"):
		p := &NetworkPolicy{Object: o}
		err = decodeSpec(o, &p.Spec)
		m.Networks = append(m.Networks, p)
	default:
		var w *Workload
		if w, err = workloadOf(o); w != nil {
			m.Workloads = append(m.Workloads, w)
		}
	}
	if err != nil {
		return fmt.Errorf("%s in line %d: %w", o, o.Line, err)
	}
	return nil
}

func decodeSpec(o *Object, into any) error {
	spec := field(o.node, "spec")
	if spec == nil {
		return nil
	}
	return spec.Decode(into)
}
