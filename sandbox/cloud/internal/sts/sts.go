// Package sts is STS in an account: who a caller is.
package sts

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"podsg/sandbox/cloud/internal/core"
	"podsg/sandbox/cloud/internal/iam"
	"podsg/sandbox/cloud/internal/sigv4"
	"podsg/sandbox/cloud/internal/wire"
)

// Service is STS: its exported methods take the account's lock.
type Service struct {
	*core.Base
	iam *iam.State
}

// NewService is STS with the callers that IAM knows.
func NewService(b *core.Base, iam *iam.State) *Service { return &Service{b, iam} }

// Operations are the actions of STS that the account answers.
func Operations(a *Service) []wire.Operation {
	return []wire.Operation{wire.Define(a, "sts", "GetCallerIdentity", wire.Reads, getCallerIdentity)}
}

type callerIdentity struct {
	Arn     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string `xml:"Account"`
}

func getCallerIdentity(a *Service, c wire.Caller, _ *wire.Nothing) (*callerIdentity, error) {
	return &callerIdentity{Arn: c.ARN, UserID: c.UserID, Account: a.AccountID}, nil
}

// tokenPrefix begins the bearer tokens that `aws eks get-token` makes.
const tokenPrefix = "k8s-aws-v1."

// IdentityFromToken verifies a bearer token for the Kubernetes API of a
// cluster: base64 of a presigned URL of sts:GetCallerIdentity which also signs
// the header x-k8s-aws-id. It returns the ARN of who made it.
func (a *Service) IdentityFromToken(cluster, token string) (arn string, err error) {
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
	s, problem := sigv4.Parse(r)
	if problem != "" {
		return "", fmt.Errorf("verify token: %s", problem)
	}
	a.Lock()
	defer a.Unlock()
	p, err := a.iam.Authenticate(r, nil, s)
	if err != nil {
		return "", fmt.Errorf("verify token for cluster %q: %w", cluster, err)
	}
	return p.ARN, nil
}
