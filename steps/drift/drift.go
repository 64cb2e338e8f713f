// Package drift says of a plan's changes which of them change what another tool
// makes, and what to put into that tool instead.
package drift

import (
	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/say"
	"podsg/steps/world"
)

// Note names the owner in every change of what another tool makes.
func Note(s *world.Snapshot, p *plan.Plan) {
	for i := range p.Changes {
		c := &p.Changes[i]
		owner := ownerOf(s, c.Action)
		if owner == nil {
			continue
		}
		c.Owner, c.Instead = owner, instead(owner.Tool, *c)
		note := say.T("%s makes it, and will see this as drift or undo it at its next run: put it there too", owner).String()
		if c.Why != "" {
			note = c.Why + "; " + note
		}
		c.Why = note
	}
}

// ownerOf is the tool that makes what an action changes; nil: none, as far as its
// marks say, or the action makes something new.
func ownerOf(s *world.Snapshot, action plan.Action) *world.Owner {
	switch a := action.(type) {
	case cni.ConfigureAddon:
		if s.Cloud.Addon != nil {
			return world.OwnerOf(world.Marks{Tags: s.Cloud.Addon.Tags})
		}
	case cni.PatchDaemonSet:
		if s.Kube.CNI != nil {
			return s.Kube.CNI.Owner
		}
	case iam.AttachPolicy:
		return world.OwnerOf(world.Marks{Tags: s.Cloud.ClusterRole.Tags})
	case network.AddRule:
		if g, ok := s.Group(a.Group.ID); ok {
			return world.OwnerOf(world.Marks{Tags: g.Tags})
		}
	case database.ResetDatabasePassword:
		if d, ok := s.Database(a.Identifier); ok {
			return world.OwnerOf(world.Marks{Tags: d.Tags})
		}
	case policy.ApplyPolicy:
		for _, x := range s.Kube.Policies {
			if x.Namespace == a.Namespace && x.Name == a.Name {
				return x.Owner
			}
		}
	case database.StoreConnection:
		if x := s.Kube.Secret; x != nil && x.Namespace == a.Secret.Namespace && x.Name == a.Secret.Name {
			return x.Owner
		}
	}
	return nil
}
