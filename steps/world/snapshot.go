// Package world is what was observed of an account and a cluster: the snapshot, its
// facts, and what could not be read. It judges nothing.
package world

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Snapshot is what was observed, and nothing else: no wish, no conclusion and
// no secret. Checks and plans are computed from it alone.
type Snapshot struct {
	SchemaVersion int          `json:"schemaVersion"`
	TakenAt       time.Time    `json:"takenAt"`
	Cloud         CloudFacts   `json:"cloud"`
	Kube          ClusterFacts `json:"kubernetes"`
	// Gaps says which facts could not be observed and why. A check that needs
	// one of them is skipped with that reason; it never guesses.
	Gaps map[Fact]Gap `json:"gaps,omitempty"`
	// CA is the PEM bundle of the authorities that sign RDS certificates in this
	// region, from the user or from the bundle that podsg carries; empty: none is
	// known.
	CA []byte `json:"-"`
	// Password is how the Secret's password compares with the one that the intent
	// names the place of. Neither is kept.
	Password PasswordComparison `json:"-"`
}

// PasswordComparison is the outcome of comparing two passwords in memory.
type PasswordComparison struct {
	Differs bool
	Unread  string // why they could not be compared; empty: they were, or nobody asked
}

// Gap is the reason why a fact is missing.
type Gap struct {
	Reason     string      `json:"reason"`
	Kind       ProblemKind `json:"kind,omitempty"`
	Permission string      `json:"permission,omitempty"`
	DeniedBy   string      `json:"deniedBy,omitempty"` // see [Problem]
}

// Missing reports why any of the given facts is missing.
func (s *Snapshot) Missing(facts ...Fact) (reason string, missing bool) {
	for _, f := range facts {
		if g, ok := s.Gaps[f]; ok {
			return string(f) + " not observed: " + g.Reason, true
		}
	}
	return "", false
}

// AddGap records that a fact could not be observed.
func (s *Snapshot) AddGap(f Fact, err error) {
	if s.Gaps == nil {
		s.Gaps = map[Fact]Gap{}
	}
	g := Gap{Reason: err.Error(), Kind: KindOf(err)}
	var p *Problem
	if errors.As(err, &p) {
		g.Permission, g.DeniedBy = p.Permission, p.DeniedBy
	}
	s.Gaps[f] = g
}

// Group returns the observed security group with an id.
func (s *Snapshot) Group(id string) (SecurityGroup, bool) {
	for _, g := range s.Cloud.SecurityGroups {
		if g.ID == id {
			return g, true
		}
	}
	return SecurityGroup{}, false
}

// HasRule reports whether a security group rule was observed.
func (s *Snapshot) HasRule(id string) bool {
	return slices.ContainsFunc(s.Cloud.SecurityGroups, func(g SecurityGroup) bool {
		return slices.ContainsFunc(g.Rules, func(r Rule) bool { return r.ID == id })
	})
}

// GroupsNamed returns the groups with a name in a VPC. EC2 takes no notice of case:
// a name that differs in it only is taken.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
func (s *Snapshot) GroupsNamed(vpcID, name string) []SecurityGroup {
	var out []SecurityGroup
	for _, g := range s.Cloud.SecurityGroups {
		if strings.EqualFold(g.Name, name) && g.VPCID == vpcID {
			out = append(out, g)
		}
	}
	return out
}

// Database returns the observed RDS instance with an identifier.
func (s *Snapshot) Database(identifier string) (Database, bool) {
	for _, d := range s.Cloud.Databases {
		if d.Identifier == identifier {
			return d, true
		}
	}
	return Database{}, false
}

// Subnet returns the observed subnet with an id.
func (s *Snapshot) Subnet(id string) (Subnet, bool) {
	for _, n := range s.Cloud.Subnets {
		if n.ID == id {
			return n, true
		}
	}
	return Subnet{}, false
}

// InterfaceByIP returns the network interface that holds a private address,
// as a single address or within a delegated prefix.
func (s *Snapshot) InterfaceByIP(ip string) (Interface, bool) {
	for _, e := range s.Cloud.Interfaces {
		if e.Holds(ip) {
			return e, true
		}
	}
	return Interface{}, false
}

// InterfaceByID returns the network interface with an id.
func (s *Snapshot) InterfaceByID(id string) (Interface, bool) {
	for _, e := range s.Cloud.Interfaces {
		if e.ID == id {
			return e, true
		}
	}
	return Interface{}, false
}
