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

// iamState is everything of IAM in the account, and who may call it. The
// account's lock is held while its methods run.
type iamState struct {
	*base
	roles    map[string]*role
	policies map[string]*policy // by ARN
	profiles map[string]*instanceProfile
	scps     []policyDocument // the organization's; empty means no organization

	callers     map[string]*principal // by access key id
	accessKeyID string                // of the configured caller
	denied      []string              // patterns of actions that this caller may not use
	expired     bool                  // every credential
}

// newIAMState has the managed policies of AWS and one caller, which by default
// is the user "workshop".
func newIAMState(b *base, c Credentials, callerARN string, denied []string) *iamState {
	a := &iamState{
		base: b, roles: map[string]*role{}, policies: map[string]*policy{}, profiles: map[string]*instanceProfile{},
		callers: map[string]*principal{}, accessKeyID: c.AccessKeyID, denied: denied,
	}
	a.callers[c.AccessKeyID] = &principal{
		ARN: cmp.Or(callerARN, a.globalARN("iam", "user/workshop")), userID: a.IDs.iam("AIDA"),
		secretKey: c.SecretAccessKey, sessionToken: c.SessionToken,
	}
	a.addManagedPolicies()
	return a
}

// iamService is IAM as scenarios use it: its methods take the account's lock.
type iamService struct{ state *iamState }

func newIAMService(state *iamState) *iamService { return &iamService{state} }

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
func (a *iamService) AddRole(spec RoleSpec) (arn string, err error) {
	a.state.lock()
	defer a.state.unlock()
	return a.state.newRole(spec)
}

func (a *iamState) newRole(spec RoleSpec) (arn string, err error) {
	r := &role{
		Name: spec.Name, Path: cmp.Or(spec.Path, "/"), ID: a.IDs.iam("AROA"), Created: a.now(), Tags: copyTags(spec.Tags), Inline: map[string]string{},
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
func (a *iamService) AttachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string { return append(list, arn) })
}

// DetachRolePolicy takes a policy away from a role.
func (a *iamService) DetachRolePolicy(roleName, policy string) error {
	return a.changeAttached(roleName, policy, func(list []string, arn string) []string {
		return slices.DeleteFunc(list, func(have string) bool { return have == arn })
	})
}

func (a *iamService) changeAttached(roleName, policy string, change func(list []string, arn string) []string) error {
	a.state.lock()
	defer a.state.unlock()
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
func (a *iamService) AddPolicy(name, document string) (arn string, err error) {
	a.state.lock()
	defer a.state.unlock()
	parsed, err := parsePolicy(document)
	if err != nil {
		return "", fmt.Errorf("add policy %q: %w", name, err)
	}
	arn = a.state.globalARN("iam", "policy/"+name)
	a.state.policies[arn] = &policy{Name: name, Path: "/", ARN: arn, ID: a.state.IDs.iam("ANPA"), Document: document, Created: a.state.now(), parsed: parsed}
	return arn, nil
}

// SetServiceControlPolicies puts the account into an organization with these
// policies (JSON). Without any the account is in none.
func (a *iamService) SetServiceControlPolicies(documents ...string) error {
	var parsed []policyDocument
	for _, d := range documents {
		p, err := parsePolicy(d)
		if err != nil {
			return fmt.Errorf("set service control policies: %w", err)
		}
		parsed = append(parsed, p)
	}
	a.state.lock()
	defer a.state.unlock()
	a.state.scps = parsed
	return nil
}

// SetPermissionsBoundary gives a role a boundary: a policy's ARN or an AWS
// managed policy's name; empty removes it.
func (a *iamService) SetPermissionsBoundary(roleName, policy string) error {
	a.state.lock()
	defer a.state.unlock()
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

// AddInstanceProfile makes an instance profile that holds a role.
func (a *iamService) AddInstanceProfile(name, roleName string) error {
	a.state.lock()
	defer a.state.unlock()
	return a.state.newInstanceProfile(name, roleName)
}

func (a *iamState) newInstanceProfile(name, roleName string) error {
	if a.roles[roleName] == nil {
		return noRole(roleName)
	}
	a.profiles[name] = &instanceProfile{Name: name, Path: "/", ID: a.IDs.iam("AIPA"), Role: roleName, Created: a.now()}
	return nil
}

func (a *iamState) roleByName(name string) *role { return a.roles[name] }

// profileRole is the name of the role in an instance profile, or empty.
func (a *iamState) profileRole(name string) string {
	if p := a.profiles[name]; p != nil {
		return p.Role
	}
	return ""
}

func (a *iamState) profileID(name string) string { return a.profiles[name].ID }

// policyARN completes the name of an AWS managed policy.
func (a *iamState) policyARN(nameOrARN string) string {
	if strings.HasPrefix(nameOrARN, "arn:") {
		return nameOrARN
	}
	return "arn:" + a.partition + ":iam::aws:policy/" + nameOrARN
}

func (a *iamState) roleARN(r *role) string { return a.globalARN("iam", "role"+r.Path+r.Name) }

// roleName is the last segment of a role's ARN; roles may have a path.
func roleName(arn string) string { return path.Base(arn) }

func noRole(name string) error {
	return failStatus(404, "NoSuchEntity", "The role with name %s cannot be found.", name)
}

func noPolicy(arn string) error {
	return failStatus(404, "NoSuchEntity", "Policy %s was not found.", arn)
}

// iamSnapshot tells every object of the service.
func (a *iamState) iamSnapshot(put snapshotPut) error {
	return errors.Join(
		putAll("role", a.roles, put),
		putAll("policy", a.policies, put),
		putAll("instance-profile", a.profiles, put),
	)
}
