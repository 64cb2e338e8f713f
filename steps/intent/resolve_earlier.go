package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/world"
)

// earlierDatabase is the database that an earlier run of podsg worked on, so
// that running again needs no more words than the first time: the one that
// podsg's own Secret names, else the only one that podsg made, else the only one
// that podsg's own rule leads to. A diagnosis of what others set up takes it only
// where something says that their pods use it.
func (r *Resolver) earlierDatabase() (d world.Database, why string, found bool) {
	d, why, found = r.databaseOfEarlierRun()
	if found && r.T.Foreign && !r.isMeant(d) {
		return world.Database{}, "", false
	}
	return d, why, found
}

func (r *Resolver) databaseOfEarlierRun() (d world.Database, why string, found bool) {
	cluster := r.T.Cluster
	if sec := r.S.Kube.Secret; sec != nil && sec.Owned && sec.Host != "" {
		for _, d := range r.S.Cloud.Databases {
			if d.Address == sec.Host && d.VPCID == cluster.VPCID {
				return d, fmt.Sprintf("the one that Secret %s/%s names", sec.Namespace, sec.Name), true
			}
		}
	}
	if d, ok := r.S.Database(DefaultDBIdentifier); ok && world.OwnedBy(d.Tags, cluster.Name) {
		return d, "made by podsg earlier", true
	}
	var made, ruled []world.Database
	for _, d := range r.S.Cloud.Databases {
		switch {
		case d.VPCID != cluster.VPCID:
		case world.OwnedBy(d.Tags, cluster.Name):
			made = append(made, d)
		case admittedByOwnRule(r.S, d, cluster.Name):
			ruled = append(ruled, d)
		}
	}
	switch {
	case len(made) == 1:
		return made[0], "made by podsg earlier", true
	case len(made) == 0 && len(ruled) == 1:
		return ruled[0], "podsg's rule of an earlier run leads to it", true
	default:
		return world.Database{}, "", false
	}
}

// admittedByOwnRule reports whether a group of the database has a rule of
// podsg's for its port.
func admittedByOwnRule(s *world.Snapshot, d world.Database, cluster string) bool {
	for _, id := range d.Groups {
		g, _ := s.Group(id)
		if slices.ContainsFunc(g.Rules, func(r world.Rule) bool {
			return r.Direction == world.Ingress && r.FromPort == d.Port && world.OwnedBy(r.Tags, cluster)
		}) {
			return true
		}
	}
	return false
}

// adoptEarlier takes the database of an earlier run as if it had been answered.
func (r *Resolver) adoptEarlier(d world.Database, why string) error {
	if world.OwnedBy(d.Tags, r.T.Cluster.Name) {
		r.In.Database.Create = &CreateDatabase{Identifier: d.Identifier}
		err := r.createDatabase()
		r.from("database", "discovered", why)
		return err
	}
	existing := ExistingDatabase{Identifier: d.Identifier}
	if sec := r.S.Kube.Secret; sec != nil && sec.Owned && sec.Host == d.Address {
		// What RDS knows itself is left to it, so that a password of RDS's is found.
		if sec.Username != d.Username {
			existing.Username = sec.Username
		}
		if sec.Database != cmp.Or(d.Name, PostgreSQL().Database) {
			existing.Database = sec.Database
		}
	}
	r.In.Database.Existing = &existing
	err := r.existingDatabase(existing)
	r.from("database", "discovered", why)
	return err
}

// differsFromMade refuses answers that describe podsg's own database otherwise
// than it is: it was made, and podsg does not change it any more.
func (r *Resolver) differsFromMade(d world.Database) error {
	in := r.In.Database
	var want CreateDatabase
	if in.Create != nil {
		want = *in.Create
	}
	const kept = "podsg does not change an existing database"
	hint := "leave the answer out, or make another database with --create-database=IDENTIFIER (answers: database.create.identifier)"
	if in.Port != 0 && d.Port != 0 && in.Port != d.Port {
		return world.RefusedAnswer("database.port", hint, "database.port: %s listens on %d; %s", d.Identifier, d.Port, kept)
	}
	if d.StorageGiB != 0 && want.StorageGiB > d.StorageGiB { // that it has grown since is no contradiction
		return world.RefusedAnswer("database.create.storageGiB", hint, "database.create.storageGiB: %s has %d GiB; %s", d.Identifier, d.StorageGiB, kept)
	}
	subnets := map[bool]string{true: "public", false: "private"}[d.Public]
	for _, x := range []struct{ key, verb, is, wanted string }{
		{"class", "is a", d.Class, want.Class},
		{"engineVersion", "has PostgreSQL", d.EngineVersion, want.EngineVersion},
		{"name", "was made with database", d.Name, want.Name},
		{"username", "was made with user", d.Username, want.Username},
		{"subnets", "is", subnets, want.Subnets},
	} {
		same := x.wanted == x.is || x.key == "engineVersion" && strings.HasPrefix(x.is, x.wanted+".")
		if x.wanted != "" && x.is != "" && !same {
			return world.RefusedAnswer("database.create."+x.key, hint, "database.create.%s: %s %s %s; %s", x.key, d.Identifier, x.verb, x.is, kept)
		}
	}
	return nil
}
