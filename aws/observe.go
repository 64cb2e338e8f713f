package aws

import (
	"context"
	"slices"
	"sync"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Observe reads what the procedure needs to know of the account, everything
// that does not depend on something else at the same time. What cannot be read
// is a gap with its reason; the rest stands. Identity and Cluster are not read
// again: Cluster is the scope's, Identity stays empty.
func (c *Client) Observe(ctx context.Context, scope plan.CloudScope) (world.CloudFacts, plan.Gaps) {
	o := &observation{facts: world.CloudFacts{Cluster: scope.Cluster}, gaps: plan.Gaps{}, told: scope.Read}
	f := &o.facts
	cluster := scope.Cluster
	var actions roleActions

	o.read(world.FactNetwork, func() (err error) { f.VPC, f.Subnets, err = c.vpc(ctx, cluster.VPCID); return err })
	o.read(world.FactSecurityGroups, func() (err error) {
		f.SecurityGroups, err = c.securityGroups(ctx, cluster.VPCID)
		return err
	})
	o.read(world.FactInterfaces, func() (err error) { f.Interfaces, err = c.vpcInterfaces(ctx, cluster.VPCID); return err })
	o.read(world.FactACLs, func() (err error) { f.ACLs, err = c.acls(ctx, cluster.VPCID); return err })
	o.read(world.FactClusterRole, func() (err error) { f.ClusterRole, err = c.clusterRole(ctx, cluster.RoleARN); return err })
	o.read(world.FactRoleActions, func() (err error) { actions, err = c.clusterRoleActions(ctx, cluster); return err })
	o.read(world.FactAddon, func() (err error) { f.Addon, err = c.addon(ctx, cluster.Name, addonVPCCNI); return err })
	o.read(world.FactDatabases, func() (err error) { f.Databases, err = c.databases(ctx, scope.Database, cluster.VPCID); return err })
	o.read(world.FactDatabases, func() (err error) { f.SubnetGroups, err = c.subnetGroups(ctx, cluster.VPCID); return err })
	o.read(world.FactDBOptions, func() (err error) { f.DBOptions, err = c.databaseOptions(ctx, scope); return err })
	o.read(world.FactPermissions, func() (err error) { f.DeniedActions, err = c.deniedActions(ctx, scope); return err })
	o.wait.Go(func() {
		if err := world.Guard(func() error { c.observeNodes(ctx, o); return nil }); err != nil {
			for _, fact := range []world.Fact{world.FactInstances, world.FactInstanceTypes, world.FactNodeRoles} {
				o.gap(fact, err)
			}
		}
	})
	o.wait.Wait()
	f.ClusterRole.Allowed, f.ClusterRole.Denied = actions.allowed, actions.denied
	return o.facts, o.gaps
}

// observeNodes reads node groups and instances, and then what depends on both:
// the capacity of their types and the roles of the nodes.
func (c *Client) observeNodes(ctx context.Context, o *observation) {
	var (
		cluster                    = o.facts.Cluster.Name
		nodegroups                 []world.Nodegroup
		nodes                      nodeInstances
		nodegroupsErr, instanceErr error
		wait                       sync.WaitGroup
	)
	wait.Go(func() {
		nodegroupsErr = world.Guard(func() (err error) { nodegroups, err = c.nodegroups(ctx, cluster); return err })
	})
	wait.Go(func() {
		instanceErr = world.Guard(func() (err error) { nodes, err = c.instances(ctx, cluster); return err })
	})
	wait.Wait()
	o.facts.Nodegroups, o.facts.Instances = nodegroups, nodes.list
	if instanceErr != nil {
		o.gap(world.FactInstances, instanceErr)
	}
	o.tell(world.FactInstances)
	// Without one of the two, types or roles would be missing unnoticed.
	for _, err := range []error{nodegroupsErr, instanceErr} {
		if err != nil {
			o.gap(world.FactInstanceTypes, err)
			o.gap(world.FactNodeRoles, err)
			o.tell(world.FactInstanceTypes)
			o.tell(world.FactNodeRoles)
			return
		}
	}
	o.wait.Go(func() {
		if err := world.Guard(func() error {
			o.facts.InstanceTypes = c.instanceTypes(ctx, typesOf(nodegroups, nodes.list))
			return nil
		}); err != nil {
			o.gap(world.FactInstanceTypes, err)
		}
		o.tell(world.FactInstanceTypes)
	})
	o.read(world.FactNodeRoles, func() error {
		arns, err := c.profileRoles(ctx, nodes.profiles)
		if err != nil {
			return err
		}
		for _, g := range nodegroups {
			arns = append(arns, g.NodeRoleARN)
		}
		slices.Sort(arns)
		o.facts.NodeRoles, err = c.roles(ctx, slices.Compact(arns))
		return err
	})
}

// typesOf are the distinct instance types in use or allowed, sorted.
func typesOf(nodegroups []world.Nodegroup, instances []world.Instance) []string {
	var names []string
	for _, g := range nodegroups {
		names = append(names, g.InstanceTypes...)
	}
	for _, i := range instances {
		names = append(names, i.Type)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// observation gathers facts and gaps. Each reader has a field of facts of its
// own, so that only gaps need a lock.
type observation struct {
	facts world.CloudFacts
	wait  sync.WaitGroup
	told  func(world.Fact)

	mu   sync.Mutex
	gaps plan.Gaps
}

// read runs one reader; its error becomes the fact's gap.
func (o *observation) read(fact world.Fact, reader func() error) {
	o.wait.Go(func() {
		if err := world.Guard(reader); err != nil {
			o.gap(fact, err)
		}
		o.tell(fact)
	})
}

func (o *observation) tell(fact world.Fact) {
	if o.told != nil {
		o.told(fact)
	}
}

func (o *observation) gap(fact world.Fact, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gaps[fact] == nil {
		o.gaps[fact] = err
	}
}
