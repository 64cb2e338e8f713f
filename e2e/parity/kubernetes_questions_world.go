package parity

import "fmt"

func listQuestions() []Request {
	var all []Request
	for i := range 7 {
		all = append(all, Request{Name: fmt.Sprintf("create ConfigMap %d of 7", i+1), Method: "POST", Path: configMaps + "?fieldManager=podsg",
			Body: configMap(fmt.Sprintf("cm-%d", i), fmt.Sprintf(`"n":"%d"`, i%2), "")})
	}
	return append(all, []Request{
		{Name: "list by a label", Path: configMaps + "?labelSelector=n%3D1"},
		{Name: "list by a set of labels", Path: configMaps + "?labelSelector=n+in+(0,2),n", Only: []string{".items[0].metadata.name", ".items[1].metadata.name", ".items[3].metadata.name", ".items[4]"}},
		{Name: "list by an illegal selector", Path: configMaps + "?labelSelector=n+in"},
		{Name: "list by name", Path: configMaps + "?fieldSelector=metadata.name%3Dcm-1"},
		{Name: "list by an unknown field", Path: pods + "?fieldSelector=spec.foo%3Dx"},
		{Name: "the first page", Path: configMaps + "?limit=3&labelSelector=n", Keep: map[string]string{"page": ".metadata.continue"}},
		{Name: "the second page", Path: configMaps + "?limit=3&labelSelector=n&continue={page}"},
		{Name: "an illegal continuation", Path: configMaps + "?limit=3&continue=nope"},
		{Name: "list of a namespace that is not there", Path: core + "/namespaces/nope/configmaps"},
		{Name: "table of ConfigMaps", Path: configMaps + "?labelSelector=n%3D1", Accept: asTable, Only: []string{".kind", ".columnDefinitions", ".rows[0].cells"}},
		{Name: "table of one policy", Path: policies + "/allow", Accept: asTable, Only: []string{".kind", ".columnDefinitions", ".rows[0].cells"}},
		{Name: "table of nodes", Path: core + "/nodes", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of pods", Path: system + "/pods", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of DaemonSets", Path: "/apis/apps/v1/namespaces/kube-system/daemonsets", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of Deployments", Path: "/apis/apps/v1/namespaces/kube-system/deployments", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of events", Path: system + "/events", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of Secrets", Path: secrets, Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "table of CNINodes", Path: "/apis/vpcresources.k8s.aws/v1alpha1/cninodes", Accept: asTable, Only: []string{".kind", ".columnDefinitions"}},
		{Name: "a form that is not served", Path: configMaps, Accept: "text/html"},
	}...)
}

func watchQuestions() []Request {
	watch := func(query string) string { return configMaps + "?watch=1&timeoutSeconds=1&" + query }
	patch := func(name, labels string) Request {
		return Request{Name: "relabel " + name, Method: "PATCH", Path: configMaps + "/" + name + "?fieldManager=podsg", Type: mergePatch,
			Body: fmt.Sprintf(`{"metadata":{"labels":%s}}`, labels), Only: []string{".metadata.labels"}}
	}
	return []Request{
		{Name: "list to watch from", Path: configMaps + "?labelSelector=n%3D1", Keep: map[string]string{"from": ".metadata.resourceVersion"}, Only: []string{".kind"}},
		patch("cm-0", `{"n":"1"}`),
		patch("cm-1", `{"n":"0"}`),
		{Name: "delete what is not selected", Method: "DELETE", Path: configMaps + "/cm-2", Only: []string{".kind", ".status"}},
		{Name: "delete what is selected", Method: "DELETE", Path: configMaps + "/cm-3", Only: []string{".kind", ".status"}},
		{Name: "watch goes on where the list ended, and sees objects enter and leave the selector", Watch: true, Path: watch("labelSelector=n%3D1&resourceVersion={from}")},
		{Name: "watch without a version begins with what is there", Watch: true, Path: watch("labelSelector=n%3D1")},
		{Name: "watch with initial events", Watch: true, Path: watch("labelSelector=n%3D1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")},
		{Name: "watch of one name", Watch: true, Path: watch("fieldSelector=metadata.name%3Dcm-5")},
		{Name: "watch from an illegal version", Path: watch("resourceVersion=nope")},
		{Name: "watch with a wrong match", Path: watch("sendInitialEvents=true")},
		{Name: "list at a version of the future", Path: configMaps + "?resourceVersion=999999999"},
		{Name: "list of an exact version without one", Path: configMaps + "?resourceVersionMatch=Exact"},
	}
}

func workloadQuestions() []Request {
	return []Request{
		{Name: "the Deployment becomes available", Path: deploys + "/green", Until: [2]string{".status.availableReplicas", "1"}, Only: []string{".status"}},
		{Name: "its ReplicaSet", Path: "/apis/apps/v1/namespaces/parity/replicasets?labelSelector=app%3Dgreen-d", Only: []string{".items[0].spec.replicas", ".items[0].status", ".items[0].metadata.ownerReferences"}},
		{Name: "its pod", Path: pods + "?labelSelector=app%3Dgreen-d", Keep: map[string]string{"pod": ".items[0].metadata.name"},
			Only: []string{".items[0].metadata.ownerReferences", ".items[0].metadata.generateName", ".items[0].spec.containers", ".items[0].spec.restartPolicy", ".items[0].spec.dnsPolicy", ".items[0].spec.tolerations", ".items[0].spec.volumes", ".items[0].status.phase", ".items[0].status.qosClass"}},
		{Name: "its log", Path: pods + "/{pod}/log"},
		{Name: "the log's last line", Path: pods + "/{pod}/log?tailLines=1"},
		{Name: "the log of a container that is not there", Path: pods + "/{pod}/log?container=nope"},
		{Name: "the log of a pod that is not there", Path: pods + "/nope/log"},
		{Name: "the log before a restart", Path: pods + "/{pod}/log?previous=true"},
		{Name: "exec into a container without an upgrade", Method: "POST", Path: pods + "/{pod}/exec?command=ls&stdout=true"},
		{Name: "port-forward without an upgrade", Method: "POST", Path: pods + "/{pod}/portforward"},
		{Name: "create a pod", Method: "POST", Path: pods + "?fieldManager=podsg", Body: podBody},
		{Name: "a pod's image may change", Method: "PATCH", Path: pods + "/solo?dryRun=All", Type: strategicPatch, Body: `{"spec":{"containers":[{"name":"c","image":"alpine"}]}}`, Only: []string{".spec.containers[0].image"}},
		{Name: "a pod's node selector may not", Method: "PATCH", Path: pods + "/solo", Type: mergePatch, Body: `{"spec":{"nodeSelector":{"a":"b"}}}`, Only: []string{".kind", ".status", ".reason", ".code"}},
		{Name: "a pod without containers", Method: "POST", Path: pods, Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad"},"spec":{}}`},
		{Name: "a pod whose container has no image", Method: "POST", Path: pods, Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad"},"spec":{"containers":[{"name":"c"}]}}`},
		{Name: "a pod with a ServiceAccount that is not there", Method: "POST", Path: pods, Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad"},"spec":{"serviceAccountName":"nope","containers":[{"name":"c","image":"busybox"}]}}`},
		{Name: "the webhook gives a selected pod its limit", Method: "POST", Path: pods + "?dryRun=All", Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"dry","labels":{"app":"green"}},"spec":{"containers":[{"name":"c","image":"busybox"},{"name":"d","image":"busybox"}]}}`,
			Until: [2]string{".spec.containers[0].resources.limits.vpc.amazonaws.com/pod-eni", "1"}, Only: []string{".spec.containers"}},
		{Name: "the webhook leaves other pods alone", Method: "POST", Path: pods + "?dryRun=All", Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"dry","labels":{"app":"red"}},"spec":{"containers":[{"name":"c","image":"busybox"}]}}`, Only: []string{".spec.containers"}},
		{Name: "the webhook leaves pods of the host's network alone", Method: "POST", Path: pods + "?dryRun=All", Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"dry","labels":{"app":"green"}},"spec":{"hostNetwork":true,"containers":[{"name":"c","image":"busybox"}]}}`, Only: []string{".spec.containers"}},
		{Name: "nobody else may write the annotation of a new pod", Method: "POST", Path: pods, Body: `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bad","annotations":{"vpc.amazonaws.com/pod-eni":"[]"}},"spec":{"containers":[{"name":"c","image":"busybox"}]}}`},
		{Name: "nor of one that runs", Method: "PATCH", Path: pods + "/solo", Type: mergePatch, Body: `{"metadata":{"annotations":{"vpc.amazonaws.com/pod-eni":"[]"}}}`},
		{Name: "scale a Deployment", Method: "PATCH", Path: deploys + "/green/scale", Type: mergePatch, Body: `{"spec":{"replicas":2}}`, Only: []string{".kind", ".apiVersion", ".spec"}},
		{Name: "both replicas are available", Path: deploys + "/green", Until: [2]string{".status.availableReplicas", "2"}, Only: []string{".status"}},
	}
}

func accessQuestions() []Request {
	as := "system:serviceaccount:parity:default"
	return []Request{
		{Name: "may I patch DaemonSets", Method: "POST", Path: reviews, Body: review("patch", "apps", "daemonsets", "kube-system")},
		{Name: "may the pod's account", Method: "POST", Path: reviews, Body: review("patch", "apps", "daemonsets", "kube-system"), As: as},
		{Name: "may I do something to an unknown resource", Method: "POST", Path: reviews, Body: review("get", "nope", "nopes", "")},
		{Name: "a review without attributes", Method: "POST", Path: reviews, Body: `{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","spec":{}}`},
		{Name: "denied: get a Secret", Path: secrets + "/rds", As: as},
		{Name: "denied: list nodes", Path: core + "/nodes", As: as},
		{Name: "denied: patch a DaemonSet", Method: "PATCH", Path: daemonSet, Type: mergePatch, Body: `{}`, As: as},
		{Name: "denied: read a pod's log", Path: pods + "/{pod}/log", As: as},
		{Name: "denied: create a policy", Method: "POST", Path: policies, Body: policy("x", `"sg-1"`), As: as},
		{Name: "denied: watch pods of all namespaces", Path: core + "/pods?watch=1&timeoutSeconds=1", As: as},
		{Name: "denied: delete a namespace", Method: "DELETE", Path: inParity, As: as},
	}
}

func deletionQuestions() []Request {
	return []Request{
		{Name: "delete with a wrong precondition", Method: "DELETE", Path: configMaps + "/cm", Body: `{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"00000000-0000-0000-0000-000000000000"}}`},
		{Name: "delete dry", Method: "DELETE", Path: configMaps + "/cm?dryRun=All"},
		{Name: "delete", Method: "DELETE", Path: configMaps + "/cm"},
		{Name: "delete again", Method: "DELETE", Path: configMaps + "/cm"},
		{Name: "create with a finalizer", Method: "POST", Path: configMaps + "?fieldManager=podsg", Body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fin","finalizers":["example.org/hold"]}}`},
		{Name: "its deletion is held", Method: "DELETE", Path: configMaps + "/fin"},
		{Name: "it may not get another finalizer", Method: "PATCH", Path: configMaps + "/fin", Type: mergePatch, Body: `{"metadata":{"finalizers":["example.org/hold","example.org/more"]}}`},
		{Name: "without its finalizer it goes", Method: "PATCH", Path: configMaps + "/fin?fieldManager=podsg", Type: mergePatch, Body: `{"metadata":{"finalizers":null}}`},
		{Name: "it is gone", Path: configMaps + "/fin"},
		{Name: "delete a collection", Method: "DELETE", Path: configMaps + "?labelSelector=n%3D0", Only: []string{".kind", ".apiVersion"}},
		{Name: "the collection is gone", Path: configMaps + "?labelSelector=n%3D0"},
		{Name: "delete a Deployment in the background", Method: "DELETE", Path: deploys + "/green?propagationPolicy=Background", Only: []string{".kind", ".status", ".details.name", ".details.kind", ".details.group"}},
		{Name: "its pods go", Path: pods + "?labelSelector=app%3Dgreen-d", Until: [2]string{".items", "[]"}},
		{Name: "delete the policy", Method: "DELETE", Path: policies + "/allow", Only: []string{".kind", ".status", ".details.name", ".details.kind", ".details.group"}},
		{Name: "delete the namespace", Method: "DELETE", Path: inParity, Only: []string{".kind", ".status.phase", ".spec", ".metadata.name"}},
		{Name: "the namespace goes with all in it", Path: inParity, Until: [2]string{".code", "404"}},
		{Name: "the Secret went with it", Path: secrets + "/rds"},
	}
}
