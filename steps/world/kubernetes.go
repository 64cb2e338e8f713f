package world

import "time"

// ClusterFacts is what was observed through the Kubernetes API.
type ClusterFacts struct {
	Context string `json:"context,omitempty"` // kubeconfig context, or how the access was built
	Server  string `json:"server"`            // API server URL
	// TLSServerName is the name that the API server's certificate must have,
	// where it is reached by another, such as through a tunnel.
	TLSServerName string `json:"tlsServerName,omitempty"`
	CAData        string `json:"caData,omitempty"` // base64 PEM of the authority that it is trusted by
	Version       string `json:"version,omitempty"`

	// DeniedAccess lists the verbs and resources that podsg needs and the user
	// may not do, such as "patch daemonsets.apps in kube-system".
	DeniedAccess []string `json:"deniedAccess,omitempty"`
	// DeniedChanges are those of them that only changing needs, not observing.
	DeniedChanges []string `json:"deniedChanges,omitempty"`

	// Partial are the facts of which only the chosen namespace could be observed,
	// with the reason.
	Partial map[Fact]string `json:"partial,omitempty"`

	// Chosen is the namespace that the facts of one namespace are of; empty in the
	// bundles of earlier versions.
	Chosen string `json:"chosenNamespace,omitempty"`
	// Others are those facts of other namespaces: those in which policies are or
	// pods ask for a branch ENI, where all namespaces were asked for.
	Others []NamespaceFacts `json:"otherNamespaces,omitempty"`

	Nodes     []Node      `json:"nodes,omitempty"`
	CNI       *CNI        `json:"cni,omitempty"` // nil: there is no aws-node DaemonSet
	DNS       DNS         `json:"dns"`
	Admission Admission   `json:"admission"`
	Namespace *Namespace  `json:"namespace,omitempty"` // nil: it does not exist
	Policies  []PodPolicy `json:"policies,omitempty"`  // of all namespaces
	// Pods are the pods of the observed namespaces, the CoreDNS pods, and every
	// pod anywhere that asks for a branch ENI.
	Pods            []Pod            `json:"pods,omitempty"`
	ServiceAccounts []ServiceAccount `json:"serviceAccounts,omitempty"` // of the chosen namespace
	Secret          *SecretFacts     `json:"secret,omitempty"`          // nil: it does not exist
	CAConfigMap     *ObjectFacts     `json:"caConfigMap,omitempty"`
	// Workloads are what makes pods, and the pods that nothing made, of all
	// namespaces.
	Workloads       []Workload         `json:"workloads,omitempty"`
	Budgets         []DisruptionBudget `json:"disruptionBudgets,omitempty"` // of all namespaces
	Events          []ClusterEvent     `json:"events,omitempty"`            // of the chosen namespace and the nodes
	Settings        Settings           `json:"settings"`
	Services        []Service          `json:"services,omitempty"`        // of all namespaces
	NetworkPolicies []NetworkPolicy    `json:"networkPolicies,omitempty"` // of all namespaces
	// SystemLabels are the labels of namespace kube-system; nil: they were not read,
	// for no NetworkPolicy asks for others than the name.
	SystemLabels map[string]string `json:"kubeSystemLabels,omitempty"`
	// CiliumChaining is cni-chaining-mode of ConfigMap cilium-config; empty: Cilium
	// does not run, or is not chained to another CNI.
	CiliumChaining string      `json:"ciliumChainingMode,omitempty"`
	ENIConfigs     []ENIConfig `json:"eniConfigs,omitempty"`
	Journal        *Journal    `json:"journal,omitempty"`
	Lock           *LockFacts  `json:"lock,omitempty"` // nil: nobody has it
}

// Settings are what components of the cluster are configured with.
type Settings struct {
	// ProxyMode is kube-proxy's: iptables, ipvs, nftables; empty: it does not say.
	ProxyMode string `json:"kubeProxyMode,omitempty"`
	// CoolDown is how many seconds the VPC resource controller keeps a released
	// branch ENI (key branch-eni-cooldown of ConfigMap kube-system/amazon-vpc-cni)
	// as it is written there; empty: the default of 60.
	CoolDown string `json:"branchEniCoolDown,omitempty"`
	// CNIRole says that there is a ClusterRole aws-node; the VPC CNI may have been
	// installed under another name.
	CNIRole bool `json:"cniRole"`
	// CNIPatchesNodes says that ClusterRole aws-node allows to patch CNINodes,
	// by which the VPC CNI asks for a trunk ENI.
	CNIPatchesNodes bool `json:"cniPatchesCniNodes"`
	// ControllerRole and ControllerBinding say that Role and RoleBinding
	// eks-vpc-resource-controller-role and -rolebinding of kube-system are there.
	ControllerRole    bool `json:"controllerRole"`
	ControllerBinding bool `json:"controllerRoleBinding"`
}

// Service is a Kubernetes Service.
type Service struct {
	ObjectFacts
	Type                  string            `json:"type"`
	ExternalTrafficPolicy string            `json:"externalTrafficPolicy,omitempty"` // Cluster, Local
	PodLabels             map[string]string `json:"podLabels,omitempty"`             // its selector
	Ports                 []ServicePort     `json:"ports,omitempty"`
}

// ENIConfig says in which subnet and with which groups the VPC CNI makes the
// interfaces of pods when custom networking is on.
type ENIConfig struct {
	Name     string   `json:"name"`
	SubnetID string   `json:"subnetId"`
	Groups   []string `json:"groups,omitempty"`
}

// LogTrouble is a line of a pod's log that tells why it does not reach its
// database. Other lines are not kept: they may hold anything.
type LogTrouble struct {
	Check string `json:"check"` // D90 to D99
	Text  string `json:"text"`  // the words that tell it
}

// LockFacts is the lock that a run holds, or that a run which died has left.
type LockFacts struct {
	Holder  string    `json:"holder"`
	Expires time.Time `json:"expires,omitzero"`
}

// Node is a Kubernetes node with its CNINode.
type Node struct {
	Name         string `json:"name"`
	InstanceID   string `json:"instanceId,omitempty"` // from the provider id; empty: not an EC2 node
	InstanceType string `json:"instanceType"`
	Zone         string `json:"zone,omitempty"`
	Nodegroup    string `json:"nodegroup,omitempty"`
	Arch         string `json:"arch,omitempty"`
	OS           string `json:"os,omitempty"`
	ComputeType  string `json:"computeType,omitempty"` // label eks.amazonaws.com/compute-type: ec2, fargate, auto, hybrid
	InternalIP   string `json:"internalIp,omitempty"`
	Ready        bool   `json:"ready"`
	Cordoned     bool   `json:"cordoned,omitempty"`
	MaxPods      int    `json:"maxPods"`
	PodENIs      int    `json:"podEnis"` // allocatable vpc.amazonaws.com/pod-eni
	// PodENICapacity is the capacity of the same, which the controller writes; the
	// kubelet takes it over into what is allocatable.
	PodENICapacity int               `json:"podEniCapacity,omitempty"`
	HasCNINode     bool              `json:"hasCniNode"`
	Features       map[string]string `json:"features,omitempty"` // CNINode spec.features: name → value
	Labels         map[string]string `json:"labels,omitempty"`
	Taints         []Taint           `json:"taints,omitempty"`
	CreatedAt      time.Time         `json:"createdAt,omitzero"`
}

// FeatureSGP is the CNINode feature by which the VPC CNI asks for a trunk ENI.
const FeatureSGP = "SecurityGroupsForPods"

// CNI is the aws-node DaemonSet of the VPC CNI.
type CNI struct {
	Image   string            `json:"image"`
	Version string            `json:"version"` // image tag without the build suffix, such as v1.23.1
	Env     map[string]string `json:"env"`     // container aws-node
	InitEnv map[string]string `json:"initEnv"` // init container aws-vpc-cni-init
	// EnvOwners maps an environment variable to the field manager that set its
	// value; those of the init container have the prefix init/.
	EnvOwners map[string]string `json:"envOwners,omitempty"`
	// EnvTaken are the variables that the EKS add-on's manifest has too, but whose
	// value somebody else has set since.
	EnvTaken []string `json:"envTaken,omitempty"`
	// PolicyAgent says that its network policy agent runs with
	// --enable-network-policy=true.
	PolicyAgent bool `json:"networkPolicyAgent,omitempty"`
	// AgentVersion is the image tag of that agent; empty: there is none.
	AgentVersion string `json:"networkPolicyAgentVersion,omitempty"`
	// Refused are the newest events by which aws-node says that EC2 refused a call;
	// read while its roll-out is not complete.
	Refused    []string `json:"refused,omitempty"`
	Strategy   string   `json:"updateStrategy"`
	Generation int64    `json:"generation"`
	Owner      *Owner   `json:"owner,omitempty"` // the tool that makes the DaemonSet; nil: none is known to
	Rollout    Rollout  `json:"rollout"`
}

// Rollout is the state of a DaemonSet's roll-out.
type Rollout struct {
	Observed bool `json:"observed"` // status.observedGeneration has caught up
	Desired  int  `json:"desired"`
	Updated  int  `json:"updated"`
	Ready    int  `json:"ready"`
}

// Complete reports whether every node runs a ready pod of the newest revision.
func (r Rollout) Complete() bool {
	return r.Observed && r.Updated >= r.Desired && r.Ready >= r.Desired
}

// DNS is where the cluster's DNS answers.
type DNS struct {
	ServiceIP string   `json:"serviceIp,omitempty"`
	PodIPs    []string `json:"podIps,omitempty"` // ready CoreDNS endpoints
	NodeLocal bool     `json:"nodeLocalCache"`   // DaemonSet node-local-dns exists
}

// Admission is the machinery that EKS installs for the feature.
type Admission struct {
	PolicyCRD         bool `json:"policyCrd"`         // securitygrouppolicies.vpcresources.k8s.aws, Established
	CNINodeCRD        bool `json:"cniNodeCrd"`        // cninodes.vpcresources.k8s.aws
	MutatingWebhook   bool `json:"mutatingWebhook"`   // vpc-resource-mutating-webhook
	ValidatingWebhook bool `json:"validatingWebhook"` // vpc-resource-validating-webhook
	// MaxGroups is how many security groups the CRD allows in a policy; 0: it
	// sets no limit.
	MaxGroups int `json:"maxGroups,omitempty"`
	// DryRunInjected is the proof by server-side dry run that a pod like the
	// chosen ones gets the branch ENI limit: nil when it was not asked.
	DryRunInjected *bool  `json:"dryRunInjected,omitempty"`
	DryRunError    string `json:"dryRunError,omitempty"`
	// DryRunPolicy is the name of the policy that such a pod was made for; empty
	// in the bundles of earlier versions.
	DryRunPolicy string `json:"dryRunPolicy,omitempty"`
	// ControllerRenewed is when the VPC resource controller last renewed its
	// lease; zero: no lease was found.
	ControllerRenewed time.Time `json:"controllerRenewed,omitzero"`
}

// Namespace is a Kubernetes namespace.
type Namespace struct {
	ObjectFacts
	Phase string `json:"phase"`
}

// PodPolicy is a SecurityGroupPolicy.
type PodPolicy struct {
	ObjectFacts
	PodSelector            *Selector `json:"podSelector,omitempty"`
	ServiceAccountSelector *Selector `json:"serviceAccountSelector,omitempty"`
	GroupIDs               []string  `json:"groupIds,omitempty"`
}

// ServiceAccount has labels that a policy may select.
type ServiceAccount struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
}

// PodENI is one entry of the pod annotation vpc.amazonaws.com/pod-eni.
type PodENI struct {
	ENIID         string `json:"eniId"`
	MAC           string `json:"ifAddress"`
	PrivateIP     string `json:"privateIp"`
	IPv6          string `json:"ipv6Addr"`
	VLAN          int    `json:"vlanId"`
	SubnetCIDR    string `json:"subnetCidr"`
	SubnetV6CIDR  string `json:"subnetV6Cidr"`
	AssociationID string `json:"associationID"`
}

// Pod is an observed pod.
type Pod struct {
	ObjectFacts
	UID            string   `json:"uid,omitempty"`
	Node           string   `json:"node,omitempty"`
	Phase          string   `json:"phase"`
	Ready          bool     `json:"ready"`
	Reason         string   `json:"reason,omitempty"`  // why a container waits or the pod is not scheduled
	Message        string   `json:"message,omitempty"` // that reason's text
	IP             string   `json:"ip,omitempty"`
	ServiceAccount string   `json:"serviceAccount,omitempty"`
	HostNetwork    bool     `json:"hostNetwork,omitempty"`
	Fargate        bool     `json:"fargate,omitempty"`
	Windows        bool     `json:"windows,omitempty"`
	Terminating    bool     `json:"terminating,omitempty"`
	Owner          string   `json:"owner,omitempty"` // controller, as kind/name
	ENIs           []PodENI `json:"enis,omitempty"`
	RawENI         string   `json:"rawEni,omitempty"` // the annotation as it stands
	// ENILimitOn is the index of the container with the limit
	// vpc.amazonaws.com/pod-eni; -1: none has it. The CNI reads container 0 only.
	ENILimitOn    int      `json:"eniLimitOn"`
	AffinityKeys  []string `json:"affinityKeys,omitempty"` // keys of required node affinity and nodeSelector
	ProbePorts    []int    `json:"probePorts,omitempty"`   // TCP ports of TCP, HTTP and gRPC probes
	ProbeKinds    []string `json:"probeKinds,omitempty"`
	GracePeriod   int64    `json:"gracePeriodSeconds,omitempty"`
	RestartCount  int      `json:"restartCount,omitempty"`
	ContainerName string   `json:"container,omitempty"` // the first container
	// InitContainer is the init container that has not ended well yet; empty: none.
	InitContainer string `json:"initContainer,omitempty"`
	// NamedPorts are the ports of its containers that have a name.
	NamedPorts map[string]int `json:"namedPorts,omitempty"`
	// CredentialAgent says that EKS Pod Identity gives it AWS credentials, through
	// the agent of its node (AWS_CONTAINER_CREDENTIALS_FULL_URI).
	CredentialAgent bool `json:"credentialAgent,omitempty"`
	// Troubles are what its log tells of its database connections, newest last;
	// read for a few pods of the chosen namespace only.
	Troubles []LogTrouble `json:"troubles,omitempty"`
}

// SecretFacts is what may be known of the connection Secret. The password
// itself is never in a snapshot.
type SecretFacts struct {
	ObjectFacts
	Keys        []string `json:"keys"`
	Host        string   `json:"host,omitempty"`
	Port        string   `json:"port,omitempty"`
	Database    string   `json:"database,omitempty"`
	Username    string   `json:"username,omitempty"`
	SSLMode     string   `json:"sslMode,omitempty"`
	HasPassword bool     `json:"hasPassword"`
}

// ClusterEvent is a Kubernetes event.
type ClusterEvent struct {
	At        time.Time `json:"at"`
	Type      string    `json:"type"` // Normal, Warning
	Reason    string    `json:"reason"`
	Message   string    `json:"message"`
	Kind      string    `json:"kind"`
	Namespace string    `json:"namespace,omitempty"`
	Name      string    `json:"name"`
	Count     int       `json:"count"`
	Component string    `json:"component,omitempty"`
}
