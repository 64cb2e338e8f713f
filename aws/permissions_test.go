package aws

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestThePolicyOfAModeAllowsItsActionsAndNoOthers(t *testing.T) {
	for _, mode := range []Mode{ModeRead, ModeWrite} {
		text, err := Permissions(mode, "aws")
		if err != nil {
			t.Fatal(err)
		}
		var document policyDocument
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("the %s policy is not JSON: %v", mode, err)
		}
		var granted []string
		for _, s := range document.Statement {
			granted = append(granted, s.Action...)
		}
		slices.Sort(granted)
		if got, want := slices.Compact(granted), Actions(mode); !slices.Equal(got, want) {
			t.Errorf("%s policy allows\n     %v\nwant %v", mode, got, want)
		}
		var counted bytes.Buffer // IAM does not count white space
		if err := json.Compact(&counted, text); err != nil {
			t.Fatal(err)
		}
		if counted.Len() > 6144 {
			t.Errorf("the %s policy has %d characters; a managed policy may have 6,144", mode, counted.Len())
		}
	}
	if slices.ContainsFunc(Actions(ModeRead), func(a string) bool {
		return strings.Contains(a, ":Create") || strings.Contains(a, ":Delete") || strings.Contains(a, ":Modify") || strings.Contains(a, ":Update")
	}) {
		t.Errorf("the read policy changes things: %v", Actions(ModeRead))
	}
}

func TestThePolicyKeepsPodsgToItsOwnObjects(t *testing.T) {
	text, err := Permissions(ModeWrite, "aws-cn")
	if err != nil {
		t.Fatal(err)
	}
	var document policyDocument
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	conditions := func(action, resource string) (keys []string) {
		for _, s := range document.Statement {
			if !slices.Contains(s.Action, action) || !slices.Contains(s.Resource, resource) {
				continue
			}
			for _, entries := range s.Condition {
				for key := range entries {
					keys = append(keys, key)
				}
			}
		}
		slices.Sort(keys)
		return keys
	}
	for _, tt := range []struct{ action, resource, key string }{
		{"ec2:CreateSecurityGroup", "arn:aws-cn:ec2:*:*:security-group/*", "aws:RequestTag/podsg:cluster"},
		{"ec2:DeleteSecurityGroup", "arn:aws-cn:ec2:*:*:security-group/*", "aws:ResourceTag/podsg:cluster"},
		{"ec2:AuthorizeSecurityGroupIngress", "arn:aws-cn:ec2:*:*:security-group-rule/*", "aws:RequestTag/podsg:cluster"},
		{"ec2:CreateTags", "arn:aws-cn:ec2:*:*:security-group/*", "ec2:CreateAction"},
		{"rds:CreateDBInstance", "arn:aws-cn:rds:*:*:db:*", "aws:RequestTag/podsg:cluster"},
		{"rds:DeleteDBInstance", "arn:aws-cn:rds:*:*:db:*", "aws:ResourceTag/podsg:cluster"},
		{"rds:DeleteDBSubnetGroup", "arn:aws-cn:rds:*:*:subgrp:*", "aws:ResourceTag/podsg:cluster"},
		{"iam:AttachRolePolicy", "arn:aws-cn:iam::*:role/*", "iam:PolicyARN"},
	} {
		if keys := conditions(tt.action, tt.resource); !slices.Contains(keys, tt.key) {
			t.Errorf("%s on %s depends on %v, want %s", tt.action, tt.resource, keys, tt.key)
		}
	}
	if !strings.Contains(string(text), "arn:aws-cn:iam::aws:policy/AmazonEKSVPCResourceController") {
		t.Error("the managed policy's ARN is not of the partition")
	}
}

func TestAnUnknownModeOrPartitionHasNoPolicy(t *testing.T) {
	if _, err := Permissions("admin", "aws"); err == nil {
		t.Error("mode admin has a policy")
	}
	if _, err := Permissions(ModeRead, "aws-mars"); err == nil {
		t.Error("partition aws-mars has a policy")
	}
}
