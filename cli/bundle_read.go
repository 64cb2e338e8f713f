package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// readBundle reads what podsg bundle wrote; - is standard input.
func (a *app) readBundle(file string) (*bundle, error) {
	problem := func(err error) error {
		return &world.Problem{Kind: world.ProblemUsage, Doing: "read bundle", Object: file, Err: err, Hint: "podsg bundle writes one"}
	}
	data, err := a.readInput(file)
	if err != nil {
		return nil, problem(err)
	}
	var b bundle
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

// namespace is the one that the bundle was taken for.
func (b *bundle) namespace() string { return orDefault(b.Intent.Namespace, intent.DefaultNamespace) }

// sameCluster refuses another cluster than the bundle's. A variable that is set
// for other commands is not meant.
func (b *bundle) sameCluster(cluster string, sources map[string]string) error {
	if has := b.Snapshot.Cloud.Cluster.Name; cluster != "" && cluster != has && sources["cluster"] != variableCluster {
		return world.Usage("leave the cluster out, or leave --from out to look at a cluster",
			"%s: the bundle is of cluster %q, not of %q", sources["cluster"], has, cluster)
	}
	return nil
}

// sayUnread tells what a bundle cannot know of a namespace that it was not taken
// for.
func (a *app) sayUnread(b *bundle, namespace string) {
	if namespace != b.namespace() {
		a.say("note: the bundle was taken for namespace %s: most pods, the Secret, the service accounts and the events of %s were not read", b.namespace(), namespace)
	}
}
