package intent

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/world"
)

// NewDatabase is the database to make that the intent describes, with the
// defaults filled in.
func (d DatabaseIntent) NewDatabase() CreateDatabase {
	var c CreateDatabase
	if d.Create != nil {
		c = *d.Create
	}
	c.Identifier = cmp.Or(c.Identifier, DefaultDBIdentifier)
	c.Name = cmp.Or(c.Name, DefaultDBName)
	c.Username = cmp.Or(c.Username, DefaultDBUser)
	c.Subnets = cmp.Or(c.Subnets, "private")
	if c.StorageGiB == 0 {
		c.StorageGiB = DefaultDBStorageGiB
	}
	return c
}

func (r *Resolver) Database() error {
	in := r.In.Database
	switch {
	case in.Existing != nil:
		return r.existingDatabase(*in.Existing)
	case in.Create != nil:
		return r.createDatabase()
	}
	// Nothing was answered: the database of an earlier run, a question if there are
	// others to choose from, else a new one.
	if d, why, found := r.earlierDatabase(); found {
		return r.adoptEarlier(d, why)
	}
	var candidates []Choice
	for _, c := range DatabaseChoices(r.S, r.In) {
		if d, ok := r.S.Database(c.Value); ok && c.Disabled == "" && PostgreSQL().Speaks(d.Engine) {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) > 0 {
		r.ask(Question{
			Key: "database", Flag: "--database IDENTIFIER or --create-database",
			Text:    fmt.Sprintf("there are PostgreSQL databases in %s: use one of them, or make a new one?", r.T.Cluster.VPCID),
			Choices: append(candidates, Choice{Value: "", Label: "a new database", Detail: []string{DefaultDBIdentifier}}),
		})
		return nil
	}
	return r.createDatabase()
}

func (r *Resolver) existingDatabase(want ExistingDatabase) error {
	if reason, missing := r.S.Missing(world.FactDatabases); missing {
		return refused("database.existing.identifier", "%q cannot be checked: %s", want.Identifier, reason)
	}
	d, ok := r.S.Database(want.Identifier)
	if !ok {
		var names []string
		for _, x := range r.S.Cloud.Databases {
			names = append(names, x.Identifier)
		}
		return world.RefusedAnswer("database.existing.identifier", "the databases of this region: "+cmp.Or(strings.Join(names, ", "), "none"),
			"database.existing.identifier: there is no RDS instance %q in region %s", want.Identifier, r.T.Region)
	}
	if d.VPCID != r.T.Cluster.VPCID && !r.diagnosing {
		return world.Usage("podsg adds rules for a database in the cluster's VPC only: choose one there; where the VPCs are peered within the Region, or joined by a transit gateway with security group referencing, add the rule for the pods' group to the database's group yourself",
			"database %q is in %s, but cluster %s is in %s", d.Identifier, d.VPCID, r.T.Cluster.Name, r.T.Cluster.VPCID)
	}
	if r.In.Database.Port != 0 && d.Port != 0 && r.In.Database.Port != d.Port {
		return world.RefusedAnswer("database.port", "leave database.port out: the port of an existing database is discovered",
			"database.port: database %q listens on port %d, not %d", d.Identifier, d.Port, r.In.Database.Port)
	}
	r.T.DB = DatabaseChoice{
		Existing: &d, Identifier: d.Identifier, PostgreSQL: PostgreSQL().Speaks(d.Engine), Class: d.Class, EngineVersion: d.EngineVersion,
		SubnetGroup: d.SubnetGroup, SubnetIDs: d.SubnetIDs, Public: d.Public,
		Name: cmp.Or(want.Database, d.Name, PostgreSQL().Database), Username: cmp.Or(want.Username, d.Username),
	}
	r.T.Port = d.Port
	if r.T.Port == 0 {
		r.T.Port = PostgreSQL().Port
	}
	r.from("database", "answer", "exists: "+d.Engine+" "+d.EngineVersion)
	r.from("database.port", "discovered", "the port of its endpoint")
	return nil
}

func (r *Resolver) createDatabase() error {
	want := r.In.Database.NewDatabase()
	r.T.Port = r.In.Database.Port
	r.from("database.port", "answer", "")
	if r.T.Port == 0 {
		r.T.Port = PostgreSQL().Port
		r.from("database.port", "default", "PostgreSQL's own")
	}
	r.T.DB = DatabaseChoice{
		Create: true, Identifier: want.Identifier, Name: want.Name, Username: want.Username, StorageGiB: want.StorageGiB,
		SubnetGroup: want.Identifier, Public: want.Subnets == "public", PostgreSQL: true,
	}
	r.from("database", map[bool]string{true: "default", false: "answer"}[r.In.Database.Create == nil], "a new database")
	d, ok := r.S.Database(want.Identifier)
	if r.diagnosing && r.In.Database.Create == nil && !world.OwnedBy(d.Tags, r.T.Cluster.Name) && (d.VPCID != r.T.Cluster.VPCID || !r.isMeant(d)) {
		return nil // somebody else's, whose name nobody has mentioned
	}
	if ok {
		if !world.OwnedBy(d.Tags, r.T.Cluster.Name) && !r.diagnosing {
			return world.RefusedAnswer("database.existing.identifier", fmt.Sprintf("use it with --database %s (answers: database.existing.identifier), or choose another identifier for the new one", d.Identifier),
				"database %q exists and was not made by podsg for cluster %s", d.Identifier, r.T.Cluster.Name)
		}
		if world.OwnedBy(d.Tags, r.T.Cluster.Name) {
			if err := r.differsFromMade(d); err != nil {
				return err
			}
		}
		r.T.DB.Create, r.T.DB.Existing = false, &d
		r.T.DB.Class, r.T.DB.EngineVersion, r.T.DB.SubnetIDs = d.Class, d.EngineVersion, d.SubnetIDs
		r.T.DB.SubnetGroup, r.T.DB.Public = d.SubnetGroup, d.Public
		r.T.DB.Name, r.T.DB.Username = cmp.Or(d.Name, want.Name), cmp.Or(d.Username, want.Username)
		if d.Port != 0 {
			r.T.Port = d.Port
		}
		r.from("database", "discovered", "made by podsg earlier")
		return nil
	}
	if r.diagnosing {
		return nil
	}
	if err := r.databaseOffer(want); err != nil {
		return err
	}
	return r.DatabaseSubnets()
}

// fallbackClasses are tried in this order when the default class is not
// offered; the first ones are the cheapest.
var fallbackClasses = []string{DefaultDBClass, "db.t3.micro", "db.t4g.small", "db.t3.small", "db.t4g.medium", "db.t3.medium"}

// databaseOffer settles the instance class and the engine version by what the
// region offers.
func (r *Resolver) databaseOffer(want CreateDatabase) error {
	offer := r.S.Cloud.DBOptions
	r.T.DB.EngineVersion = want.EngineVersion
	switch {
	case want.EngineVersion == "":
		r.T.DB.EngineVersion = offer.DefaultVersion
		r.from("database.create.engineVersion", "discovered", "RDS's default in this region")
	case len(offer.Versions) > 0 && !slices.ContainsFunc(offer.Versions, func(v string) bool { return v == want.EngineVersion || strings.HasPrefix(v, want.EngineVersion+".") }):
		return world.RefusedAnswer("database.create.engineVersion", "offered here: "+strings.Join(offer.Versions, ", "),
			"database.create.engineVersion: RDS offers no PostgreSQL %s in region %s", want.EngineVersion, r.T.Region)
	default:
		r.from("database.create.engineVersion", "answer", "")
	}
	r.T.DB.Class = want.Class
	if want.Class != "" {
		r.from("database.create.class", "answer", "")
		if len(offer.Classes) > 0 && !slices.Contains(offer.Classes, want.Class) {
			return world.RefusedAnswer("database.create.class", "offered for PostgreSQL "+r.T.DB.EngineVersion+": "+strings.Join(offer.Classes, ", "),
				"database.create.class: %s cannot be ordered for PostgreSQL %s in region %s", want.Class, r.T.DB.EngineVersion, r.T.Region)
		}
		return nil
	}
	r.T.DB.Class = DefaultDBClass
	r.from("database.create.class", "default", "the smallest")
	if len(offer.Classes) > 0 && !slices.Contains(offer.Classes, DefaultDBClass) {
		r.T.DB.Class = offer.Classes[0]
		for _, c := range fallbackClasses {
			if slices.Contains(offer.Classes, c) {
				r.T.DB.Class = c
				break
			}
		}
		r.from("database.create.class", "discovered", DefaultDBClass+" is not offered here")
	}
	return nil
}

// DatabaseSubnets chooses the subnets of a new database: one per zone of the
// wanted sort, those that the cluster uses first. RDS wants two zones at least,
// of the region's own: what it offers in Local Zones and on Outposts is little,
// and cannot be mixed with them.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.RegionsAndAvailabilityZones.html
func (r *Resolver) DatabaseSubnets() error {
	for _, g := range r.S.Cloud.SubnetGroups {
		if g.Name != r.T.DB.SubnetGroup {
			continue
		}
		if !world.OwnedBy(g.Tags, r.T.Cluster.Name) {
			return world.RefusedAnswer("database.create.identifier", "choose another identifier for the database (answers: database.create.identifier)",
				"DB subnet group %q exists and was not made by podsg for cluster %s", g.Name, r.T.Cluster.Name)
		}
		r.T.DB.SubnetIDs = g.SubnetIDs
		r.from("database.create.subnets", "discovered", "the subnet group was made by podsg earlier")
		return nil
	}
	subnets := slices.Clone(r.S.Cloud.Subnets)
	slices.SortFunc(subnets, func(a, b world.Subnet) int {
		inA, inB := slices.Contains(r.T.Cluster.SubnetIDs, a.ID), slices.Contains(r.T.Cluster.SubnetIDs, b.ID)
		if inA != inB {
			return map[bool]int{true: -1, false: 1}[inA]
		}
		return cmp.Or(cmp.Compare(b.FreeIPs, a.FreeIPs), cmp.Compare(a.ID, b.ID))
	})
	zones := map[string]string{}
	for _, n := range subnets {
		if n.Public == r.T.DB.Public && !n.Edge && zones[n.Zone] == "" {
			zones[n.Zone] = n.ID
			r.T.DB.SubnetIDs = append(r.T.DB.SubnetIDs, n.ID)
		}
	}
	slices.Sort(r.T.DB.SubnetIDs)
	kind := map[bool]string{true: "public", false: "private"}[r.T.DB.Public]
	if _, missing := r.S.Missing(world.FactNetwork); len(zones) < 2 && !missing {
		hint := "make private subnets in two zones; or choose public subnets explicitly: --db-subnets public (answers: database.create.subnets)"
		if r.T.DB.Public {
			hint = "choose private subnets: --db-subnets private (answers: database.create.subnets)"
		}
		return world.RefusedAnswer("database.create.subnets", hint, "RDS needs subnets in two availability zones, and %s has %s subnets in %d", r.T.Cluster.VPCID, kind, len(zones))
	}
	r.from("database.create.subnets", map[bool]string{true: "default", false: "answer"}[r.In.Database.Create == nil || r.In.Database.Create.Subnets == ""],
		fmt.Sprintf("%d %s subnets, one per zone", len(zones), kind))
	return nil
}

// DatabaseGroup settles the security group in front of the database.
func (r *Resolver) DatabaseGroup() error {
	in := r.In.Database.SecurityGroup
	d := r.T.DB.Existing
	if d == nil || len(d.Groups) == 0 && world.OwnedBy(d.Tags, r.T.Cluster.Name) {
		if r.T.DB.Identifier == "" {
			return nil // the choice of a database is still open
		}
		ref, source, err := r.ownGroup("database.securityGroup", "--db-security-group", in, DefaultDBGroupName, OutputDBGroup)
		r.T.DBGroup = ref
		r.T.Sources["database.securityGroup"] = source
		return err
	}
	if in.ID != "" || in.Name != "" {
		for _, id := range d.Groups {
			g, _ := r.S.Group(id)
			if id == in.ID || in.ID == "" && g.Name == in.Name {
				r.T.DBGroup = IDRef(id, g.Name)
				r.from("database.securityGroup", "answer", "")
				return nil
			}
		}
		return world.RefusedAnswer("database.securityGroup", "its groups are "+strings.Join(d.Groups, ", "),
			"database.securityGroup: database %q does not carry security group %s", d.Identifier, cmp.Or(in.ID, in.Name))
	}
	var candidates []world.SecurityGroup
	for _, id := range d.Groups {
		if g, ok := r.S.Group(id); ok && g.Name != "default" {
			candidates = append(candidates, g)
		}
	}
	if made := slices.DeleteFunc(slices.Clone(candidates), func(g world.SecurityGroup) bool {
		return !world.OwnedBy(g.Tags, r.T.Cluster.Name)
	}); len(made) == 1 {
		candidates = made
	}
	switch {
	case len(candidates) == 1:
		r.T.DBGroup = IDRef(candidates[0].ID, candidates[0].Name)
		r.from("database.securityGroup", "discovered", "the group of database "+d.Identifier)
	case len(d.Groups) == 1:
		g, _ := r.S.Group(d.Groups[0])
		r.T.DBGroup = IDRef(d.Groups[0], g.Name)
		r.from("database.securityGroup", "discovered", "the only group of database "+d.Identifier)
	default:
		r.ask(Question{
			Key: "database.securityGroup.id", Flag: "--db-security-group",
			Text:    fmt.Sprintf("database %s carries %d security groups: which one gets the rule?", d.Identifier, len(d.Groups)),
			Choices: r.groupChoices(candidates),
		})
	}
	return nil
}
