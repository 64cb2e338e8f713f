package cloud

// eksOperations are the actions of EKS that the account answers, with the
// paths of the API reference.
func eksOperations(a *eksState) []operation {
	route := func(op operation, method, pattern string) operation {
		op.method, op.pattern = method, pattern
		return op
	}
	return []operation{
		route(define(a, "eks", "ListClusters", reads, listClusters), "GET", "/clusters"),
		route(define(a, "eks", "DescribeCluster", reads, describeCluster), "GET", "/clusters/{name}"),
		route(define(a, "eks", "ListNodegroups", reads, listNodegroups), "GET", "/clusters/{name}/node-groups"),
		route(define(a, "eks", "DescribeNodegroup", reads, describeNodegroup), "GET", "/clusters/{name}/node-groups/{nodegroupName}"),
		route(define(a, "eks", "ListAddons", reads, listAddons), "GET", "/clusters/{name}/addons"),
		route(define(a, "eks", "DescribeAddon", reads, describeAddon), "GET", "/clusters/{name}/addons/{addonName}"),
		route(define(a, "eks", "UpdateAddon", changes, updateAddon), "POST", "/clusters/{name}/addons/{addonName}/update"),
		route(define(a, "eks", "DescribeAddonConfiguration", reads, describeAddonConfiguration), "GET", "/addons/configuration-schemas"),
		route(define(a, "eks", "DescribeAddonVersions", reads, describeAddonVersions), "GET", "/addons/supported-versions"),
		route(define(a, "eks", "DescribeUpdate", reads, describeUpdate), "GET", "/clusters/{name}/updates/{updateId}"),
		route(define(a, "eks", "ListPodIdentityAssociations", reads, listPodIdentityAssociations), "GET", "/clusters/{name}/pod-identity-associations"),
		route(define(a, "eks", "ListAccessEntries", reads, listAccessEntries), "GET", "/clusters/{name}/access-entries"),
	}
}

// clusterInput is embedded in the inputs about one cluster.
type clusterInput struct {
	Name string `path:"name" json:"-"`
}

// eksPaging is embedded in the inputs of EKS's listings.
type eksPaging struct {
	MaxResults int    `query:"maxResults" json:"-"`
	NextToken  string `query:"nextToken" json:"-"`
}

func eksPage[T any](a *eksState, all []T, p eksPaging) (part []T, next *string, err error) {
	size := p.MaxResults
	if size == 0 {
		size = 100
	}
	if size < 1 || size > 100 {
		return nil, nil, fail("InvalidParameterException", "maxResults must be between 1 and 100")
	}
	part, token, ok := page(all, size, a.pageSize, p.NextToken)
	if !ok {
		return nil, nil, fail("InvalidParameterException", "Invalid token: %s", p.NextToken)
	}
	if token != "" {
		next = &token
	}
	if part == nil {
		part = []T{}
	}
	return part, next, nil
}

func (a *eksState) cluster(name string) (*eksCluster, error) {
	if c := a.clusters[name]; c != nil {
		return c, nil
	}
	return nil, failStatus(404, "ResourceNotFoundException", "No cluster found for name: %s.", name)
}

func (a *eksState) clusterARN(name string) string { return a.arn("eks", "cluster/"+name) }

func (in clusterInput) Resource(a *eksState) string { return a.clusterARN(in.Name) }
