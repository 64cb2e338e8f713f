package parity

// The reasons that more than one difference has.
const (
	wording   = "The wording of an error that no client of podsg's can cause; code and reason agree."
	ownership = "The practice server notes the fields that defaults and admission set as the writer's own; the real one only those of the request. Nobody applies these objects with another manager."
	beta      = "A newer field of the workloads' status that kubectl and podsg do not read."
	reviewed  = "The real server notes who owns the fields of a review, which is never stored."
	upgrading = "A request that no client makes: clients ask for the upgrade."
)

// reasons are the differences that are known, by part and question, with the
// reason why they stay.
var reasons = map[string]string{
	"Kubernetes API: an API group that is not there":                    "The real server answers unknown paths in plain text. Clients go by the code 404.",
	"Kubernetes API: an unknown path":                                   "The real server answers unknown paths in plain text. Clients go by the code 404.",
	"Kubernetes API: version":                                           "EKS says its minor version with a plus sign, and so does the practice cluster; the real parts here are built without.",
	"Kubernetes API: the namespace kube-system":                         "The real server makes this namespace itself, the practice one has its controller manager do it.",
	"Kubernetes API: the mutating webhook":                              "Only the real API server calls the webhook over TLS and needs its authority; on EKS the field is not set by the user either.",
	"Kubernetes API: the validating webhook":                            "Only the real API server calls the webhook over TLS and needs its authority; on EKS the field is not set by the user either.",
	"Kubernetes API: create a namespace":                                ownership,
	"Kubernetes API: create with a body of another kind":                wording,
	"Kubernetes API: create with a body of another version":             wording,
	"Kubernetes API: create with a body that is no JSON":                wording,
	"Kubernetes API: update one of another uid":                         wording,
	"Kubernetes API: merge patch that is no JSON":                       wording,
	"Kubernetes API: patch of an unknown type":                          wording,
	"Kubernetes API: add a variable to aws-node, dry":                   "The add-on manager of the practice cluster updates aws-node, that of the rig applies it, so the fields that it owns are noted in another form. The specification is the same.",
	"Kubernetes API: a DaemonSet's selector cannot change":              "Both find the same two mistakes, in another order.",
	"Kubernetes API: a Deployment with an unknown field":                wording,
	"Kubernetes API: an illegal continuation":                           wording,
	"Kubernetes API: a form that is not served":                         "The practice server answers JSON to whoever asks for something else, such as a browser.",
	"Kubernetes API: watch from an illegal version":                     "The real server calls this its own error (500); to a client both are failures that a retry does not mend.",
	"Kubernetes API: the Deployment becomes available":                  beta,
	"Kubernetes API: its ReplicaSet":                                    beta,
	"Kubernetes API: both replicas are available":                       beta,
	"Kubernetes API: the log before a restart":                          "The kubelet ends this message with a line break.",
	"Kubernetes API: exec into a container without an upgrade":          "The practice cluster does not run commands in pods and says so.",
	"Kubernetes API: port-forward without an upgrade":                   upgrading,
	"Kubernetes API: create a pod":                                      ownership,
	"Kubernetes API: a pod without containers":                          "The real VPC resource controller's webhook fails on such a pod before the API server has validated it.",
	"Kubernetes API: may I patch DaemonSets":                            reviewed,
	"Kubernetes API: may the pod's account":                             reviewed,
	"Kubernetes API: may I do something to an unknown resource":         reviewed,
	"Kubernetes API: a review without attributes":                       wording,
	"Kubernetes API: delete with a wrong precondition":                  wording,
	"PostgreSQL: with an unknown setting":                               "The practice server does not know PostgreSQL's 350 settings and takes any in the start-up message; podsg sets none.",
	"Controllers: events of the VPC resource controller on an m5.large": "The rig shortens the cool-down to the 30 seconds that are allowed, which the controller tells of on every node; the practice cluster has the default.",
	"Controllers: events of the VPC resource controller on a t3.medium": "The rig shortens the cool-down to the 30 seconds that are allowed, which the controller tells of on every node; the practice cluster has the default.",
}
