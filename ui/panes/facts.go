package panes

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unique"

	"podsg/kube/live/rows"
	"podsg/steps/world"
)

// facts is what EC2 tells about network interfaces and security groups.
type facts struct {
	interfaces map[string]eni // branch ENIs, by id
	groups     map[string]world.SecurityGroup
	trunks     map[string]string   // id of the trunk ENI by instance
	branches   map[string][]string // ids of the branch ENIs by trunk ENI
	err        error
}

// eni is what is kept of a branch ENI; texts that many share are kept once.
type eni struct {
	trunk, subnet, status, ip string
	vlan                      int
	groups                    groupSet
}

// groupSet is a set of security groups as one text: most ENIs carry the same.
type groupSet struct{ text unique.Handle[string] }

func newGroupSet(ids []string) groupSet { return groupSet{unique.Make(strings.Join(ids, " "))} }

func (s groupSet) ids() []string { return strings.Fields(s.text.Value()) }

// trunkOf is the trunk ENI of a node; empty: none is known.
func (f *facts) trunkOf(n *rows.Node) string { return f.trunks[n.InstanceID] }

// cooling is how many branch ENIs of a node belong to no pod any more: after
// its pod is deleted a branch ENI is kept for a while before its VLAN and its
// place are free again.
func (f *facts) cooling(n *rows.Node) int {
	if trunk := f.trunkOf(n); trunk != "" {
		return max(0, len(f.branches[trunk])-n.Branches)
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

func newFacts() *facts {
	return &facts{interfaces: map[string]eni{}, groups: map[string]world.SecurityGroup{}, trunks: map[string]string{}, branches: map[string][]string{}}
}

// add takes over what is kept of a network interface.
func (f *facts) add(e world.Interface) {
	shared := func(text string) string { return unique.Make(text).Value() }
	switch e.Type {
	case world.InterfaceTrunk:
		f.trunks[e.InstanceID] = e.ID
	case world.InterfaceBranch:
		trunk := shared(e.TrunkID)
		f.branches[trunk] = append(f.branches[trunk], e.ID)
		f.interfaces[e.ID] = eni{
			trunk: trunk, subnet: shared(e.SubnetID), status: shared(e.Status), ip: e.PrivateIP, vlan: e.VLAN, groups: newGroupSet(e.Groups),
		}
	}
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

// EC2's limits of calls are an account's, and the VPC resource controller has to
// live with what podsg leaves: reading takes at most a part of the time, and
// less after every failure.
const (
	restsPerRead = 5  // how many times as long as reading took it rests
	mostRests    = 16 // the longest rest while reading fails, in usual ones
)

func (p *poller) run(ctx context.Context) {
	last, failures := &facts{}, 1
	for {
		begin := p.options.Now()
		if f := p.read(ctx); f.err == nil {
			last, failures = f, 1
		} else {
			kept := *last // what was known stays, beside the reason
			kept.err = f.err
			last, failures = &kept, min(2*failures, mostRests)
		}
		rest := max(p.options.Every*time.Duration(failures), restsPerRead*p.options.Now().Sub(begin))
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
		case <-p.options.After(rest):
		}
	}
}

func (p *poller) read(ctx context.Context) *facts {
	var (
		groups    []world.SecurityGroup
		groupsErr error
		wg        sync.WaitGroup
	)
	wg.Go(func() { groups, groupsErr = p.options.Interfaces.SecurityGroups(ctx, p.options.VPCID) })
	f := newFacts()
	f.err = p.options.Interfaces.PodInterfaces(ctx, p.options.VPCID, f.add)
	wg.Wait()
	if f.err == nil {
		f.err = groupsErr
	}
	for _, g := range groups {
		f.groups[g.ID] = g
	}
	return f
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
