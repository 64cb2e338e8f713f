// Package iam is IAM in an account: roles and policies, what they allow, and who
// may call the endpoint.
package iam

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/tags"
)

// State is everything of IAM in the account, and who may call it. The
// account's lock is held while its methods run.
type State struct {
	*core.Base
	roles    map[string]*role
	policies map[string]*policy // by ARN
	profiles map[string]*instanceProfile
	scps     []policyDocument // the organization's; empty means no organization

	callers     map[string]*Principal // by access key id
	accessKeyID string                // of the configured caller
	denied      []string              // patterns of actions that this caller may not use
	expired     bool                  // every credential
}

// NewState has the managed policies of AWS and one caller, which by default
// is the user "workshop".
func NewState(b *core.Base, c Credentials, callerARN string, denied []string) *State {
	a := &State{
		Base: b, roles: map[string]*role{}, policies: map[string]*policy{}, profiles: map[string]*instanceProfile{},
		callers: map[string]*Principal{}, accessKeyID: c.AccessKeyID, denied: denied,
	}
	a.callers[c.AccessKeyID] = &Principal{
		ARN: cmp.Or(callerARN, a.GlobalARN("iam", "user/workshop")), UserID: a.IDs.IAM("AIDA"),
		SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken,
	}
	a.addManagedPolicies()
	return a
}

// Service is IAM as scenarios use it: its methods take the account's lock.
type Service struct{ state *State }

// NewService is the service with a state.
func NewService(state *State) *Service { return &Service{state} }

type role struct {
	Name, Path, ID string
	Trust          string // the trust policy, JSON
	Attached       []string
	Inline         map[string]string // policy name to JSON
	Boundary       string            // ARN of a policy, or empty
	Created        time.Time
	Tags           tags.Tags
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
func (a *Service) AddRole(spec RoleSpec) (arn string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	return a.state.NewRole(spec)
}

// NewRole is [Service.AddRole] with the lock held.
func (a *State) NewRole(spec RoleSpec) (arn string, err error) {
	r := &role{
		Name: spec.Name, Path: cmp.Or(spec.Path, "/"), ID: a.IDs.IAM("AROA"), Created: a.Now(), Tags: tags.Copy(spec.Tags), Inline: map[string]string{},
		Trust: fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"sts:AssumeRole"}]}`,
			cmp.Or(spec.Service, "ec2.amazonaws.com")),
	}
	for _, p := range spec.Policies {
		arn := a.policyARN(p)
		if a.policies[arn] == nil {
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
		if a.policies[r.Boundary] == nil {
			return "", fmt.Errorf("add role %q: no policy %q", spec.Name, spec.Boundary)
		}
	}
	a.roles[spec.Name] = r
	return a.roleARN(r), nil
}

// AttachRolePolicy attaches a policy to a role, which is named by its
// ARN or, an AWS managed one, by its name.
func (a *Service) AttachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string { return append(list, arn) })
}

// DetachRolePolicy takes a policy away from a role.
func (a *Service) DetachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string {
		return slices.DeleteFunc(list, func(have string) bool { return have == arn })
	})
}

func (a *Service) changeAttached(roleName, policy string, change func(list []string, arn string) []string) error {
	a.state.Lock()
	defer a.state.Unlock()
	r := a.state.roles[roleName]
	if r == nil {
		return noRole(roleName)
	}
	arn := a.state.policyARN(policy)
	if a.state.policies[arn] == nil {
		return noPolicy(policy)
	}
	r.Attached = change(r.Attached, arn)
	return nil
}

// AddPolicy makes a customer managed policy and returns its ARN.
func (a *Service) AddPolicy(name, document string) (arn string, err error) {
	a.state.Lock()
	defer a.state.Unlock()
	parsed, err := parsePolicy(document)
	if err != nil {
		return "", fmt.Errorf("add policy %q: %w", name, err)
	}
	arn = a.state.GlobalARN("iam", "policy/"+name)
	a.state.policies[arn] = &policy{Name: name, Path: "/", ARN: arn, ID: a.state.IDs.IAM("ANPA"), Document: document, Created: a.state.Now(), parsed: parsed}
	return arn, nil
}

// SetServiceControlPolicies puts the account into an organization with these
// policies (JSON). Without any the account is in none.
func (a *Service) SetServiceControlPolicies(documents ...string) error {
	var parsed []policyDocument
	for _, d := range documents {
		p, err := parsePolicy(d)
		if err != nil {
			return fmt.Errorf("set service control policies: %w", err)
		}
		parsed = append(parsed, p)
	}
	a.state.Lock()
	defer a.state.Unlock()
	a.state.scps = parsed
	return nil
}

// SetPermissionsBoundary gives a role a boundary: a policy's ARN or an AWS
// managed policy's name; empty removes it.
func (a *Service) SetPermissionsBoundary(roleName, policy string) error {
	a.state.Lock()
	defer a.state.Unlock()
	r := a.state.roles[roleName]
	if r == nil {
		return noRole(roleName)
	}
	if policy != "" {
		policy = a.state.policyARN(policy)
		if a.state.policies[policy] == nil {
			return noPolicy(policy)
		}
	}
	r.Boundary = policy
	return nil
}

// NewInstanceProfile makes an instance profile that holds a role.
func (a *State) NewInstanceProfile(name, roleName string) error {
	if a.roles[roleName] == nil {
		return noRole(roleName)
	}
	a.profiles[name] = &instanceProfile{Name: name, Path: "/", ID: a.IDs.IAM("AIPA"), Role: roleName, Created: a.Now()}
	return nil
}

// RoleARN is the ARN of a role that exists.
func (a *State) RoleARN(name string) string { return a.roleARN(a.roles[name]) }

// ProfileRole is the name of the role in an instance profile, or empty.
func (a *State) ProfileRole(name string) string {
	if p := a.profiles[name]; p != nil {
		return p.Role
	}
	return ""
}

// ProfileID is the id of an instance profile that exists.
func (a *State) ProfileID(name string) string { return a.profiles[name].ID }

// policyARN completes the name of an AWS managed policy.
func (a *State) policyARN(nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	return "arn:" + a.Partition + ":iam::aws:policy/" + nameOrARN
}

func (a *State) roleARN(r *role) string { return a.GlobalARN("iam", "role"+r.Path+r.Name) }

// RoleName is the last segment of a role's ARN; roles may have a path.
func RoleName(arn string) string { return path.Base(arn) }

func noRole(name string) error {
	return awserr.WithStatus(404, "NoSuchEntity", "The role with name %s cannot be found.", name)
}

func noPolicy(arn string) error {
	return awserr.WithStatus(404, "NoSuchEntity", "Policy %s was not found.", arn)
}

// Snapshot tells every object of the service.
func (a *State) Snapshot(put core.Put) error {
	return errors.Join(
		core.PutAll("role", a.roles, put),
		core.PutAll("policy", a.policies, put),
		core.PutAll("instance-profile", a.profiles, put),
	)
}
