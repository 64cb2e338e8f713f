package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"podsg/sandbox/cloud"
	"podsg/steps/plan"
	"podsg/steps/reach"
	"podsg/steps/world"
)

// texts collects what a wait reports.
type texts struct {
	mu   sync.Mutex
	list []string
}

func (p *texts) add(progress plan.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, progress.Text)
}

func (p *texts) contain(part string) bool {
	return slices.ContainsFunc(p.list, func(text string) bool { return strings.Contains(text, part) })
}

// TestTheWholeProcedureAndItsCleanup makes and removes everything that podsg
// does. The calls that the endpoint saw are then compared with the table that
// the IAM policies are made from: neither may have an action that the other
// has not.
func TestTheWholeProcedureAndItsCleanup(t *testing.T) {
	w := newWorld(t, worldOptions{})
	orders := w.addDatabase(t)
	list, err := w.account.AddPrefixList("offices", "203.0.113.0/24")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.account.AddRule(orders, cloud.Rule{Protocol: "tcp", FromPort: 5432, Peer: list}); err != nil {
		t.Fatal(err)
	}
	secret := w.account.AddSecret("rds!db-orders", `{"username":"orders","password":"correct-horse"}`, nil)
	w.account.OnAddonUpdate(func(cluster, addon, _, _ string) { w.account.SetAddonStatus(cluster, addon, "ACTIVE") })

	ctx, c, tags := t.Context(), w.client, world.OwnershipTags(workshop)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.Identity(ctx)
	must(err)
	_, err = c.Clusters(ctx)
	must(err)
	scope := w.scope(t)

	podGroup, err := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC, Tags: tags})
	must(err)
	dbGroup, err := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "RDS_SG", Description: "database", VPCID: w.network.VPC, Tags: tags})
	must(err)
	in, err := c.AuthorizeRule(ctx, plan.NewRule{
		GroupID: dbGroup, Direction: world.Ingress, Protocol: "tcp", FromPort: 5432, ToPort: 5432, PeerGroup: podGroup, Description: "pods", Tags: tags,
	})
	must(err)
	out, err := c.AuthorizeRule(ctx, plan.NewRule{
		GroupID: podGroup, Direction: world.Egress, Protocol: "udp", FromPort: 53, ToPort: 53, CIDR: "192.168.0.0/16", Tags: tags,
	})
	must(err)
	must(c.CreateDBSubnetGroup(ctx, plan.NewDBSubnetGroup{Name: "rds-workshop", Description: "podsg", SubnetIDs: w.network.PrivateSubnets, Tags: tags}))
	must(c.CreateDatabase(ctx, plan.NewDatabase{
		Identifier: "rds-workshop", Name: "workshop", Username: "workshop", Class: "db.t4g.micro", StorageGiB: 20, Port: 5432,
		SubnetGroup: "rds-workshop", GroupIDs: []string{dbGroup}, Tags: tags,
	}, world.NewPassword("first-password")))
	var progress texts
	database, err := c.WaitDatabase(ctx, "rds-workshop", progress.add)
	must(err)
	if database.Address == "" || database.Status != "available" || database.Public || !slices.Equal(database.Groups, []string{dbGroup}) {
		t.Errorf("database = %+v", database)
	}
	if !progress.contain("creating: the instance is being made") {
		t.Errorf("progress = %q", progress.list)
	}
	must(c.SetDatabasePassword(ctx, "rds-workshop", world.NewPassword("second-password")))
	_, err = c.WaitDatabase(ctx, "rds-workshop", nil)
	must(err)
	must(c.AttachRolePolicy(ctx, scope.Cluster.RoleARN, controllerPolicy("aws")))
	must(c.AttachRolePolicy(ctx, scope.Cluster.RoleARN, controllerPolicy("aws")))
	values := `{"env":{"ENABLE_POD_ENI":"true"}}`
	update, err := c.UpdateAddon(ctx, plan.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: values})
	must(err)
	must(c.WaitAddon(ctx, workshop, addonVPCCNI, update, progress.add))
	password, err := c.SecretString(ctx, secret)
	must(err)
	if password.Reveal() != "correct-horse" {
		t.Error("the secret's password was not read")
	}

	facts, gaps := c.Observe(ctx, scope)
	if len(gaps) > 0 {
		t.Fatalf("gaps: %v", gaps)
	}
	s := world.Snapshot{Cloud: facts}
	t.Run("what it made carries its tags", func(t *testing.T) {
		pod, _ := s.Group(podGroup)
		db, _ := s.Group(dbGroup)
		owned := map[string]map[string]string{"POD_SG": pod.Tags, "RDS_SG": db.Tags}
		for _, r := range append(pod.Rules, db.Rules...) {
			if r.ID == in || r.ID == out {
				owned["rule "+r.ID] = r.Tags
			}
		}
		made, _ := s.Database("rds-workshop")
		owned["database"] = made.Tags
		for _, g := range facts.SubnetGroups {
			if g.Name == "rds-workshop" {
				owned["subnet group"] = g.Tags
			}
		}
		if len(owned) != 6 {
			t.Errorf("found %d of 6 objects", len(owned))
		}
		for name, have := range owned {
			if !world.OwnedBy(have, workshop) {
				t.Errorf("%s has tags %v", name, have)
			}
		}
	})
	t.Run("pods reach the database and nodes do not", func(t *testing.T) {
		groups := map[string]world.SecurityGroup{}
		for _, g := range facts.SecurityGroups {
			groups[g.ID] = g
		}
		to := reach.Endpoint{Groups: []string{dbGroup}}
		if r := reach.Reach(groups, reach.Endpoint{Groups: []string{podGroup}}, to, "tcp", 5432); !r.Allowed || r.IngressRule.Rule.ID != in {
			t.Errorf("pod: %+v", r)
		}
		if r := reach.Reach(groups, reach.Endpoint{Groups: []string{w.group}, IP: facts.Instances[0].PrivateIP}, to, "tcp", 5432); r.Allowed {
			t.Errorf("node: %+v", r)
		}
	})
	t.Run("the policy and the configuration are in force", func(t *testing.T) {
		if !slices.Contains(facts.ClusterRole.AttachedPolicies, controllerPolicy("aws")) {
			t.Errorf("cluster role = %+v", facts.ClusterRole)
		}
		if facts.Addon.ConfigurationValues != values {
			t.Errorf("add-on = %+v", facts.Addon)
		}
	})

	// Each step of the cleanup is done twice: what is gone is no error.
	for range 2 {
		must(c.RevokeRule(ctx, dbGroup, world.Ingress, in))
		must(c.RevokeRule(ctx, podGroup, world.Egress, out))
		must(c.DeleteSecurityGroup(ctx, podGroup))
		must(c.DeleteDatabase(ctx, "rds-workshop"))
	}
	if err := c.DeleteDBSubnetGroup(ctx, "rds-workshop"); world.KindOf(err) != world.ProblemInUse {
		t.Errorf("deleting a subnet group in use: %v", err)
	}
	must(c.WaitDatabaseDeleted(ctx, "rds-workshop", progress.add))
	if !progress.contain("deleting: usually about 5 minutes") {
		t.Errorf("progress = %q", progress.list)
	}
	for range 2 {
		must(c.DeleteSecurityGroup(ctx, dbGroup))
		must(c.DeleteDBSubnetGroup(ctx, "rds-workshop"))
		must(c.DetachRolePolicy(ctx, scope.Cluster.RoleARN, controllerPolicy("aws")))
	}

	t.Run("every call is in the permission table and every entry is called", func(t *testing.T) {
		called := w.actions()
		for _, p := range permissions() {
			if !p.implied && !called[p.action] {
				t.Errorf("%s is in the table and is never called", p.action)
			}
			delete(called, p.action)
		}
		for action := range called {
			t.Errorf("%s is called and is not in the table", action)
		}
	})
}

func TestALostAnswerIsNotSomebodyElsesObject(t *testing.T) {
	w := newWorld(t, worldOptions{})
	ctx, c, tags := t.Context(), w.client, world.OwnershipTags(workshop)

	w.loseAnswer.Store(true)
	group, err := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC, Tags: tags})
	if err != nil || !strings.HasPrefix(group, "sg-") {
		t.Fatalf("group = %q, error = %v", group, err)
	}
	w.loseAnswer.Store(true)
	rule, err := c.AuthorizeRule(ctx, plan.NewRule{
		GroupID: group, Direction: world.Ingress, Protocol: "tcp", FromPort: 80, ToPort: 80, PeerGroup: w.group, Tags: tags,
	})
	if err != nil || !strings.HasPrefix(rule, "sgr-") {
		t.Fatalf("rule = %q, error = %v", rule, err)
	}
	w.loseAnswer.Store(true)
	if err := c.CreateDBSubnetGroup(ctx, plan.NewDBSubnetGroup{Name: "g", Description: "podsg", SubnetIDs: w.network.PrivateSubnets, Tags: tags}); err != nil {
		t.Fatal(err)
	}
	database := plan.NewDatabase{
		Identifier: "rds-workshop", Name: "workshop", Username: "workshop", Class: "db.t4g.micro", StorageGiB: 20, Port: 5432,
		SubnetGroup: "g", GroupIDs: []string{group}, Tags: tags,
	}
	w.loseAnswer.Store(true)
	if err := c.CreateDatabase(ctx, database, world.NewPassword("first-password")); err != nil {
		t.Fatal(err)
	}
	// A second call does not have the password of the first instance.
	if err := c.CreateDatabase(ctx, database, world.NewPassword("other-password")); world.KindOf(err) != world.ProblemChanged {
		t.Errorf("creating it again: %v", err)
	}
}

func TestSomebodyElsesObjectIsNotTaken(t *testing.T) {
	w := newWorld(t, worldOptions{})
	ctx, c, tags := t.Context(), w.client, world.OwnershipTags(workshop)
	theirs, err := w.account.AddSecurityGroup(w.network.VPC, "POD_SG", "not podsg's", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.account.AddRule(theirs, cloud.Rule{Protocol: "tcp", FromPort: 53, Peer: w.group}); err != nil {
		t.Fatal(err)
	}
	if err := w.account.AddDBSubnetGroup("rds-workshop", w.network.PrivateSubnets, nil); err != nil {
		t.Fatal(err)
	}
	_, groupErr := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC, Tags: tags})
	_, ruleErr := c.AuthorizeRule(ctx, plan.NewRule{
		GroupID: theirs, Direction: world.Ingress, Protocol: "tcp", FromPort: 53, ToPort: 53, PeerGroup: w.group, Tags: tags,
	})
	subnetErr := c.CreateDBSubnetGroup(ctx, plan.NewDBSubnetGroup{Name: "rds-workshop", Description: "podsg", SubnetIDs: w.network.PrivateSubnets, Tags: tags})
	for name, err := range map[string]error{"group": groupErr, "rule": ruleErr, "subnet group": subnetErr} {
		if world.KindOf(err) != world.ProblemChanged {
			t.Errorf("%s: %v, want that the world has changed", name, err)
		}
	}
}

func TestAGroupInUseNamesWhatUsesIt(t *testing.T) {
	w := newWorld(t, worldOptions{})
	ctx, c := t.Context(), w.client
	if err := c.AttachRolePolicy(ctx, w.account.ClusterRole(workshop), controllerPolicy("aws")); err != nil {
		t.Fatal(err)
	}
	pods, err := c.CreateSecurityGroup(ctx, plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC})
	if err != nil {
		t.Fatal(err)
	}
	trunk, err := w.account.CreateTrunk(workshop, w.nodes[0])
	if err != nil {
		t.Fatal(err)
	}
	branch, err := w.account.CreateBranch(workshop, trunk.ID, []string{pods})
	if err != nil {
		t.Fatal(err)
	}

	interfaces, err := c.GroupInterfaces(ctx, pods)
	if err != nil || len(interfaces) != 1 {
		t.Fatalf("interfaces = %+v, error = %v", interfaces, err)
	}
	if e := interfaces[0]; e.ID != branch.ENIID || e.Type != world.InterfaceBranch || e.TrunkID != trunk.ID || e.VLAN != branch.VLAN ||
		e.PrivateIP != branch.PrivateIP.String() || e.InstanceID != "" || !slices.Equal(e.Groups, []string{pods}) {
		t.Errorf("branch = %+v, want %+v", e, branch)
	}
	err = c.DeleteSecurityGroup(ctx, pods)
	if hint, _ := world.HintOf(err); world.KindOf(err) != world.ProblemInUse || !strings.Contains(err.Error(), branch.ENIID+" (branch ENI of a pod, "+branch.PrivateIP.String()+")") || !strings.Contains(hint, "60 to 100 seconds") {
		t.Errorf("error = %v, hint = %q", err, hint)
	}

	if err := w.account.DeleteBranch(workshop, branch.ENIID); err != nil {
		t.Fatal(err)
	}
	rule, err := c.AuthorizeRule(ctx, plan.NewRule{GroupID: w.group, Direction: world.Ingress, Protocol: "tcp", FromPort: 53, ToPort: 53, PeerGroup: pods})
	if err != nil {
		t.Fatal(err)
	}
	err = c.DeleteSecurityGroup(ctx, pods)
	if hint, _ := world.HintOf(err); world.KindOf(err) != world.ProblemInUse || !strings.Contains(err.Error(), "rules of "+w.group+" (eks-cluster-sg-workshop-") || !strings.Contains(hint, "revoke") {
		t.Errorf("error = %v, hint = %q", err, hint)
	}
	if err := c.RevokeRule(ctx, w.group, world.Ingress, rule); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteSecurityGroup(ctx, pods); err != nil {
		t.Errorf("deleting the unused group: %v", err)
	}
}

func TestWaitsTellWhyTheyFail(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.addDatabase(t)
	ctx, c := t.Context(), w.client

	if err := w.account.SetDatabaseStatus("orders", "storage-full"); err != nil {
		t.Fatal(err)
	}
	_, err := c.WaitDatabase(ctx, "orders", nil)
	if _, command := world.HintOf(err); err == nil || !strings.Contains(err.Error(), "storage-full") || !strings.Contains(command, "describe-events") {
		t.Errorf("a full database: %v, command %q", err, command)
	}
	if _, err := c.WaitDatabase(ctx, "nobody", nil); world.KindOf(err) != world.ProblemChanged {
		t.Errorf("a database that is not there: %v", err)
	}
	for _, status := range []string{"UPDATE_FAILED", "DEGRADED"} {
		w.account.SetAddonHealth(workshop, addonVPCCNI, status, "ConfigurationConflict")
		if err := c.WaitAddon(ctx, workshop, addonVPCCNI, "", nil); err == nil || !strings.Contains(err.Error(), status) {
			t.Errorf("an add-on that is %s: %v", status, err)
		}
	}
	_, err = c.UpdateAddon(ctx, plan.AddonUpdate{Cluster: workshop, Addon: addonVPCCNI, ConfigurationValues: `{"env":{"NO_SUCH_SETTING":"x"}}`})
	if hint, _ := world.HintOf(err); err == nil || !strings.Contains(hint, "may not know") {
		t.Errorf("an unknown setting: %v, hint %q", err, hint)
	}
}

func TestThrottledCallsAreTriedAgain(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.account.InjectFault(cloud.Fault{Action: "ec2:CreateSecurityGroup", Code: "RequestLimitExceeded", Times: 2})
	if _, err := w.client.CreateSecurityGroup(t.Context(), plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: w.network.VPC}); err != nil {
		t.Errorf("throttled twice: %v", err)
	}
}

func TestExpiredCredentialsEndAWait(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.addDatabase(t)
	if err := w.account.SetDatabaseStatus("orders", "modifying"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var once sync.Once
	_, err := w.client.WaitDatabase(ctx, "orders", func(plan.Progress) { once.Do(w.account.ExpireCredentials) })
	var p *world.Problem
	if !errors.As(err, &p) || p.Kind != world.ProblemCredentials {
		t.Errorf("error = %v, want a matter of credentials", err)
	}
}
