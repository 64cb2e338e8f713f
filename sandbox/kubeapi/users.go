package kubeapi

// A User is who makes a request, as authentication found out.
type User struct {
	Name   string
	Groups []string
}

// The groups that Kubernetes itself gives a meaning to.
const (
	groupMasters       = "system:masters"
	groupAuthenticated = "system:authenticated"
)

// systemUser is the API server itself.
var systemUser = User{Name: "system:apiserver", Groups: []string{groupMasters, groupAuthenticated}}
