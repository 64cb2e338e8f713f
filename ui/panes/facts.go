package panes

import (
	"context"
	"slices"
	"sync"

	"podsg/steps"
)

// facts is what EC2 tells about network interfaces and security groups.
type facts struct {
	interfaces map[string]steps.Interface // trunk and branch ENIs, by id
	groups     map[string]steps.SecurityGroup
	trunks     map[string]string // id of the trunk ENI by instance
	branches   map[string]int    // how many branch ENIs there are by trunk ENI
	err        error
}

// trunkOf is the trunk ENI of a node; empty: none is known.
func (f *facts) trunkOf(n *Node) string { return f.trunks[n.InstanceID] }

// cooling is how many branch ENIs of a node belong to no pod any more: after
// its pod is deleted a branch ENI is kept for a while before its VLAN and its
// place are free again.
func (f *facts) cooling(n *Node) int {
	if trunk := f.trunkOf(n); trunk != "" {
		return max(0, f.branches[trunk]-n.Branches)
	}
	return 0
}

// groupName is a group's name, or its id where the name is not known.
func (f *facts) groupName(id string) string {
	if g, ok := f.groups[id]; ok && g.Name != "" {
		return g.Name
	}
	return id
}

// groupsOf are the ids of a destination's groups.
func (f *facts) groupsOf(d Destination) []string {
	ids := slices.Clone(d.Groups)
	for id, g := range f.groups {
		if slices.Contains(d.GroupNames, g.Name) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func newFacts(interfaces []steps.Interface, groups []steps.SecurityGroup) *facts {
	f := &facts{
		interfaces: make(map[string]steps.Interface, len(interfaces)), groups: make(map[string]steps.SecurityGroup, len(groups)),
		trunks: map[string]string{}, branches: map[string]int{},
	}
	for _, e := range interfaces {
		f.interfaces[e.ID] = e
		switch e.Type {
		case steps.InterfaceTrunk:
			f.trunks[e.InstanceID] = e.ID
		case steps.InterfaceBranch:
			f.branches[e.TrunkID]++
		}
	}
	for _, g := range groups {
		f.groups[g.ID] = g
	}
	return f
}

// poller reads the network interfaces again and again: all of them with one
// paged call, however many pods there are.
type poller struct {
	options Options
	changed chan struct{} // one slot

	mu     sync.Mutex
	latest *facts // not taken yet
}

func newPoller(options Options) *poller {
	return &poller{options: options, changed: make(chan struct{}, 1)}
}

func (p *poller) run(ctx context.Context) {
	last := &facts{}
	for {
		if f := p.read(ctx); f.err == nil {
			last = f
		} else {
			kept := *last // what was known stays, beside the reason
			kept.err = f.err
			last = &kept
		}
		if ctx.Err() != nil {
			return
		}
		p.mu.Lock()
		p.latest = last
		p.mu.Unlock()
		signal(p.changed)
		select {
		case <-ctx.Done():
			return
		case <-p.options.After(p.options.Every):
		}
	}
}

func (p *poller) read(ctx context.Context) *facts {
	var (
		groups    []steps.SecurityGroup
		groupsErr error
		wg        sync.WaitGroup
	)
	wg.Go(func() { groups, groupsErr = p.options.Interfaces.SecurityGroups(ctx, p.options.VPCID) })
	interfaces, err := p.options.Interfaces.PodInterfaces(ctx, p.options.VPCID)
	wg.Wait()
	if err == nil {
		err = groupsErr
	}
	if err != nil {
		return &facts{err: err}
	}
	return newFacts(interfaces, groups)
}

// take returns what has been read since it was last called, or nil.
func (p *poller) take() *facts {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.latest
	p.latest = nil
	return f
}

// signal puts a value into a channel of one slot, unless one is there.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
