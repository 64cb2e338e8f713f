package eks

import (
	"podsg/sandbox/cloud/internal/awserr"
	"podsg/sandbox/cloud/internal/wire"
)

// Operations are the actions of EKS that the account answers, with the
// paths of the API reference.
func Operations(a *State) []wire.Operation {
	route := func(op wire.Operation, method, pattern string) wire.Operation {
		op.Method, op.Pattern = method, pattern
		return op
	}
	return []wire.Operation{
		route(wire.Define(a, "eks", "ListClusters", wire.Reads, listClusters), "GET", "/clusters"),
		route(wire.Define(a, "eks", "DescribeCluster", wire.Reads, describeCluster), "GET", "/clusters/{name}"),
		route(wire.Define(a, "eks", "ListNodegroups", wire.Reads, listNodegroups), "GET", "/clusters/{name}/node-groups"),
		route(wire.Define(a, "eks", "DescribeNodegroup", wire.Reads, describeNodegroup), "GET", "/clusters/{name}/node-groups/{nodegroupName}"),
		route(wire.Define(a, "eks", "ListAddons", wire.Reads, listAddons), "GET", "/clusters/{name}/addons"),
		route(wire.Define(a, "eks", "DescribeAddon", wire.Reads, describeAddon), "GET", "/clusters/{name}/addons/{addonName}"),
		route(wire.Define(a, "eks", "UpdateAddon", wire.Changes, updateAddon), "POST", "/clusters/{name}/addons/{addonName}/update"),
		route(wire.Define(a, "eks", "DescribeAddonConfiguration", wire.Reads, describeAddonConfiguration), "GET", "/addons/configuration-schemas"),
		route(wire.Define(a, "eks", "DescribeAddonVersions", wire.Reads, describeAddonVersions), "GET", "/addons/supported-versions"),
		route(wire.Define(a, "eks", "DescribeUpdate", wire.Reads, describeUpdate), "GET", "/clusters/{name}/updates/{updateId}"),
		route(wire.Define(a, "eks", "ListPodIdentityAssociations", wire.Reads, listPodIdentityAssociations), "GET", "/clusters/{name}/pod-identity-associations"),
		route(wire.Define(a, "eks", "ListAccessEntries", wire.Reads, listAccessEntries), "GET", "/clusters/{name}/access-entries"),
	}
}

// clusterInput is embedded in the inputs about one cluster.
type clusterInput struct {
	Name string `path:"name" json:"-"`
}

// paging is embedded in the inputs of EKS's listings.
type paging struct {
	MaxResults int    `query:"maxResults" json:"-"`
	NextToken  string `query:"nextToken" json:"-"`
}

func page[T any](a *State, all []T, p paging) (part []T, next *string, err error) {
	size := p.MaxResults
	if size == 0 {
		size = 100
	}
	if size < 1 || size > 100 {
		return nil, nil, awserr.New("InvalidParameterException", "maxResults must be between 1 and 100")
	}
	part, token, ok := wire.Page(all, size, a.PageSize, p.NextToken)
	if !ok {
		return nil, nil, awserr.New("InvalidParameterException", "Invalid token: %s", p.NextToken)
	}
	if token != "" {
		next = &token
	}
	if part == nil {
		part = []T{}
	}
	return part, next, nil
}

// Cluster finds a cluster by its name.
func (a *State) Cluster(name string) (*Cluster, error) {
	if c := a.clusters[name]; c != nil {
		return c, nil
	}
	return nil, awserr.WithStatus(404, "ResourceNotFoundException", "No cluster found for name: %s.", name)
}

func (a *State) clusterARN(name string) string { return a.ARN("eks", "cluster/"+name) }

func (in clusterInput) Resource(a *State) string { return a.clusterARN(in.Name) }
