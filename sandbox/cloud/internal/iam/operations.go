package iam

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/tags"
	"podsg/sandbox/cloud/internal/wire"
)

// Operations are the actions of IAM that the account answers.
func Operations(a *State) []wire.Operation {
	return []wire.Operation{
		wire.Define(a, "iam", "GetRole", wire.Reads, getRole),
		wire.Define(a, "iam", "ListAttachedRolePolicies", wire.Reads, listAttachedRolePolicies),
		wire.Define(a, "iam", "ListRolePolicies", wire.Reads, listRolePolicies),
		wire.Define(a, "iam", "AttachRolePolicy", wire.Changes, attachRolePolicy),
		wire.Define(a, "iam", "DetachRolePolicy", wire.Changes, detachRolePolicy),
		wire.Define(a, "iam", "GetPolicy", wire.Reads, getPolicy),
		wire.Define(a, "iam", "GetInstanceProfile", wire.Reads, getInstanceProfile),
		wire.Define(a, "iam", "ListInstanceProfilesForRole", wire.Reads, listInstanceProfilesForRole),
		wire.Define(a, "iam", "SimulatePrincipalPolicy", wire.Reads, simulatePrincipalPolicy),
	}
}

// tag is a tag in IAM's and RDS's answers, which write it with capitals.
type tag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

func capitalPairs(t tags.Tags) wire.Members[tag] {
	list := wire.Members[tag]{}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		list = append(list, tag{k, t[k]})
	}
	return list
}

type roleXML struct {
	Path               string            `xml:"Path"`
	RoleName           string            `xml:"RoleName"`
	RoleID             string            `xml:"RoleId"`
	Arn                string            `xml:"Arn"`
	CreateDate         time.Time         `xml:"CreateDate"`
	AssumeRolePolicy   string            `xml:"AssumeRolePolicyDocument"`
	MaxSessionDuration int               `xml:"MaxSessionDuration"`
	Boundary           *boundaryXML      `xml:"PermissionsBoundary"`
	Tags               wire.Members[tag] `xml:"Tags"`
}

type boundaryXML struct {
	Type string `xml:"PermissionsBoundaryType"`
	Arn  string `xml:"PermissionsBoundaryArn"`
}

func (a *State) roleXML(r *role) roleXML {
	x := roleXML{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, Arn: a.roleARN(r), CreateDate: r.Created,
		AssumeRolePolicy: url.QueryEscape(r.Trust), MaxSessionDuration: 3600, Tags: capitalPairs(r.Tags),
	}
	if r.Boundary != "" {
		x.Boundary = &boundaryXML{Type: "Policy", Arn: r.Boundary}
	}
	return x
}

// roleInput is embedded in the inputs about one role.
type roleInput struct {
	RoleName string `query:"RoleName,required"`
}

func (in roleInput) Resource(a *State) string {
	if r := a.roles[in.RoleName]; r != nil {
		return a.roleARN(r)
	}
	return a.GlobalARN("iam", "role/"+in.RoleName)
}

func (in roleInput) role(a *State) (*role, error) {
	if r := a.roles[in.RoleName]; r != nil {
		return r, nil
	}
	return nil, noRole(in.RoleName)
}

type getRoleInput struct{ roleInput }

type getRoleOutput struct {
	Role roleXML `xml:"Role"`
}

func getRole(a *State, _ wire.Caller, in *getRoleInput) (*getRoleOutput, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	return &getRoleOutput{a.roleXML(r)}, nil
}

// paging is embedded in the inputs of IAM's listings.
type paging struct {
	Marker   string
	MaxItems *int
}

// paged is embedded in their outputs.
type paged struct {
	IsTruncated bool   `xml:"IsTruncated"`
	Marker      string `xml:"Marker,omitempty"`
}

func page[T any](a *State, all []T, p paging) ([]T, paged, error) {
	size := 100
	if p.MaxItems != nil {
		size = *p.MaxItems
		if size < 1 || size > 1000 {
			return nil, paged{}, awserr.New("ValidationError", "Value '%d' at 'maxItems' failed to satisfy constraint: Member must be between 1 and 1000", size)
		}
	}
	part, next, ok := wire.Page(all, size, a.PageSize, p.Marker)
	if !ok {
		return nil, paged{}, awserr.New("ValidationError", "Invalid Marker.")
	}
	return part, paged{IsTruncated: next != "", Marker: next}, nil
}

type listAttachedInput struct {
	roleInput
	paging
	PathPrefix string
}

type listAttachedOutput struct {
	Policies wire.Members[attachedPolicyXML] `xml:"AttachedPolicies"`
	paged
}

type attachedPolicyXML struct {
	PolicyName string `xml:"PolicyName"`
	PolicyArn  string `xml:"PolicyArn"`
}

func listAttachedRolePolicies(a *State, _ wire.Caller, in *listAttachedInput) (*listAttachedOutput, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	var arns []string
	for _, arn := range r.Attached {
		if strings.HasPrefix(a.policies[arn].Path, in.PathPrefix) {
			arns = append(arns, arn)
		}
	}
	arns, paged, err := page(a, arns, in.paging)
	if err != nil {
		return nil, err
	}
	out := &listAttachedOutput{paged: paged}
	for _, arn := range arns {
		out.Policies = append(out.Policies, attachedPolicyXML{a.policies[arn].Name, arn})
	}
	return out, nil
}

type listRolePoliciesInput struct {
	roleInput
	paging
}

type listRolePoliciesOutput struct {
	Names wire.Members[string] `xml:"PolicyNames"`
	paged
}

func listRolePolicies(a *State, _ wire.Caller, in *listRolePoliciesInput) (*listRolePoliciesOutput, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	names, paged, err := page(a, slices.Sorted(maps.Keys(r.Inline)), in.paging)
	return &listRolePoliciesOutput{Names: names, paged: paged}, err
}

type rolePolicyInput struct {
	roleInput
	PolicyArn string `query:"PolicyArn,required"`
}

func (in *rolePolicyInput) Conditions(*State) map[string][]string {
	return map[string][]string{"iam:PolicyARN": {in.PolicyArn}}
}

// policiesPerRole is IAM's default quota.
const policiesPerRole = 10

func attachRolePolicy(a *State, _ wire.Caller, in *rolePolicyInput) (*wire.Nothing, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.PolicyArn, "arn:") {
		return nil, awserr.New("InvalidInput", "ARN %s is not valid.", in.PolicyArn)
	}
	switch {
	case a.policies[in.PolicyArn] == nil:
		return nil, awserr.WithStatus(404, "NoSuchEntity", "Policy %s does not exist or is not attachable.", in.PolicyArn)
	case slices.Contains(r.Attached, in.PolicyArn):
		return &wire.Nothing{}, nil
	case len(r.Attached) >= policiesPerRole:
		return nil, awserr.WithStatus(409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", policiesPerRole)
	}
	r.Attached = append(r.Attached, in.PolicyArn)
	return &wire.Nothing{}, nil
}

func detachRolePolicy(a *State, _ wire.Caller, in *rolePolicyInput) (*wire.Nothing, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	i := slices.Index(r.Attached, in.PolicyArn)
	if i < 0 {
		return nil, noPolicy(in.PolicyArn)
	}
	r.Attached = slices.Delete(r.Attached, i, i+1)
	return &wire.Nothing{}, nil
}

type getPolicyInput struct {
	PolicyArn string `query:"PolicyArn,required"`
}

func (in *getPolicyInput) Resource(*State) string { return in.PolicyArn }

type getPolicyOutput struct {
	Policy policyXML `xml:"Policy"`
}

type policyXML struct {
	PolicyName       string    `xml:"PolicyName"`
	PolicyID         string    `xml:"PolicyId"`
	Arn              string    `xml:"Arn"`
	Path             string    `xml:"Path"`
	DefaultVersionID string    `xml:"DefaultVersionId"`
	AttachmentCount  int       `xml:"AttachmentCount"`
	IsAttachable     bool      `xml:"IsAttachable"`
	Description      string    `xml:"Description,omitempty"`
	CreateDate       time.Time `xml:"CreateDate"`
	UpdateDate       time.Time `xml:"UpdateDate"`
}

func getPolicy(a *State, _ wire.Caller, in *getPolicyInput) (*getPolicyOutput, error) {
	p := a.policies[in.PolicyArn]
	if p == nil {
		return nil, noPolicy(in.PolicyArn)
	}
	count := 0
	for _, r := range a.roles {
		if slices.Contains(r.Attached, p.ARN) {
			count++
		}
	}
	return &getPolicyOutput{policyXML{
		PolicyName: p.Name, PolicyID: p.ID, Arn: p.ARN, Path: p.Path, DefaultVersionID: "v1", AttachmentCount: count, IsAttachable: true,
		Description: p.Description, CreateDate: p.Created, UpdateDate: p.Created,
	}}, nil
}

type profileXML struct {
	Path        string                `xml:"Path"`
	ProfileName string                `xml:"InstanceProfileName"`
	ProfileID   string                `xml:"InstanceProfileId"`
	Arn         string                `xml:"Arn"`
	CreateDate  time.Time             `xml:"CreateDate"`
	Roles       wire.Members[roleXML] `xml:"Roles"`
}

func (a *State) profileXML(p *instanceProfile) profileXML {
	return profileXML{
		Path: p.Path, ProfileName: p.Name, ProfileID: p.ID, Arn: a.GlobalARN("iam", "instance-profile"+p.Path+p.Name),
		CreateDate: p.Created, Roles: wire.Members[roleXML]{a.roleXML(a.roles[p.Role])},
	}
}

type getProfileInput struct {
	Name string `query:"InstanceProfileName,required"`
}

func (in *getProfileInput) Resource(a *State) string {
	return a.GlobalARN("iam", "instance-profile/"+in.Name)
}

type getProfileOutput struct {
	Profile profileXML `xml:"InstanceProfile"`
}

func getInstanceProfile(a *State, _ wire.Caller, in *getProfileInput) (*getProfileOutput, error) {
	p := a.profiles[in.Name]
	if p == nil {
		return nil, awserr.WithStatus(404, "NoSuchEntity", "Instance Profile %s cannot be found.", in.Name)
	}
	return &getProfileOutput{a.profileXML(p)}, nil
}

type listProfilesInput struct {
	roleInput
	paging
}

type listProfilesOutput struct {
	Profiles wire.Members[profileXML] `xml:"InstanceProfiles"`
	paged
}

func listInstanceProfilesForRole(a *State, _ wire.Caller, in *listProfilesInput) (*listProfilesOutput, error) {
	if _, err := in.role(a); err != nil {
		return nil, err
	}
	var list []profileXML
	for _, name := range slices.Sorted(maps.Keys(a.profiles)) {
		if p := a.profiles[name]; p.Role == in.RoleName {
			list = append(list, a.profileXML(p))
		}
	}
	list, paged, err := page(a, list, in.paging)
	return &listProfilesOutput{Profiles: list, paged: paged}, err
}
