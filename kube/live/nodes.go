package live

import (
	"cmp"
	"context"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"podsg/kube/facts"
	"podsg/kube/internal/follow"
	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// agent is what is kept of an aws-node pod.
type agent struct {
	node, revision, hold string
	ready                bool
	created              int64
}

// nodeJoin makes the rows of nodes from nodes, CNINodes, aws-node pods and the
// revisions of their DaemonSet.
type nodeJoin struct {
	table     *table[rows.Node]
	nodes     map[string]rows.Node
	asked     map[string]bool  // nodes whose CNINode asks for a trunk ENI
	agents    map[string]agent // by key
	agentOn   map[string]string
	revisions map[string]revision
	stale     map[string]struct{} // nodes whose row is out of date
	allStale  bool
}

// revision is a ControllerRevision of aws-node.
type revision struct {
	number int64
	hash   string
}

func newNodeJoin() nodeJoin {
	return nodeJoin{
		table: newTable[rows.Node](), nodes: map[string]rows.Node{}, asked: map[string]bool{},
		agents: map[string]agent{}, agentOn: map[string]string{}, revisions: map[string]revision{}, stale: map[string]struct{}{},
	}
}

// followNodes follows what the rows of nodes are made of.
func (f *Feed) followNodes(ctx context.Context) {
	api, n := f.client.Clientset(), &f.nodes
	nodes := api.CoreV1().Nodes()
	start(ctx, f, reduceNode, sink[rows.Node]{
		source: "nodes", trouble: n.table.trouble,
		set:    func(name string, row rows.Node) { n.nodes[name] = row; n.mark(name) },
		delete: func(name string) { delete(n.nodes, name); n.mark(name) },
		synced: func() { n.table.synced = true },
	}, follow.Listed(nodes, nodes, "", ""))

	cniNodes := f.client.Dynamic().Resource(facts.CNINodeResource)
	start(ctx, f, func(u *unstructured.Unstructured) (bool, bool) {
		_, asks := facts.CNINodeFeatures(u)[world.FeatureSGP]
		return asks, true
	}, sink[bool]{
		source: "CNINodes", trouble: n.table.trouble,
		set:    func(name string, asks bool) { n.asked[name] = asks; n.mark(name) },
		delete: func(name string) { delete(n.asked, name); n.mark(name) },
	}, follow.Custom(cniNodes, cniNodes, ""))

	agents := api.CoreV1().Pods(metav1.NamespaceSystem)
	start(ctx, f, reduceAgent, sink[agent]{source: "agents", trouble: n.table.trouble, set: n.setAgent, delete: n.deleteAgent}, follow.Listed(agents, agents, facts.CNIPodLabel, ""))

	revisions := api.AppsV1().ControllerRevisions(metav1.NamespaceSystem)
	start(ctx, f, reduceRevision, sink[revision]{
		source: "revisions", trouble: n.table.trouble,
		set:    func(name string, r revision) { n.revisions[name] = r; n.allStale = true },
		delete: func(name string) { delete(n.revisions, name); n.allStale = true },
	}, follow.Listed(revisions, revisions, facts.CNIPodLabel, ""))

	sets := api.AppsV1().DaemonSets(metav1.NamespaceSystem)
	start(ctx, f, func(ds *appsv1.DaemonSet) (world.Rollout, bool) { return facts.Rollout(ds), true }, sink[world.Rollout]{
		source: "DaemonSet", trouble: n.table.trouble,
		set:    func(_ string, r world.Rollout) { f.rollout = r },
		delete: func(string) { f.rollout = world.Rollout{} },
	}, follow.Listed(sets, sets, "", "metadata.name="+facts.CNIName))
}

func reduceNode(n *corev1.Node) (rows.Node, bool) {
	facts := facts.Node(n)
	return rows.Node{
		Name: facts.Name, InstanceID: facts.InstanceID, Type: facts.InstanceType, Zone: facts.Zone, Nodegroup: facts.Nodegroup,
		Ready: facts.Ready, Cordoned: facts.Cordoned, Limit: facts.PodENIs, CreatedAt: facts.CreatedAt,
	}, true
}

func reduceAgent(p *corev1.Pod) (agent, bool) {
	known := facts.Pod(p)
	return agent{
		node: known.Node, revision: p.Labels[appsv1.ControllerRevisionHashLabelKey], hold: facts.NotReady(known),
		ready: known.Ready && !known.Terminating, created: known.CreatedAt.UnixNano(),
	}, known.Node != ""
}

func reduceRevision(r *appsv1.ControllerRevision) (revision, bool) {
	hash := cmp.Or(r.Labels[appsv1.ControllerRevisionHashLabelKey], strings.TrimPrefix(r.Name, facts.CNIName+"-"))
	owner := metav1.GetControllerOf(r)
	return revision{r.Revision, hash}, owner != nil && owner.Name == facts.CNIName
}

func (n *nodeJoin) mark(name string) { n.stale[name] = struct{}{} }

// setAgent keeps a node's aws-node pod; while one replaces the other, the newer.
func (n *nodeJoin) setAgent(key string, a agent) {
	n.agents[key] = a
	if current, there := n.agents[n.agentOn[a.node]]; !there || current.node != a.node || a.created >= current.created {
		n.agentOn[a.node] = key
	}
	n.mark(a.node)
}

func (n *nodeJoin) deleteAgent(key string) {
	node := n.agents[key].node
	delete(n.agents, key)
	if n.agentOn[node] == key {
		delete(n.agentOn, node)
	}
	n.mark(node)
}

// newest is the hash of the DaemonSet's newest revision. Without the revisions,
// which the user may not be allowed to see, it is that of the newest pod.
func (n *nodeJoin) newest() string {
	var last revision
	for _, r := range n.revisions {
		if r.number > last.number {
			last = r
		}
	}
	if last.hash != "" {
		return last.hash
	}
	var youngest agent
	for _, a := range n.agents {
		if a.created > youngest.created {
			youngest = a
		}
	}
	return youngest.revision
}

// settle brings the rows up to date. branches tells how many branch ENIs the
// pods of each node take, and which nodes that has changed for.
func (n *nodeJoin) settle(branches *branchCount) {
	for name := range branches.changed {
		n.mark(name)
	}
	clear(branches.changed)
	if n.allStale {
		for name := range n.nodes {
			n.mark(name)
		}
	}
	if len(n.stale) == 0 {
		return
	}
	newest := n.newest()
	for name := range n.stale {
		row, there := n.nodes[name]
		if !there {
			n.table.delete(name)
			continue
		}
		n.fill(&row, newest)
		row.Branches = branches.on[name]
		if old := n.table.rows[name]; old == nil || *old != row {
			n.table.set(name, &row)
		}
	}
	n.stale, n.allStale = map[string]struct{}{}, false
}

// fill adds to a node's row what the other objects tell about it.
func (n *nodeJoin) fill(row *rows.Node, newest string) {
	switch {
	case row.Limit > 0:
		row.Trunk = rows.TrunkAttached
	case n.asked[row.Name]:
		row.Trunk = rows.TrunkAsked
	}
	key, there := n.agentOn[row.Name]
	if !there {
		return
	}
	a := n.agents[key]
	row.Agent, row.AgentReady, row.AgentHold = rows.RevisionOld, a.ready, a.hold
	if a.revision == newest {
		row.Agent = rows.RevisionNew
	}
}
