// Package access decides who a user is and what the user may do: bearer and EKS
// tokens, impersonation, authorization.
package access

import "slices"

// A User is who makes a request, as authentication found out.
type User struct {
	Name   string
	Groups []string
}

// The groups that Kubernetes itself gives a meaning to.
const (
	GroupMasters       = "system:masters"
	GroupAuthenticated = "system:authenticated"
)

// SystemUser is a part of the control plane, which may do everything.
func SystemUser(component string) User {
	return User{Name: "system:" + component, Groups: []string{GroupMasters, GroupAuthenticated}}
}

// authenticated is the user as a member of the group of all who are known.
func (u User) authenticated() User {
	if !slices.Contains(u.Groups, GroupAuthenticated) {
		u.Groups = append(slices.Clone(u.Groups), GroupAuthenticated)
	}
	return u
}
