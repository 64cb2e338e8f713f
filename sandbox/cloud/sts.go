package cloud

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// stsService is STS: its exported methods take the account's lock.
type stsService struct {
	*base
	iam *iamState
}

func newSTSService(b *base, iam *iamState) *stsService { return &stsService{b, iam} }

// stsOperations are the actions of STS that the account answers.
func stsOperations(a *stsService) []operation {
	return []operation{define(a, "sts", "GetCallerIdentity", reads, getCallerIdentity)}
}

type callerIdentity struct {
	Arn     string `xml:"Arn"`
	UserID  string `xml:"UserId"`
	Account string `xml:"Account"`
}

func getCallerIdentity(a *stsService, c caller, _ *nothing) (*callerIdentity, error) {
	return &callerIdentity{Arn: c.ARN, UserID: c.userID, Account: a.accountID}, nil
}

// tokenPrefix begins the bearer tokens that `aws eks get-token` makes.
const tokenPrefix = "k8s-aws-v1."

// IdentityFromToken verifies a bearer token for the Kubernetes API of a
// cluster: base64 of a presigned URL of sts:GetCallerIdentity which also signs
// the header x-k8s-aws-id. It returns the ARN of who made it.
func (a *stsService) IdentityFromToken(cluster, token string) (arn string, err error) {
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
	p, err := a.iam.authenticate(r, nil, s)
	if err != nil {
		return "", fmt.Errorf("verify token for cluster %q: %w", cluster, err)
	}
	return p.ARN, nil
}
