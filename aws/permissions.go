package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// Mode says what a policy document is for.
type Mode string

// The modes.
const (
	ModeRead  Mode = "read"  // diagnose, plan, watch, bundle
	ModeWrite Mode = "write" // setup and cleanup as well
)

// permission is an IAM action that podsg uses, with the resources that it is
// granted on: https://docs.aws.amazon.com/service-authorization/latest/reference/
type permission struct {
	action string
	mode   Mode
	// grants name the resources; an action that needs several kinds of resource
	// (a group in a VPC) has several, the one that matters most first.
	grants []grant
	// implied actions are checked by AWS within another call.
	implied bool
}

// grant is a set of resources under one condition. Resources are ARNs without
// "arn:PARTITION:", in which REGION and ACCOUNT stand for the caller's when a
// policy is simulated and for * in a document.
type grant struct {
	resources []string
	condition condition
}

// condition restricts a grant.
type condition int

const (
	always       condition = iota
	tagsAsked              // the call gives the object podsg's tags
	tagsHad                // the object has podsg's tags
	tagsAtCreate           // tags are given by the call that creates the object
	onlyController
	onlyRDS
)

// Resources, as in the service authorization reference.
const (
	arnAny      = "*"
	arnGroup    = "ec2:REGION:ACCOUNT:security-group/*"
	arnRule     = "ec2:REGION:ACCOUNT:security-group-rule/*"
	arnVPC      = "ec2:REGION:ACCOUNT:vpc/*"
	arnCluster  = "eks:REGION:ACCOUNT:cluster/*"
	arnNodes    = "eks:REGION:ACCOUNT:nodegroup/*/*/*"
	arnAddon    = "eks:REGION:ACCOUNT:addon/*/vpc-cni/*"
	arnRole     = "iam::ACCOUNT:role/*"
	arnUser     = "iam::ACCOUNT:user/*"
	arnProfile  = "iam::ACCOUNT:instance-profile/*"
	arnRDSRole  = "iam::ACCOUNT:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
	arnDatabase = "rds:REGION:ACCOUNT:db:*"
	arnSubnets  = "rds:REGION:ACCOUNT:subgrp:*"
	arnParams   = "rds:REGION:ACCOUNT:pg:*"
	arnOptions  = "rds:REGION:ACCOUNT:og:*"
	// Secrets of other names than RDS gives its own have to be added by whoever
	// keeps a password in one.
	arnSecret = "secretsmanager:REGION:ACCOUNT:secret:rds!*"
)

// permissions is the table of everything that the code calls.
func permissions() []permission {
	on := func(resources ...string) grant { return grant{resources: resources} }
	with := func(c condition, resources ...string) grant { return grant{resources: resources, condition: c} }
	read := func(action string, grants ...grant) permission {
		return permission{action: action, mode: ModeRead, grants: grants}
	}
	write := func(action string, grants ...grant) permission {
		return permission{action: action, mode: ModeWrite, grants: grants}
	}
	implied := func(p permission) permission { p.implied = true; return p }

	return []permission{
		read("sts:GetCallerIdentity", on(arnAny)),
		read("eks:ListClusters", on(arnAny)),
		read("eks:DescribeCluster", on(arnCluster)),
		read("eks:ListNodegroups", on(arnCluster)),
		read("eks:DescribeNodegroup", on(arnNodes)),
		read("eks:DescribeAddon", on(arnAddon)),
		read("ec2:DescribeVpcs", on(arnAny)),
		read("ec2:DescribeVpcAttribute", on(arnAny)),
		read("ec2:DescribeSubnets", on(arnAny)),
		read("ec2:DescribeRouteTables", on(arnAny)),
		read("ec2:DescribeNetworkAcls", on(arnAny)),
		read("ec2:DescribeSecurityGroups", on(arnAny)),
		read("ec2:DescribeSecurityGroupRules", on(arnAny)),
		read("ec2:GetManagedPrefixListEntries", on(arnAny)), // AWS-managed lists belong to no account
		read("ec2:DescribeNetworkInterfaces", on(arnAny)),
		read("ec2:DescribeInstances", on(arnAny)),
		read("ec2:DescribeInstanceTypes", on(arnAny)),
		read("iam:GetRole", on(arnRole)),
		read("iam:ListAttachedRolePolicies", on(arnRole)),
		read("iam:GetInstanceProfile", on(arnProfile)),
		read("iam:SimulatePrincipalPolicy", on(arnRole, arnUser)),
		read("rds:DescribeDBInstances", on(arnDatabase)),
		read("rds:DescribeDBSubnetGroups", on(arnSubnets)),
		read("rds:ListTagsForResource", on(arnSubnets)),
		read("rds:DescribeDBParameters", on(arnParams)),
		read("rds:DescribeDBEngineVersions", on(arnAny)),
		read("rds:DescribeOrderableDBInstanceOptions", on(arnAny)),

		write("ec2:CreateSecurityGroup", with(tagsAsked, arnGroup), on(arnVPC)),
		implied(write("ec2:CreateTags", with(tagsAtCreate, arnGroup, arnRule))),
		write("ec2:DeleteSecurityGroup", with(tagsHad, arnGroup)),
		// Rules are added to groups that podsg did not make too: those of the
		// nodes and of an existing database. What it adds carries its tags.
		write("ec2:AuthorizeSecurityGroupIngress", with(tagsAsked, arnRule), on(arnGroup)),
		write("ec2:AuthorizeSecurityGroupEgress", with(tagsAsked, arnRule), on(arnGroup)),
		write("ec2:RevokeSecurityGroupIngress", on(arnGroup)),
		write("ec2:RevokeSecurityGroupEgress", on(arnGroup)),
		write("rds:CreateDBSubnetGroup", with(tagsAsked, arnSubnets)),
		write("rds:DeleteDBSubnetGroup", with(tagsHad, arnSubnets)),
		write("rds:CreateDBInstance", with(tagsAsked, arnDatabase), on(arnSubnets, arnParams, arnOptions)),
		implied(write("rds:AddTagsToResource", with(tagsAsked, arnDatabase, arnSubnets))),
		implied(write("iam:CreateServiceLinkedRole", with(onlyRDS, arnRDSRole))), // an account's first RDS instance
		write("rds:ModifyDBInstance", with(tagsHad, arnDatabase)),
		write("rds:DeleteDBInstance", with(tagsHad, arnDatabase)),
		write("iam:AttachRolePolicy", with(onlyController, arnRole)),
		write("iam:DetachRolePolicy", with(onlyController, arnRole)),
		write("eks:UpdateAddon", on(arnAddon)),
		write("eks:DescribeUpdate", on(arnCluster, arnAddon)),
		write("secretsmanager:GetSecretValue", on(arnSecret)),
	}
}

// Actions lists the IAM actions of a mode, sorted: what
// [steps.CloudScope.Actions] simulates.
func Actions(mode Mode) []string {
	var actions []string
	for _, p := range permissions() {
		if p.mode == ModeRead || mode == ModeWrite {
			actions = append(actions, p.action)
		}
	}
	slices.Sort(actions)
	return actions
}

// modeOf is the least mode that has an action.
func modeOf(action string) Mode {
	if slices.Contains(Actions(ModeRead), action) {
		return ModeRead
	}
	return ModeWrite
}

// Permissions is the least IAM policy document, as indented JSON, with which
// podsg can do its work in a partition (aws, aws-cn, aws-us-gov). Actions that
// AWS can restrict to a resource are; what podsg creates must carry its tags,
// and what it deletes must have them.
func Permissions(mode Mode, partition string) ([]byte, error) {
	if mode != ModeRead && mode != ModeWrite {
		return nil, fmt.Errorf("unknown mode %q: want %s or %s", mode, ModeRead, ModeWrite)
	}
	if !slices.Contains([]string{"aws", "aws-cn", "aws-us-gov"}, partition) {
		return nil, fmt.Errorf("unknown partition %q: want aws, aws-cn or aws-us-gov", partition)
	}
	document := policyDocument{Version: "2012-10-17"}
	for _, p := range permissions() {
		if p.mode == ModeWrite && mode == ModeRead {
			continue
		}
		for _, g := range p.grants {
			document.add(p.action, g, partition)
		}
	}
	return document.text()
}

// PermissionsFor is the policy document of some actions that podsg uses.
func PermissionsFor(actions []string, partition string) ([]byte, error) {
	known := Actions(ModeWrite)
	for _, a := range actions {
		if !slices.Contains(known, a) {
			return nil, fmt.Errorf("podsg does not use the action %q", a)
		}
	}
	document := policyDocument{Version: "2012-10-17"}
	for _, p := range permissions() {
		if !slices.Contains(actions, p.action) {
			continue
		}
		for _, g := range p.grants {
			document.add(p.action, g, partition)
		}
	}
	return document.text()
}

// text is the document as indented JSON.
func (d *policyDocument) text() ([]byte, error) {
	for i := range d.Statement {
		d.Statement[i].Sid = fmt.Sprintf("Podsg%02d", i+1)
	}
	return json.MarshalIndent(d, "", "  ")
}

// policyDocument is an IAM policy in JSON:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policyDocument struct {
	Version   string            `json:"Version"`
	Statement []policyStatement `json:"Statement"`
}

type policyStatement struct {
	Sid       string                         `json:"Sid"`
	Effect    string                         `json:"Effect"`
	Action    []string                       `json:"Action"`
	Resource  []string                       `json:"Resource"`
	Condition map[string]map[string][]string `json:"Condition,omitempty"`

	when condition
}

// add puts an action into the statement with the same resources and condition,
// or into a new one.
func (d *policyDocument) add(action string, g grant, partition string) {
	resources := make([]string, len(g.resources))
	for i, r := range g.resources {
		resources[i] = resourceARN(r, partition, "*", "*")
	}
	for i := range d.Statement {
		if s := &d.Statement[i]; s.when == g.condition && slices.Equal(s.Resource, resources) {
			s.Action = append(s.Action, action)
			return
		}
	}
	d.Statement = append(d.Statement, policyStatement{
		Effect: "Allow", Action: []string{action}, Resource: resources, Condition: g.condition.json(partition), when: g.condition,
	})
}

func (c condition) json(partition string) map[string]map[string][]string {
	tags := func(prefix string) map[string]map[string][]string {
		return map[string]map[string][]string{
			"StringEquals": {prefix + world.LabelManagedBy: {world.ManagedBy}},
			"StringLike":   {prefix + world.TagCluster: {"?*"}},
		}
	}
	switch c {
	case tagsAsked:
		return tags("aws:RequestTag/")
	case tagsHad:
		return tags("aws:ResourceTag/")
	case tagsAtCreate:
		return map[string]map[string][]string{"StringEquals": {"ec2:CreateAction": {
			"CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress",
		}}}
	case onlyController:
		return map[string]map[string][]string{"ArnEquals": {"iam:PolicyARN": {controllerPolicy(partition)}}}
	case onlyRDS:
		return map[string]map[string][]string{"StringEquals": {"iam:AWSServiceName": {"rds.amazonaws.com"}}}
	default:
		return nil
	}
}

// resourceARN completes a resource of the table.
func resourceARN(resource, partition, region, account string) string {
	if resource == arnAny {
		return arnAny
	}
	return "arn:" + partition + ":" + strings.NewReplacer("REGION", region, "ACCOUNT", account).Replace(resource)
}

// sampleResource is what a simulation tries an action on: the objects of the
// scope where they are known, else all of their kind.
func sampleResource(action string, caller world.Identity, scope plan.CloudScope) string {
	resource := arnAny
	for _, p := range permissions() {
		if p.action == action {
			resource = p.grants[0].resources[0]
		}
	}
	switch {
	case resource == arnCluster && scope.Cluster.ARN != "":
		return scope.Cluster.ARN
	case resource == arnRole && scope.Cluster.RoleARN != "" && action != "iam:SimulatePrincipalPolicy":
		return scope.Cluster.RoleARN
	case resource == arnDatabase && scope.Database != "":
		resource = strings.TrimSuffix(resource, "*") + scope.Database
	}
	return resourceARN(resource, caller.Partition, caller.Region, caller.Account)
}
