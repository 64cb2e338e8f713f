package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/clock"
)

// PublicPaths may be read by anybody, as system:public-info-viewer allows.
var PublicPaths = []string{"/version", "/healthz", "/livez", "/readyz"}

// An Authenticator finds out whose a request is.
type Authenticator struct {
	// Tokens are the bearer tokens that are accepted, and whose they are.
	Tokens map[string]User
	// AccessKeys are the AWS access key ids whose EKS tokens are accepted, and
	// whose they are.
	AccessKeys map[string]User
	// SecretKeys are the secrets of access keys. The signature of a token is
	// checked, against ClusterName, when the secret of its key is known.
	SecretKeys  map[string]string
	ClusterName string
	// Clock tells which EKS tokens are too old.
	Clock clock.PassiveClock
}

// Authenticate returns the user of a request, or an Unauthorized error.
func (a *Authenticator) Authenticate(r *http.Request) (User, error) {
	header := r.Header.Get("Authorization")
	token, ok := strings.CutPrefix(header, "Bearer ")
	if header == "" && slices.Contains(PublicPaths, strings.TrimSuffix(r.URL.Path, "/")) {
		return User{Name: "system:anonymous", Groups: []string{"system:unauthenticated"}}, nil
	}
	if !ok || token == "" {
		return User{}, apierrors.NewUnauthorized("Unauthorized")
	}
	user, ok := a.Tokens[token]
	if !ok {
		var err error
		if user, err = a.userOfEKSToken(r.Context(), token); err != nil {
			return User{}, apierrors.NewUnauthorized("Unauthorized")
		}
	}
	return user.authenticated(), nil
}

// userOfEKSToken finds out whose an EKS token is.
func (a *Authenticator) userOfEKSToken(ctx context.Context, token string) (User, error) {
	t, err := parseEKSToken(token)
	if err != nil {
		return User{}, err
	}
	if age := a.Clock.Since(t.signed); age > eksTokenLifetime || age < -eksTokenLifetime {
		return User{}, fmt.Errorf("read EKS token: signed %v ago", age)
	}
	user, ok := a.AccessKeys[t.accessKey]
	if !ok {
		return User{}, fmt.Errorf("read EKS token: unknown access key %q", t.accessKey)
	}
	if secret, ok := a.SecretKeys[t.accessKey]; ok {
		if err := t.checkSignature(ctx, secret, a.ClusterName); err != nil {
			return User{}, err
		}
	}
	return user, nil
}
