package bundle

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"podsg/cli/answers"
	"podsg/cli/environment"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// Read reads what podsg bundle wrote into a file. read reads the file.
func Read(file string, read func(name string) ([]byte, error)) (*Bundle, error) {
	problem := func(err error) error {
		return &world.Problem{Kind: world.ProblemUsage, Doing: "read bundle", Object: file, Err: err, Hint: "podsg bundle writes one"}
	}
	data, err := read(file)
	if err != nil {
		return nil, problem(err)
	}
	var b Bundle
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(data, &b); {
	case errors.As(err, &syntax):
		return nil, problem(errors.New("it is no whole JSON document"))
	case err != nil:
		return nil, problem(err)
	}
	if b.SchemaVersion != plan.SchemaVersion || b.Snapshot == nil {
		return nil, problem(fmt.Errorf("it has schema version %d, and this podsg reads version %d", b.SchemaVersion, plan.SchemaVersion))
	}
	b.Snapshot.CA = []byte(b.Authorities)
	return &b, nil
}

// Namespace is the one that the bundle was taken for.
func (b *Bundle) Namespace() string { return cmp.Or(b.Intent.Namespace, intent.DefaultNamespace) }

// SameCluster refuses another cluster than the bundle's. A variable that is set
// for other commands is not meant.
func (b *Bundle) SameCluster(cluster string, origins answers.Sources) error {
	if has := b.Snapshot.Cloud.Cluster.Name; cluster != "" && cluster != has && origins["cluster"] != environment.NameOf("cluster") {
		return world.Usage("leave the cluster out, or leave --from out to look at a cluster",
			"%s: the bundle is of cluster %q, not of %q", origins["cluster"], has, cluster)
	}
	return nil
}

// Unread tells what a bundle cannot know of a namespace that it was not taken
// for; empty: nothing.
func (b *Bundle) Unread(namespace string) string {
	if namespace == b.Namespace() || slices.Contains(b.Snapshot.Namespaces(), namespace) {
		return ""
	}
	return fmt.Sprintf("the bundle was taken for namespace %s: most pods, the Secret, the service accounts and the events of %s were not read", b.Namespace(), namespace)
}
