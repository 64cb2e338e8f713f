package kubeapi

import (
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

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
		if user, err = s.userOfEKSToken(req.http.Context(), token); err != nil {
			return apierrors.NewUnauthorized("Unauthorized")
		}
	}
	if !slices.Contains(user.Groups, groupAuthenticated) {
		user.Groups = append(slices.Clone(user.Groups), groupAuthenticated)
	}
	req.user = user
	return nil
}
