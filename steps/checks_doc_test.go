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
)

const checksFolder = "../docs/checks"

func TestEveryDeclaredCheckIsListedOnce(t *testing.T) {
	declared := declaredChecks(t)
	var listed []string
	for _, c := range append(Checks(), PodChecks()...) {
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
	for _, list := range [][]CheckInfo{Checks(), PodChecks()} {
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
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
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
			if !ok || len(literal.Elts) != 2 {
				return true
			}
			if kind, ok := literal.Type.(*ast.Ident); ok && kind.Name == "check" {
				out = append(out, text(t, literal.Elts[0])+" "+text(t, literal.Elts[1]))
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
	listed := map[string]CheckInfo{}
	for _, c := range Checks() {
		listed[c.ID] = c
	}
	reported := map[string]bool{}
	for name, w := range checkedWorlds() {
		for _, mode := range []string{ModeStrict, ModeStandard} {
			target, err := ResolveForDiagnosis(w, Intent{Cluster: w.Cloud.Cluster.Name, CNI: CNIIntent{EnforcingMode: mode}})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, f := range Check(w, &target) {
				reported[f.ID] = true
				if got := (CheckInfo{ID: f.ID, Title: f.Title, Step: f.Step, Doc: f.Doc}); got != listed[f.ID] {
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
func checkedWorlds() map[string]*Snapshot {
	blind := setUpWorld()
	for _, f := range []Fact{FactNodes, FactCNI, FactPods, FactPolicies, FactSecurityGroups, FactInterfaces, FactClusterRole, FactAdmission, FactAccess, FactPermissions} {
		blind.AddGap(f, fmt.Errorf("not allowed"))
	}
	bare := setUpWorld()
	bare.Cloud.Databases, bare.Cloud.Addon = nil, nil
	bare.Cloud.SecurityGroups = bare.Cloud.SecurityGroups[:1]
	bare.Kube = ClusterFacts{Server: bare.Kube.Server, CNI: bare.Kube.CNI, Nodes: bare.Kube.Nodes}
	worlds := map[string]*Snapshot{
		"set up": setUpWorld(), "bare": bare, "blind": blind, "balanced": balancedWorld(), "troubled": troubledWorld(), "loud": loudWorld(),
	}
	for name, x := range brokenPods {
		worlds[name] = setUpWorld()
		x.breakIt(worlds[name], &worlds[name].Kube.Pods[0])
	}
	return worlds
}

// balancedWorld is setUpWorld with custom networking, network ACLs and a load
// balancer in front of the pod.
func balancedWorld() *Snapshot {
	s := setUpWorld()
	s.Cloud.ClusterRole = controllerRole()
	s.Cloud.Subnets[0].CIDR, s.Cloud.Subnets[1].CIDR = "10.0.0.0/24", "10.0.1.0/24"
	s.Cloud.ACLs = []ACL{{ID: "acl-1", SubnetIDs: []string{"subnet-a", "subnet-b"}, Entries: openACL()}}
	s.Cloud.Databases[0].SubnetIDs = []string{"subnet-b"}
	s.Kube.CNI.Env["AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG"] = "true"
	s.Kube.ENIConfigs = []ENIConfig{{Name: "us-west-2a", SubnetID: "subnet-a"}}
	s.Kube.Services = []Service{{
		ObjectFacts: ObjectFacts{Name: "green", Namespace: DefaultNamespace}, Type: "LoadBalancer", PodLabels: map[string]string{"app": GreenLabel},
	}}
	return s
}

// loudWorld is one whose pods' logs tell of everything that they can, with a
// master password that RDS changes.
func loudWorld() *Snapshot {
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
		trouble, _ := LogTroubleIn(line)
		pod.Troubles = []LogTrouble{trouble}
		s.Kube.Pods = append(s.Kube.Pods, pod)
	}
	return s
}

// setUpWorld is a cluster of one node where a pod reaches the database.
func setUpWorld() *Snapshot {
	const vpc, endpoint = "vpc-1", "https://workshop.example"
	tags := OwnershipTags("workshop")
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	green := map[string]string{"app": GreenLabel}
	return &Snapshot{
		SchemaVersion: SchemaVersion, TakenAt: at, CA: []byte("PEM"),
		Cloud: CloudFacts{
			Identity: Identity{Account: "111122223333", Region: "us-west-2", Partition: "aws"},
			Cluster:  Cluster{Name: "workshop", Status: "ACTIVE", Endpoint: endpoint, VPCID: vpc, SecurityGroupID: "sg-nodes"},
			VPC:      VPC{ID: vpc},
			Subnets:  []Subnet{{ID: "subnet-a", Zone: "us-west-2a", FreeIPs: 100}, {ID: "subnet-b", Zone: "us-west-2b", FreeIPs: 100}},
			SecurityGroups: []SecurityGroup{
				{ID: "sg-nodes", Name: "nodes", VPCID: vpc},
				{ID: "sg-pods", Name: DefaultPodGroupName, VPCID: vpc, Tags: tags},
				{ID: "sg-db", Name: DefaultDBGroupName, VPCID: vpc, Tags: tags},
			},
			Interfaces: []Interface{
				{ID: "eni-1", InstanceID: "i-1", PrivateIP: "10.0.0.1", IPs: []string{"10.0.0.53"}, Groups: []string{"sg-nodes"}},
				{ID: "eni-trunk", Type: InterfaceTrunk, InstanceID: "i-1", PrivateIP: "10.0.0.2", Groups: []string{"sg-nodes"}},
				{ID: "eni-branch", Type: InterfaceBranch, PrivateIP: "10.0.0.3", Groups: []string{"sg-pods"}},
			},
			Instances:     []Instance{{ID: "i-1", Type: "m5.large", PrivateIP: "10.0.0.1", SubnetID: "subnet-a", PrimaryGroups: []string{"sg-nodes"}}},
			InstanceTypes: map[string]InstanceType{"m5.large": {Name: "m5.large", Known: true, Trunking: true, BranchENIs: 9, ENIs: 3}},
			ClusterRole:   Role{Name: "cluster-role"},
			Addon:         &Addon{Name: AddonVPCCNI, Status: "ACTIVE"},
			Databases: []Database{{
				Identifier: DefaultDBIdentifier, Engine: "postgres", Status: "available", Address: "db.example", Port: DefaultDBPort,
				VPCID: vpc, Groups: []string{"sg-db"}, Tags: tags,
			}},
		},
		Kube: ClusterFacts{
			Server: endpoint,
			Nodes: []Node{{
				Name: "node-1", InstanceID: "i-1", InstanceType: "m5.large", Ready: true, PodENIs: 9, HasCNINode: true, Features: map[string]string{FeatureSGP: ""},
			}},
			CNI:       &CNI{Version: "v1.23.2", Env: map[string]string{envPodENI: "true"}},
			DNS:       DNS{PodIPs: []string{"10.0.0.53"}},
			Admission: Admission{PolicyCRD: true, MutatingWebhook: true, ControllerRenewed: at},
			Namespace: &Namespace{ObjectFacts: ObjectFacts{Name: DefaultNamespace, Owned: true}},
			Policies: []PodPolicy{{
				ObjectFacts: ObjectFacts{Name: DefaultPolicyName, Namespace: DefaultNamespace, Owned: true},
				PodSelector: &Selector{MatchLabels: green}, GroupIDs: []string{"sg-pods"},
			}},
			Pods: []Pod{{
				ObjectFacts: ObjectFacts{Name: "green", Namespace: DefaultNamespace, Labels: green}, Node: "node-1", Phase: "Running", IP: "10.0.0.3",
				ENIs: []PodENI{{ENIID: "eni-branch", PrivateIP: "10.0.0.3"}},
			}},
			Settings: Settings{CNIRole: true, CNIPatchesNodes: true, ControllerRole: true, ControllerBinding: true},
			Secret:   &SecretFacts{ObjectFacts: ObjectFacts{Name: DefaultSecretName, Owned: true}, HasPassword: true},
			Workloads: []Workload{{
				ObjectFacts: ObjectFacts{Name: "green", Namespace: DefaultNamespace}, Kind: "Deployment", PodLabels: green, ProbePorts: []int{8080},
			}},
		},
	}
}

// documented are the checks by page, in the order of the table: those of the
// procedure, then those that only a single pod has. A pod's check may share the
// page of the procedure's with the same id.
func documented() []CheckInfo {
	out := Checks()
	for _, c := range PodChecks() {
		if !slices.ContainsFunc(out, func(d CheckInfo) bool { return d.ID == c.ID }) {
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
	pages := map[string]bool{"README.md": true}
	for _, c := range documented() {
		pages[c.ID+".md"] = true
		page, err := os.ReadFile(filepath.Join(checksFolder, c.ID+".md"))
		if err != nil {
			t.Error(err)
			continue
		}
		lines := strings.Split(string(page), "\n")
		if want := "# " + c.ID + ": " + c.Title; lines[0] != want {
			t.Errorf("%s begins with %q, want %q", c.Doc, lines[0], want)
		}
		if step := "Step `" + string(c.Step) + "`"; !strings.Contains(string(page), step) {
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
	for _, c := range PodChecks() {
		if page, err := os.ReadFile(filepath.Join(checksFolder, c.ID+".md")); err != nil || !strings.Contains(string(page), c.Title) {
			t.Errorf("%s does not mention %q: %v", c.Doc, c.Title, err)
		}
	}
	entries, err := os.ReadDir(checksFolder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !pages[e.Name()] {
			t.Errorf("docs/checks/%s is the page of no check", e.Name())
		}
	}
}

func TestTheTableOfChecksHasThemAllInOrder(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(checksFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows, want []string
	for line := range strings.Lines(string(table)) {
		if cells := strings.Split(line, "|"); len(cells) == 6 && strings.HasPrefix(cells[1], " [") {
			rows = append(rows, strings.Join(cells[1:4], "|"))
		}
	}
	for _, c := range documented() {
		want = append(want, fmt.Sprintf(" [%s](%s.md) | %s | %s ", c.ID, c.ID, c.Title, c.Step))
	}
	if !slices.Equal(rows, want) {
		t.Errorf("the table has\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}
