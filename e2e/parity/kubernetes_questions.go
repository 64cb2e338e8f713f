package parity

import "fmt"

// Paths of the questions.
const (
	core       = "/api/v1"
	inParity   = core + "/namespaces/parity"
	configMaps = inParity + "/configmaps"
	secrets    = inParity + "/secrets"
	pods       = inParity + "/pods"
	system     = core + "/namespaces/kube-system"
	daemonSet  = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node"
	deploys    = "/apis/apps/v1/namespaces/parity/deployments"
	leases     = "/apis/coordination.k8s.io/v1/namespaces/parity/leases"
	policies   = "/apis/vpcresources.k8s.aws/v1beta1/namespaces/parity/securitygrouppolicies"
	reviews    = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
)

func configMap(name, labels, data string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q,"labels":{%s}},"data":{%s}}`, name, labels, data)
}

func policy(name, groups string) string {
	return fmt.Sprintf(`{"apiVersion":"vpcresources.k8s.aws/v1beta1","kind":"SecurityGroupPolicy","metadata":{"name":%q,"namespace":"parity"},`+
		`"spec":{"podSelector":{"matchLabels":{"app":"green"}},"securityGroups":{"groupIds":[%s]}}}`, name, groups)
}

func review(verb, group, resource, namespace string) string {
	return fmt.Sprintf(`{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{"resourceAttributes":{"verb":%q,"group":%q,"resource":%q,"namespace":%q}}}`,
		verb, group, resource, namespace)
}

const podBody = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"solo","labels":{"app":"solo"}},"spec":{"terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"busybox","command":["sleep","1000000"]}]}}`

const deploymentBody = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"green","namespace":"parity"},"spec":{"replicas":1,` +
	`"selector":{"matchLabels":{"app":"green-d"}},"template":{"metadata":{"labels":{"app":"green-d"}},"spec":{"terminationGracePeriodSeconds":0,` +
	`"containers":[{"name":"c","image":"busybox","command":["sh","-c","echo hello; sleep 1000000"],"env":[{"name":"A","value":"1"}]}]}}}}`

// KubernetesQuestions are the questions to the API servers, in order: later ones
// see what earlier ones made.
func KubernetesQuestions() []Request {
	var all []Request
	for _, group := range [][]Request{discoveryQuestions(), objectQuestions(), patchQuestions(), applyQuestions(), listQuestions(),
		watchQuestions(), workloadQuestions(), accessQuestions(), deletionQuestions()} {
		all = append(all, group...)
	}
	return all
}

func discoveryQuestions() []Request {
	return []Request{
		{Name: "the groups' versions that podsg uses", Path: "/apis/vpcresources.k8s.aws"},
		{Name: "resources of vpcresources.k8s.aws/v1beta1", Path: "/apis/vpcresources.k8s.aws/v1beta1"},
		{Name: "resources of vpcresources.k8s.aws/v1alpha1", Path: "/apis/vpcresources.k8s.aws/v1alpha1"},
		{Name: "an API group that is not there", Path: "/apis/nope.example.org/v1"},
		{Name: "a resource that is not there", Path: core + "/nopes"},
		{Name: "an unknown path", Path: "/nope"},
		{Name: "the versions of the core group", Path: "/api", Only: []string{".kind", ".versions"}},
		{Name: "healthy", Path: "/healthz"},
		{Name: "ready", Path: "/readyz"},
		{Name: "live", Path: "/livez"},
		{Name: "version", Path: "/version", Only: []string{".major", ".minor"}},
		{Name: "the namespace kube-system", Path: system},
		{Name: "the CRD of policies", Path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/securitygrouppolicies.vpcresources.k8s.aws",
			Only: []string{".apiVersion", ".kind", ".metadata.name", ".spec.group", ".spec.names", ".spec.scope", ".spec.versions", ".status.acceptedNames", ".status.storedVersions"}},
		{Name: "the CRD of CNINodes", Path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cninodes.vpcresources.k8s.aws",
			Only: []string{".apiVersion", ".kind", ".metadata.name", ".spec.group", ".spec.names", ".spec.scope", ".spec.versions"}},
		{Name: "the mutating webhook", Path: "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/vpc-resource-mutating-webhook"},
		{Name: "the validating webhook", Path: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/vpc-resource-validating-webhook"},
	}
}

func objectQuestions() []Request {
	ns := `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"parity"}}`
	return []Request{
		{Name: "create a namespace", Method: "POST", Path: core + "/namespaces?fieldManager=podsg", Body: ns},
		{Name: "create it again", Method: "POST", Path: core + "/namespaces", Body: ns},
		{Name: "create one with an illegal name", Method: "POST", Path: core + "/namespaces", Body: `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"Par_ity"}}`},
		{Name: "the namespace gets its default ServiceAccount", Path: inParity + "/serviceaccounts/default", Until: [2]string{".kind", "ServiceAccount"}, Only: []string{".apiVersion", ".kind", ".metadata.name"}},
		{Name: "the namespace gets its CA", Path: configMaps + "/kube-root-ca.crt", Until: [2]string{".kind", "ConfigMap"}, Only: []string{".apiVersion", ".kind", ".metadata.name", ".metadata.annotations"}},
		{Name: "create in a namespace that is not there", Method: "POST", Path: core + "/namespaces/nope/configmaps", Body: configMap("a", "", "")},
		{Name: "create a Secret with stringData", Method: "POST", Path: secrets + "?fieldManager=podsg", Body: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"rds"},"stringData":{"password":"p","host":"h"}}`},
		{Name: "create a Secret with an illegal name", Method: "POST", Path: secrets, Body: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"Bad_Name"}}`},
		{Name: "create a Secret with an illegal key", Method: "POST", Path: secrets, Body: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"badkey"},"stringData":{"a b":"x"}}`},
		{Name: "create a Secret that is not base64", Method: "POST", Path: secrets, Body: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"bad64"},"data":{"a":"?"}}`},
		{Name: "get a Secret", Path: secrets + "/rds"},
		{Name: "get a Secret that is not there", Path: secrets + "/nope"},
		{Name: "create without a name", Method: "POST", Path: configMaps, Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{}}`},
		{Name: "create with generateName", Method: "POST", Path: configMaps, Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"gen-"}}`, Keep: map[string]string{"generated": ".metadata.name"}},
		{Name: "delete the generated one", Method: "DELETE", Path: configMaps + "/{generated}", Only: []string{".kind", ".status", ".details.kind"}},
		{Name: "create with a body of another kind", Method: "POST", Path: configMaps, Body: `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"x"}}`},
		{Name: "create with a body of another version", Method: "POST", Path: configMaps, Body: `{"apiVersion":"v2","kind":"ConfigMap","metadata":{"name":"x"}}`},
		{Name: "create with a body that is no JSON", Method: "POST", Path: configMaps, Body: `{"apiVersion":`},
		{Name: "create with a body of another namespace", Method: "POST", Path: configMaps, Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x","namespace":"other"}}`},
		{Name: "create with an illegal label", Method: "POST", Path: configMaps, Body: configMap("x", `"a b":"c"`, "")},
		{Name: "create with an unknown field, strictly", Method: "POST", Path: configMaps + "?fieldValidation=Strict", Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"foo":1}`},
		{Name: "create with an unknown field, warned", Method: "POST", Path: configMaps + "?fieldValidation=Warn&dryRun=All", Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"foo":1}`},
		{Name: "create dry", Method: "POST", Path: configMaps + "?dryRun=All&fieldManager=podsg", Body: configMap("dry", "", `"a":"1"`)},
		{Name: "nothing was made", Path: configMaps + "/dry"},
		{Name: "dry run of an unknown sort", Method: "POST", Path: configMaps + "?dryRun=Some", Body: configMap("dry", "", "")},
		{Name: "create a ConfigMap", Method: "POST", Path: configMaps + "?fieldManager=podsg", Body: configMap("cm", "", `"a":"1"`), Keep: map[string]string{"cm": ".metadata.resourceVersion", "cmuid": ".metadata.uid"}},
		{Name: "update it", Method: "PUT", Path: configMaps + "/cm?fieldManager=podsg", Body: configMap("cm", `"x":"y"`, `"a":"2"`)},
		{Name: "update a stale one", Method: "PUT", Path: configMaps + "/cm", Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm","resourceVersion":"{cm}"},"data":{"a":"3"}}`},
		{Name: "update one of another uid", Method: "PUT", Path: configMaps + "/cm", Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"cm","uid":"00000000-0000-0000-0000-000000000000"},"data":{"a":"3"}}`},
		{Name: "update one of another name", Method: "PUT", Path: configMaps + "/cm", Body: configMap("other", "", "")},
		{Name: "update one that is not there", Method: "PUT", Path: configMaps + "/nope", Body: configMap("nope", "", "")},
		{Name: "create a Lease", Method: "POST", Path: leases + "?fieldManager=podsg", Body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"podsg"},"spec":{"holderIdentity":"a","leaseDurationSeconds":30,"renewTime":"2026-11-01T12:00:00.123456Z"}}`, Keep: map[string]string{"lease": ".metadata.resourceVersion"}},
		{Name: "renew the Lease", Method: "PUT", Path: leases + "/podsg?fieldManager=podsg", Body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"podsg","resourceVersion":"{lease}"},"spec":{"holderIdentity":"a","leaseDurationSeconds":30,"renewTime":"2026-11-01T12:00:10.000000Z"}}`},
		{Name: "take the Lease with a stale version", Method: "PUT", Path: leases + "/podsg", Body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"podsg","resourceVersion":"{lease}"},"spec":{"holderIdentity":"b"}}`},
		{Name: "a Lease with an illegal duration", Method: "POST", Path: leases, Body: `{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"bad"},"spec":{"holderIdentity":"a","leaseDurationSeconds":0}}`},
	}
}

func patchQuestions() []Request {
	env := `{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[{"name":"PARITY","value":"true"}]}]}}}}`
	return []Request{
		{Name: "merge patch", Method: "PATCH", Path: configMaps + "/cm?fieldManager=podsg", Type: mergePatch, Body: `{"data":{"b":"1","a":null}}`},
		{Name: "merge patch that changes nothing", Method: "PATCH", Path: configMaps + "/cm?fieldManager=podsg", Type: mergePatch, Body: `{"data":{"b":"1"}}`},
		{Name: "merge patch with a stale version", Method: "PATCH", Path: configMaps + "/cm", Type: mergePatch, Body: `{"metadata":{"resourceVersion":"{cm}"},"data":{"b":"2"}}`},
		{Name: "merge patch of another name", Method: "PATCH", Path: configMaps + "/cm", Type: mergePatch, Body: `{"metadata":{"name":"other"}}`},
		{Name: "merge patch that is no JSON", Method: "PATCH", Path: configMaps + "/cm", Type: mergePatch, Body: `{`},
		{Name: "merge patch of one that is not there", Method: "PATCH", Path: configMaps + "/nope", Type: mergePatch, Body: `{}`},
		{Name: "JSON patch", Method: "PATCH", Path: configMaps + "/cm?fieldManager=podsg", Type: jsonPatch, Body: `[{"op":"add","path":"/data/c","value":"1"}]`},
		{Name: "JSON patch whose test fails", Method: "PATCH", Path: configMaps + "/cm", Type: jsonPatch, Body: `[{"op":"test","path":"/data/c","value":"2"}]`},
		{Name: "JSON patch of a field that is not there", Method: "PATCH", Path: configMaps + "/cm", Type: jsonPatch, Body: `[{"op":"remove","path":"/data/nope"}]`},
		{Name: "patch of an unknown type", Method: "PATCH", Path: configMaps + "/cm", Type: "application/nope", Body: `{}`},
		{Name: "add a variable to aws-node, dry", Method: "PATCH", Path: daemonSet + "?dryRun=All&fieldManager=podsg", Type: strategicPatch, Body: env, Only: []string{".spec", ".metadata.managedFields"}},
		{Name: "remove a variable of aws-node, dry", Method: "PATCH", Path: daemonSet + "?dryRun=All&fieldManager=podsg", Type: strategicPatch, Body: `{"spec":{"template":{"spec":{"containers":[{"name":"aws-node","env":[{"name":"WARM_ENI_TARGET","$patch":"delete"}]}]}}}}`, Only: []string{".spec.template.spec.containers"}},
		{Name: "status by the main resource", Method: "PATCH", Path: daemonSet + "?dryRun=All", Type: mergePatch, Body: `{"status":{"numberReady":77}}`, Only: []string{".status.numberReady"}},
		{Name: "a DaemonSet's selector cannot change", Method: "PATCH", Path: daemonSet + "?dryRun=All", Type: mergePatch, Body: `{"spec":{"selector":{"matchLabels":{"k8s-app":"other"}}}}`},
	}
}

func applyQuestions() []Request {
	apply := func(name, query, body string) Request {
		return Request{Name: name, Method: "PATCH", Path: policies + query, Type: applyPatch, Body: body}
	}
	return []Request{
		apply("apply a policy", "/allow?fieldManager=podsg", policy("allow", `"sg-0ff967bc903e9639e"`)),
		apply("apply it again", "/allow?fieldManager=podsg", policy("allow", `"sg-0ff967bc903e9639e"`)),
		apply("apply another's field", "/allow?fieldManager=kubectl", policy("allow", `"sg-other"`)),
		apply("apply another's field by force", "/allow?fieldManager=kubectl&force=true", policy("allow", `"sg-other"`)),
		apply("apply what another took", "/allow?fieldManager=podsg", policy("allow", `"sg-0ff967bc903e9639e"`)),
		apply("apply without a manager", "/allow", policy("allow", `"sg-1"`)),
		apply("apply a policy without groups", "/bad?fieldManager=podsg", policy("bad", ``)),
		apply("apply a policy, dry", "/dry?fieldManager=podsg&dryRun=All", policy("dry", `"sg-1"`)),
		{Name: "apply made nothing", Path: policies + "/dry"},
		{Name: "a policy with a selector of the wrong type", Method: "POST", Path: policies, Body: `{"apiVersion":"vpcresources.k8s.aws/v1beta1","kind":"SecurityGroupPolicy","metadata":{"name":"bad"},"spec":{"podSelector":"x","securityGroups":{"groupIds":["sg-1"]}}}`},
		{Name: "a policy with an unknown field, strictly", Method: "POST", Path: policies + "?fieldValidation=Strict", Body: `{"apiVersion":"vpcresources.k8s.aws/v1beta1","kind":"SecurityGroupPolicy","metadata":{"name":"bad"},"spec":{"foo":1,"podSelector":{"matchLabels":{"a":"b"}},"securityGroups":{"groupIds":["sg-1"]}}}`},
		{Name: "a policy with an unknown field", Method: "POST", Path: policies + "?dryRun=All", Body: `{"apiVersion":"vpcresources.k8s.aws/v1beta1","kind":"SecurityGroupPolicy","metadata":{"name":"bad"},"spec":{"foo":1,"podSelector":{"matchLabels":{"a":"b"}},"securityGroups":{"groupIds":["sg-1"]}}}`},
		{Name: "strategic merge of a custom resource", Method: "PATCH", Path: policies + "/allow", Type: strategicPatch, Body: `{"spec":{}}`},
		{Name: "merge patch of a policy", Method: "PATCH", Path: policies + "/allow?fieldManager=podsg", Type: mergePatch, Body: `{"spec":{"securityGroups":{"groupIds":["sg-2"]}}}`},
		{Name: "get the policy", Path: policies + "/allow"},
		{Name: "apply a Deployment", Method: "PATCH", Path: deploys + "/green?fieldManager=podsg", Type: applyPatch, Body: deploymentBody, Only: []string{".apiVersion", ".kind", ".spec", ".metadata"}},
		{Name: "another manager adds a variable", Method: "PATCH", Path: deploys + "/green?fieldManager=other&dryRun=All", Type: applyPatch, Only: []string{".spec.template.spec.containers", ".metadata.managedFields[1].manager"},
			Body: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"green"},"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"B","value":"2"}]}]}}}}`},
		{Name: "another manager changes a variable", Method: "PATCH", Path: deploys + "/green?fieldManager=other", Type: applyPatch,
			Body: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"green"},"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"2"}]}]}}}}`},
		{Name: "a Deployment without a selector", Method: "POST", Path: deploys, Body: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"bad"}}`},
		{Name: "a Deployment whose selector does not match", Method: "POST", Path: deploys, Body: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"bad"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"c","image":"busybox"}]}}}}`},
		{Name: "a Deployment with an unknown field", Method: "PATCH", Path: deploys + "/bad?fieldManager=podsg", Type: applyPatch, Body: `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"bad"},"spec":{"nope":1}}`},
	}
}
