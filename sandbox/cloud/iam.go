package cloud

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// iamOperations are the actions of IAM that the account answers.
func iamOperations(a *iamState) []operation {
	return []operation{
		define(a, "iam", "GetRole", reads, getRole),
		define(a, "iam", "ListAttachedRolePolicies", reads, listAttachedRolePolicies),
		define(a, "iam", "ListRolePolicies", reads, listRolePolicies),
		define(a, "iam", "AttachRolePolicy", changes, attachRolePolicy),
		define(a, "iam", "DetachRolePolicy", changes, detachRolePolicy),
		define(a, "iam", "GetPolicy", reads, getPolicy),
		define(a, "iam", "GetInstanceProfile", reads, getInstanceProfile),
		define(a, "iam", "ListInstanceProfilesForRole", reads, listInstanceProfilesForRole),
		define(a, "iam", "SimulatePrincipalPolicy", reads, simulatePrincipalPolicy),
	}
}

// iamTag is a tag in IAM's and RDS's answers, which write it with capitals.
type iamTag struct {
	Key   string `xml:"Key"`
	Value string `xml:"Value"`
}

func (t tags) capitalPairs() members[iamTag] {
	list := members[iamTag]{}
	for _, k := range slices.Sorted(maps.Keys(t)) {
		list = append(list, iamTag{k, t[k]})
	}
	return list
}

type roleXML struct {
	Path               string          `xml:"Path"`
	RoleName           string          `xml:"RoleName"`
	RoleID             string          `xml:"RoleId"`
	Arn                string          `xml:"Arn"`
	CreateDate         time.Time       `xml:"CreateDate"`
	AssumeRolePolicy   string          `xml:"AssumeRolePolicyDocument"`
	MaxSessionDuration int             `xml:"MaxSessionDuration"`
	Boundary           *boundaryXML    `xml:"PermissionsBoundary"`
	Tags               members[iamTag] `xml:"Tags"`
}

type boundaryXML struct {
	Type string `xml:"PermissionsBoundaryType"`
	Arn  string `xml:"PermissionsBoundaryArn"`
}

func (a *iamState) roleXML(r *role) roleXML {
	x := roleXML{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, Arn: a.roleARN(r), CreateDate: r.Created,
		AssumeRolePolicy: url.QueryEscape(r.Trust), MaxSessionDuration: 3600, Tags: r.Tags.capitalPairs(),
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

func (in roleInput) Resource(a *iamState) string {
	if r := a.roles[in.RoleName]; r != nil {
		return a.roleARN(r)
	}
	return a.globalARN("iam", "role/"+in.RoleName)
}

func (in roleInput) role(a *iamState) (*role, error) {
	if r := a.roles[in.RoleName]; r != nil {
		return r, nil
	}
	return nil, noRole(in.RoleName)
}

type getRoleInput struct{ roleInput }

type getRoleOutput struct {
	Role roleXML `xml:"Role"`
}

func getRole(a *iamState, _ caller, in *getRoleInput) (*getRoleOutput, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	return &getRoleOutput{a.roleXML(r)}, nil
}

// iamPaging is embedded in the inputs of IAM's listings.
type iamPaging struct {
	Marker   string
	MaxItems *int
}

// iamPaged is embedded in their outputs.
type iamPaged struct {
	IsTruncated bool   `xml:"IsTruncated"`
	Marker      string `xml:"Marker,omitempty"`
}

func iamPage[T any](a *iamState, all []T, p iamPaging) ([]T, iamPaged, error) {
	size := 100
	if p.MaxItems != nil {
		size = *p.MaxItems
		if size < 1 || size > 1000 {
			return nil, iamPaged{}, fail("ValidationError", "Value '%d' at 'maxItems' failed to satisfy constraint: Member must be between 1 and 1000", size)
		}
	}
	part, next, ok := page(all, size, a.pageSize, p.Marker)
	if !ok {
		return nil, iamPaged{}, fail("ValidationError", "Invalid Marker.")
	}
	return part, iamPaged{IsTruncated: next != "", Marker: next}, nil
}

type listAttachedInput struct {
	roleInput
	iamPaging
	PathPrefix string
}

type listAttachedOutput struct {
	Policies members[attachedPolicyXML] `xml:"AttachedPolicies"`
	iamPaged
}

type attachedPolicyXML struct {
	PolicyName string `xml:"PolicyName"`
	PolicyArn  string `xml:"PolicyArn"`
}

func listAttachedRolePolicies(a *iamState, _ caller, in *listAttachedInput) (*listAttachedOutput, error) {
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
	arns, paged, err := iamPage(a, arns, in.iamPaging)
	if err != nil {
		return nil, err
	}
	out := &listAttachedOutput{iamPaged: paged}
	for _, arn := range arns {
		out.Policies = append(out.Policies, attachedPolicyXML{a.policies[arn].Name, arn})
	}
	return out, nil
}

type listRolePoliciesInput struct {
	roleInput
	iamPaging
}

type listRolePoliciesOutput struct {
	Names members[string] `xml:"PolicyNames"`
	iamPaged
}

func listRolePolicies(a *iamState, _ caller, in *listRolePoliciesInput) (*listRolePoliciesOutput, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	names, paged, err := iamPage(a, slices.Sorted(maps.Keys(r.Inline)), in.iamPaging)
	if err != nil {
		return nil, err
	}
	return &listRolePoliciesOutput{Names: names, iamPaged: paged}, nil
}

type rolePolicyInput struct {
	roleInput
	PolicyArn string `query:"PolicyArn,required"`
}

func (in *rolePolicyInput) Conditions(*iamState) map[string][]string {
	return map[string][]string{"iam:PolicyARN": {in.PolicyArn}}
}

// policiesPerRole is IAM's default quota.
const policiesPerRole = 10

func attachRolePolicy(a *iamState, _ caller, in *rolePolicyInput) (*nothing, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(in.PolicyArn, "arn:") {
		return nil, fail("InvalidInput", "ARN %s is not valid.", in.PolicyArn)
	}
	switch {
	case a.policies[in.PolicyArn] == nil:
		return nil, failStatus(404, "NoSuchEntity", "Policy %s does not exist or is not attachable.", in.PolicyArn)
	case slices.Contains(r.Attached, in.PolicyArn):
		return &nothing{}, nil
	case len(r.Attached) >= policiesPerRole:
		return nil, failStatus(409, "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: %d", policiesPerRole)
	}
	r.Attached = append(r.Attached, in.PolicyArn)
	return &nothing{}, nil
}

func detachRolePolicy(a *iamState, _ caller, in *rolePolicyInput) (*nothing, error) {
	r, err := in.role(a)
	if err != nil {
		return nil, err
	}
	i := slices.Index(r.Attached, in.PolicyArn)
	if i < 0 {
		return nil, noPolicy(in.PolicyArn)
	}
	r.Attached = slices.Delete(r.Attached, i, i+1)
	return &nothing{}, nil
}

type getPolicyInput struct {
	PolicyArn string `query:"PolicyArn,required"`
}

func (in *getPolicyInput) Resource(*iamState) string { return in.PolicyArn }

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

func getPolicy(a *iamState, _ caller, in *getPolicyInput) (*getPolicyOutput, error) {
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
	Path        string           `xml:"Path"`
	ProfileName string           `xml:"InstanceProfileName"`
	ProfileID   string           `xml:"InstanceProfileId"`
	Arn         string           `xml:"Arn"`
	CreateDate  time.Time        `xml:"CreateDate"`
	Roles       members[roleXML] `xml:"Roles"`
}

func (a *iamState) profileXML(p *instanceProfile) profileXML {
	return profileXML{
		Path: p.Path, ProfileName: p.Name, ProfileID: p.ID, Arn: a.globalARN("iam", "instance-profile"+p.Path+p.Name),
		CreateDate: p.Created, Roles: members[roleXML]{a.roleXML(a.roles[p.Role])},
	}
}

type getProfileInput struct {
	Name string `query:"InstanceProfileName,required"`
}

func (in *getProfileInput) Resource(a *iamState) string {
	return a.globalARN("iam", "instance-profile/"+in.Name)
}

type getProfileOutput struct {
	Profile profileXML `xml:"InstanceProfile"`
}

func getInstanceProfile(a *iamState, _ caller, in *getProfileInput) (*getProfileOutput, error) {
	p := a.profiles[in.Name]
	if p == nil {
		return nil, failStatus(404, "NoSuchEntity", "Instance Profile %s cannot be found.", in.Name)
	}
	return &getProfileOutput{a.profileXML(p)}, nil
}

type listProfilesInput struct {
	roleInput
	iamPaging
}

type listProfilesOutput struct {
	Profiles members[profileXML] `xml:"InstanceProfiles"`
	iamPaged
}

func listInstanceProfilesForRole(a *iamState, _ caller, in *listProfilesInput) (*listProfilesOutput, error) {
	if _, err := in.role(a); err != nil {
		return nil, err
	}
	var list []profileXML
	for _, name := range slices.Sorted(maps.Keys(a.profiles)) {
		if p := a.profiles[name]; p.Role == in.RoleName {
			list = append(list, a.profileXML(p))
		}
	}
	list, paged, err := iamPage(a, list, in.iamPaging)
	if err != nil {
		return nil, err
	}
	return &listProfilesOutput{Profiles: list, iamPaged: paged}, nil
}
