package iam

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/glob"
	"podsg/sandbox/cloud/internal/sigv4"
	"podsg/sandbox/cloud/internal/wire"
)

// Principal is someone with credentials: the configured caller, or the session
// of a role that an instance got from its metadata service.
type Principal struct {
	ARN, UserID             string
	role                    string // empty for the configured caller
	Controller              bool   // the VPC resource controller in EKS's control plane
	SecretKey, SessionToken string
}

// Caller is the principal as operations know it.
func (p *Principal) Caller() wire.Caller { return wire.Caller{ARN: p.ARN, UserID: p.UserID} }

// Session is the principal of an assumed role.
func (a *State) Session(role, name string) *Principal {
	id := ""
	if r := a.roles[role]; r != nil {
		id = r.ID + ":" + name
	}
	return &Principal{ARN: a.GlobalARN("sts", "assumed-role/"+role+"/"+name), UserID: id, role: role}
}

// GiveCredentials makes credentials for a principal, which the endpoint accepts.
func (a *State) GiveCredentials(p *Principal) (accessKeyID string) {
	p.SecretKey, p.SessionToken = a.IDs.Hex(40), a.IDs.Hex(64)
	accessKeyID = a.IDs.IAM("ASIA")
	a.callers[accessKeyID] = p
	return accessKeyID
}

// InstanceCredentials are those of a role's session on an instance; an instance
// keeps the same ones.
func (a *State) InstanceCredentials(role, instanceID string) (accessKeyID string, p *Principal) {
	p = a.Session(role, instanceID)
	for key, have := range a.callers {
		if have.ARN == p.ARN {
			return key, have
		}
	}
	return a.GiveCredentials(p), p
}

// ByController reports whether credentials are a VPC resource controller's.
func (a *State) ByController(accessKeyID string) bool {
	p := a.callers[accessKeyID]
	return p != nil && p.Controller
}

// Deny replaces the patterns of actions that the caller may not use.
func (a *Service) Deny(patterns ...string) {
	a.state.Lock()
	defer a.state.Unlock()
	a.state.denied = patterns
}

// ExpireCredentials makes every credential count as expired, until renewed.
func (a *Service) ExpireCredentials() { a.setExpired(true) }

// RenewCredentials ends what ExpireCredentials began.
func (a *Service) RenewCredentials() { a.setExpired(false) }

func (a *Service) setExpired(expired bool) {
	a.state.Lock()
	defer a.state.Unlock()
	a.state.expired = expired
}

// CallerARN names whom the configured credentials belong to.
func (a *Service) CallerARN() string {
	a.state.Lock()
	defer a.state.Unlock()
	return a.state.CallerARN()
}

// CallerARN names whom the configured credentials belong to.
func (a *State) CallerARN() string { return a.callers[a.accessKeyID].ARN }

// denies reports whether Deny keeps the caller from an action.
func (a *State) denies(action string) bool {
	return slices.ContainsFunc(a.denied, func(pattern string) bool { return glob.MatchAction(pattern, action) })
}

// Authenticate finds out who signed a request. The lock is held.
func (a *State) Authenticate(r *http.Request, body []byte, s *sigv4.Signature) (*Principal, error) {
	p := a.callers[s.AccessKey]
	if p == nil || p.SessionToken != s.SessionToken {
		return nil, awserr.InvalidKey(s.Service)
	}
	if a.expired {
		return nil, awserr.ExpiredToken(s.Service)
	}
	age, limit := time.Since(s.Time), sigv4.MaxAge
	if s.Presigned {
		limit = s.Expires
	}
	if age > limit || age < -sigv4.MaxAge {
		return nil, awserr.BadSignature(s.Service, "Signature expired: %s is now earlier than %s",
			s.Time.Format(sigv4.TimeFormat), time.Now().UTC().Add(-limit).Format(sigv4.TimeFormat))
	}
	if !s.Matches(r, body, p.SecretKey) {
		return nil, awserr.BadSignature(s.Service, "The request signature we calculated does not match the "+
			"signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	want := a.Region
	if s.Service == "iam" && s.Region != want {
		// IAM is in one region of its partition; clients that were given an
		// endpoint sign for their own.
		want = a.iamRegion()
	}
	if s.Region != want {
		return nil, awserr.BadSignature(s.Service,
			"Credential should be scoped to a valid region, not '%s'. This endpoint serves '%s'.", s.Region, want)
	}
	return p, nil
}

// serviceActions are what EKS lets the VPC resource controller do with
// permissions of its own; everything else it does as the cluster role.
var serviceActions = map[string]bool{
	"ec2:AssociateTrunkInterface":            true,
	"ec2:DisassociateTrunkInterface":         true,
	"ec2:DescribeTrunkInterfaceAssociations": true,
}

// Authorize reports as an error that a principal may not do something. The
// lock is held.
func (a *State) Authorize(p *Principal, action, resource string, context map[string][]string) error {
	service, _, _ := strings.Cut(action, ":")
	reason := "no identity-based policy allows the " + action + " action"
	switch {
	case p.Controller && serviceActions[action]:
		return nil
	case p.role == "":
		if !a.denies(action) || action == "sts:GetCallerIdentity" { // which no policy can deny
			return nil
		}
	default:
		d := a.evaluate(p.role, action, resource, context)
		if d.Allowed() {
			return nil
		}
		reason = d.reason(action)
	}
	on := " on resource: " + resource
	if resource == "*" && service == "ec2" {
		on = ""
	}
	text := fmt.Sprintf("User: %s is not authorized to perform: %s%s because %s", p.ARN, action, on, reason)
	if service == "ec2" {
		text = "You are not authorized to perform this operation. " + text +
			" Encoded authorization failure message: " + strings.ToUpper(a.IDs.Hex(64))
	}
	return awserr.AccessDenied(service, text)
}

// iamRegion is the region in whose name requests to IAM are signed.
func (a *State) iamRegion() string {
	switch a.Partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// Credentials are what requests are signed with. SessionToken may be empty.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }
