package cloud

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// principal is someone with credentials: the configured caller, or the session
// of a role that an instance got from its metadata service.
type principal struct {
	arn, userID             string
	role                    string // empty for the configured caller
	controller              bool   // the VPC resource controller in EKS's control plane
	secretKey, sessionToken string
}

// Deny replaces the patterns of actions that the caller may not use.
func (a *Account) Deny(patterns ...string) {
	a.lock()
	defer a.unlock()
	a.cfg.Denied = patterns
}

// ExpireCredentials makes every credential count as expired, until renewed.
func (a *Account) ExpireCredentials() { a.setExpired(true) }

// RenewCredentials ends what ExpireCredentials began.
func (a *Account) RenewCredentials() { a.setExpired(false) }

func (a *Account) setExpired(expired bool) {
	a.lock()
	defer a.unlock()
	a.expired = expired
}

// CallerARN names whom the configured credentials belong to.
func (a *Account) CallerARN() string {
	a.lock()
	defer a.unlock()
	return a.callers[a.cfg.AccessKeyID].arn
}

// authenticate finds out who signed a request. The lock is held.
func (a *Account) authenticate(r *http.Request, body []byte, s *signature) (*principal, error) {
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
	want := a.cfg.Region
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

// authorize reports as an error that a principal may not do something. The
// lock is held.
func (a *Account) authorize(p *principal, action, resource string, context map[string][]string) error {
	service, _, _ := strings.Cut(action, ":")
	reason := "no identity-based policy allows the " + action + " action"
	switch {
	case p.controller && serviceActions[action]:
		return nil
	case p.role == "":
		denied := false
		for _, pattern := range a.cfg.Denied {
			denied = denied || matchAction(pattern, action)
		}
		if !denied || action == "sts:GetCallerIdentity" { // which no policy can deny
			return nil
		}
	default:
		d := a.evaluate(p.role, action, resource, context)
		if d.Allowed() {
			return nil
		}
		reason = d.reason(action)
	}
	if resource == "*" && service == "ec2" {
		return accessDenied(a, service, fmt.Sprintf("User: %s is not authorized to perform: %s because %s", p.arn, action, reason))
	}
	return accessDenied(a, service, fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because %s", p.arn, action, resource, reason))
}

// tokenPrefix begins the bearer tokens that `aws eks get-token` makes.
const tokenPrefix = "k8s-aws-v1."

// IdentityFromToken verifies a bearer token for the Kubernetes API of a
// cluster: base64 of a presigned URL of sts:GetCallerIdentity which also signs
// the header x-k8s-aws-id. It returns the ARN of who made it.
func (a *Account) IdentityFromToken(cluster, token string) (arn string, err error) {
	encoded, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok {
		return "", fmt.Errorf("verify token: it does not begin with %q", tokenPrefix)
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return "", fmt.Errorf("verify token: %w", err)
	}
	u, err := url.Parse(string(raw))
	if err != nil {
		return "", fmt.Errorf("verify token: %w", err)
	}
	if action := u.Query().Get("Action"); action != "GetCallerIdentity" {
		return "", fmt.Errorf("verify token: it presigns the action %q", action)
	}
	r := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{"X-K8s-Aws-Id": {cluster}}}
	s, problem := parseSignature(r)
	if problem != "" {
		return "", fmt.Errorf("verify token: %s", problem)
	}
	a.lock()
	defer a.unlock()
	p, err := a.authenticate(r, nil, s)
	if err != nil {
		return "", fmt.Errorf("verify token for cluster %q: %w", cluster, err)
	}
	return p.arn, nil
}
