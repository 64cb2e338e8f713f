package kubeapi

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// eksTokenPrefix begins the tokens of "aws eks get-token": after it comes a
// presigned STS GetCallerIdentity URL in unpadded base64url.
const eksTokenPrefix = "k8s-aws-v1."

// eksTokenLifetime is how long EKS accepts a token after it was signed.
const eksTokenLifetime = 15 * time.Minute

// clusterNameHeader is the header that ties an EKS token to one cluster.
const clusterNameHeader = "x-k8s-aws-id"

// publicPaths may be read by anybody, as system:public-info-viewer allows.
var publicPaths = []string{"/version", "/healthz", "/livez", "/readyz"}

// authenticate finds out whose request it is.
func (s *Server) authenticate(req *request) error {
	header := req.http.Header.Get("Authorization")
	token, ok := strings.CutPrefix(header, "Bearer ")
	if header == "" && slices.Contains(publicPaths, req.path) {
		req.user = User{Name: "system:anonymous", Groups: []string{"system:unauthenticated"}}
		return nil
	}
	if !ok || token == "" {
		return apierrors.NewUnauthorized("Unauthorized")
	}
	user, ok := s.config.Tokens[token]
	if !ok {
		var err error
		if user, err = s.userOfEKSToken(token); err != nil {
			return apierrors.NewUnauthorized("Unauthorized")
		}
	}
	if !slices.Contains(user.Groups, groupAuthenticated) {
		user.Groups = append(slices.Clone(user.Groups), groupAuthenticated)
	}
	req.user = user
	return nil
}

// userOfEKSToken reads an EKS token. The real cluster sends the URL in it to
// STS; here its parts are checked, and the access key must be a known one.
func (s *Server) userOfEKSToken(token string) (User, error) {
	encoded, ok := strings.CutPrefix(token, eksTokenPrefix)
	if !ok {
		return User{}, errors.New("read EKS token: unknown kind of token")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return User{}, fmt.Errorf("decode EKS token: %w", err)
	}
	presigned, err := url.Parse(string(text))
	if err != nil {
		return User{}, fmt.Errorf("parse URL of EKS token: %w", err)
	}
	query := presigned.Query()
	if query.Get("Action") != "GetCallerIdentity" {
		return User{}, fmt.Errorf("read EKS token: action is %q", query.Get("Action"))
	}
	if !slices.Contains(strings.Split(strings.ToLower(query.Get("X-Amz-SignedHeaders")), ";"), clusterNameHeader) {
		return User{}, fmt.Errorf("read EKS token: header %q is not signed", clusterNameHeader)
	}
	signed, err := time.Parse("20060102T150405Z", query.Get("X-Amz-Date"))
	if err != nil {
		return User{}, fmt.Errorf("read date of EKS token: %w", err)
	}
	if age := s.store.clock.Since(signed); age > eksTokenLifetime || age < -eksTokenLifetime {
		return User{}, fmt.Errorf("read EKS token: signed %v ago", age)
	}
	key, _, _ := strings.Cut(query.Get("X-Amz-Credential"), "/")
	user, ok := s.config.AccessKeys[key]
	if !ok {
		return User{}, fmt.Errorf("read EKS token: unknown access key %q", key)
	}
	return user, nil
}
