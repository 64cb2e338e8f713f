package cloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// principal is someone with credentials: the configured caller, or the session
// of a role that an instance got from its metadata service.
type principal struct {
	ARN, userID             string
	role                    string // empty for the configured caller
	controller              bool   // the VPC resource controller in EKS's control plane
	secretKey, sessionToken string
}

func (p *principal) caller() caller { return caller{p.ARN, p.userID} }

// session is the principal of an assumed role.
func (a *iamState) session(role, name string) *principal {
	id := ""
	if r := a.roles[role]; r != nil {
		id = r.ID + ":" + name
	}
	return &principal{ARN: a.globalARN("sts", "assumed-role/"+role+"/"+name), userID: id, role: role}
}

// giveCredentials makes credentials for a principal, which the endpoint accepts.
func (a *iamState) giveCredentials(p *principal) (accessKeyID string) {
	p.secretKey, p.sessionToken = a.IDs.hex(40), a.IDs.hex(64)
	accessKeyID = a.IDs.iam("ASIA")
	a.callers[accessKeyID] = p
	return accessKeyID
}

// instanceCredentials are those of a role's session on an instance; an instance
// keeps the same ones.
func (a *iamState) instanceCredentials(role, instanceID string) (accessKeyID string, p *principal) {
	p = a.session(role, instanceID)
	for key, have := range a.callers {
		if have.ARN == p.ARN {
			return key, have
		}
	}
	return a.giveCredentials(p), p
}

// byController reports whether credentials are a VPC resource controller's.
func (a *iamState) byController(accessKeyID string) bool {
	p := a.callers[accessKeyID]
	return p != nil && p.controller
}

// Deny replaces the patterns of actions that the caller may not use.
func (a *iamService) Deny(patterns ...string) {
	a.state.lock()
	defer a.state.unlock()
	a.state.denied = patterns
}

// ExpireCredentials makes every credential count as expired, until renewed.
func (a *iamService) ExpireCredentials() { a.setExpired(true) }

// RenewCredentials ends what ExpireCredentials began.
func (a *iamService) RenewCredentials() { a.setExpired(false) }

func (a *iamService) setExpired(expired bool) {
	a.state.lock()
	defer a.state.unlock()
	a.state.expired = expired
}

// CallerARN names whom the configured credentials belong to.
func (a *iamService) CallerARN() string {
	a.state.lock()
	defer a.state.unlock()
	return a.state.callerARN()
}

func (a *iamState) callerARN() string { return a.callers[a.accessKeyID].ARN }

// denies reports whether Deny keeps the caller from an action.
func (a *iamState) denies(action string) bool {
	return slices.ContainsFunc(a.denied, func(pattern string) bool { return matchAction(pattern, action) })
}

// authenticate finds out who signed a request. The lock is held.
func (a *iamState) authenticate(r *http.Request, body []byte, s *signature) (*principal, error) {
	p := a.callers[s.accessKey]
	if p == nil || p.sessionToken != s.sessionToken {
		return nil, invalidKey(s.service)
	}
	if a.expired {
		return nil, expiredToken(s.service)
	}
	age, limit := time.Since(s.time), signatureAge
	if s.presigned {
		limit = s.expires
	}
	if age > limit || age < -signatureAge {
		return nil, failStatus(http.StatusForbidden, badSignatureCode(s.service), "Signature expired: %s is now earlier than %s",
			s.time.Format(amzTime), time.Now().UTC().Add(-limit).Format(amzTime))
	}
	if !s.matches(r, body, p.secretKey) {
		return nil, failStatus(http.StatusForbidden, badSignatureCode(s.service), "The request signature we calculated does not match the "+
			"signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	want := a.region
	if s.service == "iam" && s.region != want {
		// IAM is in one region of its partition; clients that were given an
		// endpoint sign for their own.
		want = a.iamRegion()
	}
	if s.region != want {
		return nil, failStatus(http.StatusForbidden, badSignatureCode(s.service),
			"Credential should be scoped to a valid region, not '%s'. This endpoint serves '%s'.", s.region, want)
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

// authorize reports as an error that a principal may not do something. The
// lock is held.
func (a *iamState) authorize(p *principal, action, resource string, context map[string][]string) error {
	service, _, _ := strings.Cut(action, ":")
	reason := "no identity-based policy allows the " + action + " action"
	switch {
	case p.controller && serviceActions[action]:
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
			" Encoded authorization failure message: " + strings.ToUpper(a.IDs.hex(64))
	}
	return accessDenied(service, text)
}

// iamRegion is the region in whose name requests to IAM are signed.
func (a *iamState) iamRegion() string {
	switch a.partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	}
	return "us-east-1"
}
