package steps

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"podsg/steps/check"
	"podsg/steps/clientlog"
	"podsg/steps/follow"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// pageOf is the page of a check, which lies in a room of the procedure.
func pageOf(t *testing.T, id string) (name, text string) {
	t.Helper()
	found, err := filepath.Glob("*/" + id + ".md")
	if err != nil || len(found) != 1 {
		t.Errorf("%s has the pages %v, %v; want one", id, found, err)
		return "", ""
	}
	page, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return found[0], string(page)
}

func TestEveryDeclaredCheckIsListedOnce(t *testing.T) {
	declared := declaredChecks(t)
	var listed []string
	for _, c := range append(Checks(), follow.PodChecks()...) {
		listed = append(listed, c.ID+" "+c.Title)
	}
	for _, c := range declared {
		if !slices.Contains(listed, c) {
			t.Errorf("neither Checks nor PodChecks lists %q", c)
		}
	}
	for _, c := range listed {
		if !slices.Contains(declared, c) {
			t.Errorf("%q is listed and not declared", c)
		}
	}
	for _, list := range [][]check.CheckInfo{Checks(), follow.PodChecks()} {
		seen := map[string]bool{}
		for _, c := range list {
			if seen[c.ID] {
				t.Errorf("id %s is given twice", c.ID)
			}
			seen[c.ID] = true
		}
	}
}

// declaredChecks are the check values of the package's source, as "id title".
func declaredChecks(t *testing.T) []string {
	t.Helper()
	here, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	rooms, err := filepath.Glob("*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := append(here, rooms...)
	var out []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok || len(literal.Elts) < 2 {
				return true
			}
			if kind, ok := literal.Type.(*ast.SelectorExpr); ok && kind.Sel.Name == "Check" {
				out = append(out, text(t, literal.Elts[0].(*ast.KeyValueExpr).Value)+" "+text(t, literal.Elts[1].(*ast.KeyValueExpr).Value))
			}
			return true
		})
	}
	return out
}

// text is the value of a string literal.
func text(t *testing.T, e ast.Expr) string {
	t.Helper()
	literal, ok := e.(*ast.BasicLit)
	if !ok {
		t.Fatalf("a check is not declared with literals: %v", e)
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEveryFindingIsOfAListedCheckAndEveryListedCheckIsReported(t *testing.T) {
	listed := map[string]check.CheckInfo{}
	for _, c := range Checks() {
		listed[c.ID] = c
	}
	reported := map[string]bool{}
	for name, w := range checkedWorlds() {
		for _, mode := range []string{world.ModeStrict, world.ModeStandard} {
			target, err := intent.ResolveForDiagnosis(w, intent.Intent{Cluster: w.Cloud.Cluster.Name, CNI: intent.CNIIntent{EnforcingMode: mode}})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, f := range Check(w, &target) {
				reported[f.ID] = true
				if got := (check.CheckInfo{ID: f.ID, Title: f.Title, Step: f.Step, Doc: f.Doc, Severity: listed[f.ID].Severity}); got != listed[f.ID] {
					t.Errorf("%s: finding %+v, listed as %+v", name, got, listed[f.ID])
				}
			}
		}
	}
	for id := range listed {
		if !reported[id] {
			t.Errorf("no world of this test makes Check report %s", id)
		}
	}
}

// checkedWorlds are snapshots by name: one in which nothing was set up, one in
// which everything was, one in which nothing could be observed, and one in which
// much is wrong.
func checkedWorlds() map[string]*world.Snapshot {
	blind := setUpWorld()
	for _, f := range []world.Fact{world.FactNodes, world.FactCNI, world.FactPods, world.FactPolicies, world.FactSecurityGroups, world.FactInterfaces, world.FactClusterRole, world.FactAdmission, world.FactAccess, world.FactPermissions} {
		blind.AddGap(f, fmt.Errorf("not allowed"))
	}
	bare := setUpWorld()
	bare.Cloud.Databases, bare.Cloud.Addon = nil, nil
	bare.Cloud.SecurityGroups = bare.Cloud.SecurityGroups[:1]
	bare.Kube = world.ClusterFacts{Server: bare.Kube.Server, CNI: bare.Kube.CNI, Nodes: bare.Kube.Nodes}
	worlds := map[string]*world.Snapshot{
		"set up": setUpWorld(), "bare": bare, "blind": blind, "balanced": balancedWorld(), "troubled": troubledWorld(), "loud": loudWorld(), "spoilt": spoiltWorld(),
	}
	waiting := setUpWorld()
	waiting.Kube.CNI.Version, waiting.Kube.CNI.Rollout.Ready = "v1.22.1", 0
	worlds["waiting for the CNI"] = waiting
	for name, x := range brokenPods {
		worlds[name] = setUpWorld()
		x.breakIt(worlds[name], &worlds[name].Kube.Pods[0])
	}
	return worlds
}

// controllerRole is a cluster role with both managed policies.
func controllerRole() world.Role {
	return world.Role{
		Name: "cluster-role", ARN: "arn:aws:iam::111122223333:role/cluster-role",
		AttachedPolicies: []string{world.ManagedPolicyARN("aws", world.PolicyCluster), world.ManagedPolicyARN("aws", world.PolicyController)},
		Allowed:          slices.Concat(world.ControllerActions(), world.ClusterPolicyActions()),
	}
}

// balancedWorld is setUpWorld with custom networking, network ACLs and a load
// balancer in front of the pod.
func balancedWorld() *world.Snapshot {
	s := setUpWorld()
	s.Cloud.ClusterRole = controllerRole()
	s.Cloud.Subnets[0].CIDR, s.Cloud.Subnets[1].CIDR = "10.0.0.0/24", "10.0.1.0/24"
	s.Cloud.ACLs = []world.ACL{{ID: "acl-1", SubnetIDs: []string{"subnet-a", "subnet-b"}, Entries: openACL()}}
	s.Cloud.Databases[0].SubnetIDs = []string{"subnet-b"}
	s.Kube.CNI.Env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
	s.Kube.ENIConfigs = []world.ENIConfig{{Name: "us-west-2a", SubnetID: "subnet-a"}}
	s.Kube.Services = []world.Service{{
		ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace}, Type: "LoadBalancer", PodLabels: map[string]string{"app": intent.GreenLabel},
	}}
	return s
}

// spoiltWorld is one in which pods have other groups than their policy gives,
// or none, and new ones would fare worse in every way.
func spoiltWorld() *world.Snapshot {
	s := setUpWorld()
	s.Kube.Policies[0].GroupIDs = []string{"sg-0123456789abcdef0"}
	s.Kube.Admission.PolicyCRD = false
	s.Kube.Settings.ControllerRole = false
	old := s.Kube.Pods[0]
	old.Name, old.ENIs, old.ENILimitOn, old.CreatedAt = "old", nil, -1, s.Kube.Policies[0].CreatedAt.Add(-time.Hour)
	s.Kube.Pods = append(s.Kube.Pods, old)
	s.Kube.Events = []world.ClusterEvent{{
		At: s.TakenAt, Kind: "ReplicaSet", Name: "shop-7c", Namespace: intent.DefaultNamespace, Reason: "FailedCreate",
		Message: `admission webhook "mpod.vpc.k8s.aws" denied the request: Failed to get Matching SGP for Pods, rejecting event`,
	}, {At: s.TakenAt, Kind: "Node", Name: s.Kube.Nodes[0].Name, Reason: "TrunkENICreationFailed", Message: "UnauthorizedOperation"}}
	s.Kube.Nodes[0].PodENIs = 0
	return s
}

// loudWorld is one whose pods' logs tell of everything that they can, with a
// master password that RDS changes.
func loudWorld() *world.Snapshot {
	s := setUpWorld()
	s.Cloud.Databases[0].MasterSecret = "arn:aws:secretsmanager:us-west-2:111122223333:secret:rds!db-1"
	green := s.Kube.Pods[0]
	s.Kube.Pods = nil
	for i, line := range []string{
		"connection to server at \"db.example\", port 5432 failed: timeout expired", "connection to server at \"db.example\", port 5433 failed: timeout expired",
		"no pg_hba.conf entry for host \"10.0.0.3\", no encryption", "password authentication failed for user \"app\"", "database \"shop\" does not exist",
		"SCRAM authentication requires libpq version 10 or above", "SSL error: certificate verify failed", "could not translate host name \"db\" to address",
		"connect ECONNREFUSED 10.0.1.2:5432", "sorry, too many clients already", "the database system is starting up",
	} {
		pod := green
		pod.Name = fmt.Sprintf("green-%d", i)
		trouble, _ := clientlog.LogTroubleIn(line)
		pod.Troubles = []world.LogTrouble{trouble}
		s.Kube.Pods = append(s.Kube.Pods, pod)
	}
	return s
}

// setUpWorld is a cluster of one node where a pod reaches the database.
func setUpWorld() *world.Snapshot {
	const vpc, endpoint = "vpc-1", "https://workshop.example"
	tags := world.OwnershipTags("workshop")
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	green := map[string]string{"app": intent.GreenLabel}
	return &world.Snapshot{
		SchemaVersion: plan.SchemaVersion, TakenAt: at, CA: []byte("PEM"),
		Cloud: world.CloudFacts{
			Identity: world.Identity{Account: "111122223333", Region: "us-west-2", Partition: "aws"},
			Cluster:  world.Cluster{Name: "workshop", Status: "ACTIVE", Endpoint: endpoint, VPCID: vpc, SecurityGroupID: "sg-nodes"},
			VPC:      world.VPC{ID: vpc},
			Subnets:  []world.Subnet{{ID: "subnet-a", Zone: "us-west-2a", FreeIPs: 100}, {ID: "subnet-b", Zone: "us-west-2b", FreeIPs: 100}},
			SecurityGroups: []world.SecurityGroup{
				{ID: "sg-nodes", Name: "nodes", VPCID: vpc},
				{ID: "sg-pods", Name: intent.DefaultPodGroupName, VPCID: vpc, Tags: tags},
				{ID: "sg-db", Name: intent.DefaultDBGroupName, VPCID: vpc, Tags: tags},
			},
			Interfaces: []world.Interface{
				{ID: "eni-1", InstanceID: "i-1", PrivateIP: "10.0.0.1", IPs: []string{"10.0.0.53"}, Groups: []string{"sg-nodes"}},
				{ID: "eni-trunk", Type: world.InterfaceTrunk, InstanceID: "i-1", PrivateIP: "10.0.0.2", Groups: []string{"sg-nodes"}},
				{ID: "eni-branch", Type: world.InterfaceBranch, PrivateIP: "10.0.0.3", Groups: []string{"sg-pods"}},
			},
			Instances:     []world.Instance{{ID: "i-1", Type: "m5.large", PrivateIP: "10.0.0.1", SubnetID: "subnet-a", PrimaryGroups: []string{"sg-nodes"}}},
			InstanceTypes: map[string]world.InstanceType{"m5.large": {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3}},
			ClusterRole:   world.Role{Name: "cluster-role"},
			Addon:         &world.Addon{Name: world.AddonVPCCNI, Status: "ACTIVE"},
			Databases: []world.Database{{
				Identifier: intent.DefaultDBIdentifier, Engine: "postgres", Status: "available", Address: "db.example", Port: intent.DefaultDBPort,
				VPCID: vpc, Groups: []string{"sg-db"}, Tags: tags,
			}},
		},
		Kube: world.ClusterFacts{
			Server: endpoint,
			Nodes: []world.Node{{
				Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Ready: true, PodENIs: 9, HasCNINode: true, Features: map[string]string{world.FeatureSGP: ""},
			}},
			CNI:       &world.CNI{Version: "v1.23.2", Env: map[string]string{world.EnvPodENI: "true"}},
			DNS:       world.DNS{PodIPs: []string{"10.0.0.53"}},
			Admission: world.Admission{PolicyCRD: true, MutatingWebhook: true, ControllerRenewed: at},
			Namespace: &world.Namespace{ObjectFacts: world.ObjectFacts{Name: intent.DefaultNamespace, Owned: true}},
			Policies: []world.PodPolicy{{
				ObjectFacts: world.ObjectFacts{Name: intent.DefaultPolicyName, Namespace: intent.DefaultNamespace, Owned: true},
				PodSelector: &world.Selector{MatchLabels: green}, GroupIDs: []string{"sg-pods"},
			}},
			Pods: []world.Pod{{
				ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace, Labels: green}, Node: "node-1", Phase: "Running", IP: "10.0.0.3",
				ENIs: []world.PodENI{{ENIID: "eni-branch", PrivateIP: "10.0.0.3"}},
			}},
			Settings: world.Settings{CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true},
			Secret:   &world.SecretFacts{ObjectFacts: world.ObjectFacts{Name: intent.DefaultSecretName, Owned: true}, HasPassword: true},
			Workloads: []world.Workload{{
				ObjectFacts: world.ObjectFacts{Name: "green", Namespace: intent.DefaultNamespace}, Kind: "Deployment", PodLabels: green, ProbePorts: []int{8080},
			}},
		},
	}
}

// documented are the checks by page, in the order of the table: those of the
// procedure, then those that only a single pod has. A pod's check may share the
// page of the procedure's with the same id.
func documented() []check.CheckInfo {
	out := Checks()
	for _, c := range follow.PodChecks() {
		if !slices.ContainsFunc(out, func(d check.CheckInfo) bool { return d.ID == c.ID }) {
			out = append(out, c)
		}
	}
	return out
}

// sections are the headings that every page has, in this order.
var sections = []string{
	"## What is checked", "## Why it matters", "## What you see, and where to look", "## How to mend it", "## What setup does", "## See also",
}

func TestEveryCheckHasAPageAndEveryPageACheck(t *testing.T) {
	pages := map[string]bool{}
	for _, c := range documented() {
		name, page := pageOf(t, c.ID)
		pages[name] = true
		lines := strings.Split(page, "\n")
		if want := "# " + c.ID + ": " + c.Title; lines[0] != want {
			t.Errorf("%s begins with %q, want %q", c.Doc, lines[0], want)
		}
		if step := "Step `" + string(c.Step) + "`"; !strings.Contains(page, step) {
			t.Errorf("%s does not say %s", c.Doc, step)
		}
		var headings []string
		for _, line := range lines {
			if strings.HasPrefix(line, "## ") {
				headings = append(headings, line)
			}
		}
		if !slices.Equal(headings, sections) {
			t.Errorf("%s has the headings %q", c.Doc, headings)
		}
	}
	for _, c := range follow.PodChecks() {
		if _, page := pageOf(t, c.ID); !strings.Contains(page, c.Title) {
			t.Errorf("%s does not mention %q", c.Doc, c.Title)
		}
	}
	all, err := filepath.Glob("*/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if !pages[name] {
			t.Errorf("steps/%s is the page of no check", name)
		}
	}
}
