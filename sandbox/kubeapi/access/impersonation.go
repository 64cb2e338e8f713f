package access

import (
	"net/http"
	"strings"
)

const serviceAccountPrefix = "system:serviceaccount:"

// ServiceAccountName is the user name of a service account.
func ServiceAccountName(namespace, name string) string {
	return serviceAccountPrefix + namespace + ":" + name
}

// Impersonate returns the user that a request asks to be made as, as kubectl's
// --as does, if its own user may do that; and its own user if it asks nothing.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
func Impersonate(user User, header http.Header, authorize Authorizer) (User, error) {
	name := header.Get("Impersonate-User")
	if name == "" {
		return user, nil
	}
	as := User{Name: name, Groups: header.Values("Impersonate-Group")}
	wanted := []Attributes{{User: user, Verb: "impersonate", Resource: "users", Name: name}}
	if account, ok := strings.CutPrefix(name, serviceAccountPrefix); ok {
		if namespace, account, ok := strings.Cut(account, ":"); ok {
			wanted[0].Resource, wanted[0].Namespace, wanted[0].Name = "serviceaccounts", namespace, account
			if len(as.Groups) == 0 {
				as.Groups = []string{"system:serviceaccounts", "system:serviceaccounts:" + namespace}
			}
		}
	}
	for _, group := range header.Values("Impersonate-Group") {
		wanted = append(wanted, Attributes{User: user, Verb: "impersonate", Resource: "groups", Name: group})
	}
	for _, a := range wanted {
		if err := authorize.Check(a); err != nil {
			return User{}, err
		}
	}
	return as.authenticated(), nil
}
