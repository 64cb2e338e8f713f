package cloud

// eksOperations are the actions of EKS that the account answers, with the
// paths of the API reference.
func eksOperations() []operation {
	route := func(op operation, method, pattern string) operation {
		op.method, op.pattern = method, pattern
		return op
	}
	return []operation{
		route(define("eks", "ListClusters", reads, listClusters), "GET", "/clusters"),
		route(define("eks", "DescribeCluster", reads, describeCluster), "GET", "/clusters/{name}"),
		route(define("eks", "ListNodegroups", reads, listNodegroups), "GET", "/clusters/{name}/node-groups"),
		route(define("eks", "DescribeNodegroup", reads, describeNodegroup), "GET", "/clusters/{name}/node-groups/{nodegroupName}"),
		route(define("eks", "ListAddons", reads, listAddons), "GET", "/clusters/{name}/addons"),
		route(define("eks", "DescribeAddon", reads, describeAddon), "GET", "/clusters/{name}/addons/{addonName}"),
		route(define("eks", "UpdateAddon", changes, updateAddon), "POST", "/clusters/{name}/addons/{addonName}/update"),
		route(define("eks", "DescribeAddonConfiguration", reads, describeAddonConfiguration), "GET", "/addons/configuration-schemas"),
		route(define("eks", "DescribeAddonVersions", reads, describeAddonVersions), "GET", "/addons/supported-versions"),
		route(define("eks", "DescribeUpdate", reads, describeUpdate), "GET", "/clusters/{name}/updates/{updateId}"),
		route(define("eks", "ListPodIdentityAssociations", reads, listPodIdentityAssociations), "GET", "/clusters/{name}/pod-identity-associations"),
		route(define("eks", "ListAccessEntries", reads, listAccessEntries), "GET", "/clusters/{name}/access-entries"),
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

func eksPage[T any](a *Account, all []T, p eksPaging) (part []T, next *string, err error) {
	size := p.MaxResults
	if size == 0 {
		size = 100
	}
	if size < 1 || size > 100 {
		return nil, nil, fail("InvalidParameterException", "maxResults must be between 1 and 100")
	}
	part, token, ok := page(a, all, size, p.NextToken)
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

func (a *Account) cluster(name string) (*eksCluster, error) {
	if c := a.eks.clusters[name]; c != nil {
		return c, nil
	}
	return nil, failStatus(404, "ResourceNotFoundException", "No cluster found for name: %s.", name)
}

func (a *Account) clusterARN(name string) string { return a.arn("eks", "cluster/"+name) }

func (in clusterInput) resource(a *Account) string { return a.clusterARN(in.Name) }
