package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
)

type iamState struct {
	roles    map[string]*role
	policies map[string]*policy // by ARN
	profiles map[string]*instanceProfile
	scps     []policyDocument // the organization's; empty means no organization
}

func newIAMState() iamState {
	return iamState{roles: map[string]*role{}, policies: map[string]*policy{}, profiles: map[string]*instanceProfile{}}
}

type role struct {
	Name, Path, ID string
	Trust          string // the trust policy, JSON
	Attached       []string
	Inline         map[string]string // policy name to JSON
	Boundary       string            // ARN of a policy, or empty
	Created        time.Time
	Tags           tags
}

type policy struct {
	Name, Path, ARN, ID, Description string
	Document                         string // JSON
	Created                          time.Time
	parsed                           policyDocument
}

type instanceProfile struct {
	Name, Path, ID, Role string
	Created              time.Time
}

// RoleSpec describes an IAM role to make.
type RoleSpec struct {
	Name     string
	Path     string            // default "/"
	Service  string            // who may assume it, such as "eks.amazonaws.com" or "ec2.amazonaws.com"
	Policies []string          // ARNs, or names of AWS managed policies
	Inline   map[string]string // name to JSON document
	Boundary string            // ARN or managed name of the permissions boundary
	Tags     map[string]string
}

// AddRole makes an IAM role and returns its ARN.
func (a *Account) AddRole(spec RoleSpec) (arn string, err error) {
	a.lock()
	defer a.unlock()
	return a.newRole(spec)
}

func (a *Account) newRole(spec RoleSpec) (arn string, err error) {
	r := &role{
		Name: spec.Name, Path: cmp.Or(spec.Path, "/"), ID: a.ids.iam("AROA"), Created: a.now(), Tags: copyTags(spec.Tags), Inline: map[string]string{},
		Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole"}]}`,
			cmp.Or(spec.Service, "ec2.amazonaws.com")),
	}
	for _, p := range spec.Policies {
		arn := a.policyARN(p)
		if a.iam.policies[arn] == nil {
			return "", fmt.Errorf("add role %q: no policy %q", spec.Name, p)
		}
		r.Attached = append(r.Attached, arn)
	}
	for name, document := range spec.Inline {
		if _, err := parsePolicy(document); err != nil {
			return "", fmt.Errorf("add role %q: inline policy %q: %w", spec.Name, name, err)
		}
		r.Inline[name] = document
	}
	if spec.Boundary != "" {
		r.Boundary = a.policyARN(spec.Boundary)
		if a.iam.policies[r.Boundary] == nil {
			return "", fmt.Errorf("add role %q: no policy %q", spec.Name, spec.Boundary)
		}
	}
	a.iam.roles[spec.Name] = r
	return a.roleARN(r), nil
}

// AttachRolePolicy attaches a policy to a role, which is named by its
// ARN or, an AWS managed one, by its name.
func (a *Account) AttachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string { return append(list, arn) })
}

// DetachRolePolicy takes a policy away from a role.
func (a *Account) DetachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string {
		return slices.DeleteFunc(list, func(have string) bool { return have == arn })
	})
}

func (a *Account) changeAttached(roleName, policy string, change func(list []string, arn string) []string) error {
	a.lock()
	defer a.unlock()
	r := a.iam.roles[roleName]
	if r == nil {
		return noRole(roleName)
	}
	arn := a.policyARN(policy)
	if a.iam.policies[arn] == nil {
		return noPolicy(policy)
	}
	r.Attached = change(r.Attached, arn)
	return nil
}

// AddPolicy makes a customer managed policy and returns its ARN.
func (a *Account) AddPolicy(name, document string) (arn string, err error) {
	a.lock()
	defer a.unlock()
	parsed, err := parsePolicy(document)
	if err != nil {
		return "", fmt.Errorf("add policy %q: %w", name, err)
	}
	arn = a.globalARN("iam", "policy/"+name)
	a.iam.policies[arn] = &policy{Name: name, Path: "/", ARN: arn, ID: a.ids.iam("ANPA"), Document: document, Created: a.now(), parsed: parsed}
	return arn, nil
}

// SetServiceControlPolicies puts the account into an organization with these
// policies (JSON). Without any the account is in none.
func (a *Account) SetServiceControlPolicies(documents ...string) error {
	var parsed []policyDocument
	for _, d := range documents {
		p, err := parsePolicy(d)
		if err != nil {
			return fmt.Errorf("set service control policies: %w", err)
		}
		parsed = append(parsed, p)
	}
	a.lock()
	defer a.unlock()
	a.iam.scps = parsed
	return nil
}

// SetPermissionsBoundary gives a role a boundary: a policy's ARN or an AWS
// managed policy's name; empty removes it.
func (a *Account) SetPermissionsBoundary(roleName, policy string) error {
	a.lock()
	defer a.unlock()
	r := a.iam.roles[roleName]
	if r == nil {
		return noRole(roleName)
	}
	if policy != "" {
		policy = a.policyARN(policy)
		if a.iam.policies[policy] == nil {
			return noPolicy(policy)
		}
	}
	r.Boundary = policy
	return nil
}

// AddInstanceProfile makes an instance profile that holds a role.
func (a *Account) AddInstanceProfile(name, roleName string) error {
	a.lock()
	defer a.unlock()
	return a.newInstanceProfile(name, roleName)
}

func (a *Account) newInstanceProfile(name, roleName string) error {
	if a.iam.roles[roleName] == nil {
		return noRole(roleName)
	}
	a.iam.profiles[name] = &instanceProfile{Name: name, Path: "/", ID: a.ids.iam("AIPA"), Role: roleName, Created: a.now()}
	return nil
}

func (a *Account) roleByName(name string) *role { return a.iam.roles[name] }

// profileRole is the name of the role in an instance profile, or empty.
func (a *Account) profileRole(name string) string {
	if p := a.iam.profiles[name]; p != nil {
		return p.Role
	}
	return ""
}

func (a *Account) profileID(name string) string { return a.iam.profiles[name].ID }

// policyARN completes the name of an AWS managed policy.
func (a *Account) policyARN(nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	return "arn:" + a.cfg.Partition + ":iam::aws:policy/" + nameOrARN
}

func (a *Account) roleARN(r *role) string { return a.globalARN("iam", "role"+r.Path+r.Name) }

// roleName is the last segment of a role's ARN; roles may have a path.
func roleName(arn string) string { return path.Base(arn) }

func noRole(name string) error {
	return failStatus(404, "NoSuchEntity", "The role with name %s cannot be found.", name)
}

func noPolicy(arn string) error {
	return failStatus(404, "NoSuchEntity", "Policy %s was not found.", arn)
}

// iamSnapshot tells every object of the service.
func (a *Account) iamSnapshot(put snapshotPut) error {
	return errors.Join(
		putAll("role", a.iam.roles, put),
		putAll("policy", a.iam.policies, put),
		putAll("instance-profile", a.iam.profiles, put),
	)
}
