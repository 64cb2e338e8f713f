// Package names has the names that Kubernetes and Amazon EKS give things, and
// identifiers that are made from a text.
package names

import corev1 "k8s.io/api/core/v1"

// Names that Amazon EKS gives things.
const (
	SystemNamespace = "kube-system"

	// PodENI is the extended resource a pod asks a branch ENI by, and the
	// annotation in which it gets one.
	PodENI corev1.ResourceName = "vpc.amazonaws.com/pod-eni"
	// PrivateIPv4 is the extended resource of Windows pods.
	PrivateIPv4 corev1.ResourceName = "vpc.amazonaws.com/PrivateIPv4Address"

	HasTrunkLabel       = "vpc.amazonaws.com/has-trunk-attached"
	ComputeTypeLabel    = "eks.amazonaws.com/compute-type"
	FargateProfileLabel = "eks.amazonaws.com/fargate-profile"
	FargateGroups       = "fargate.amazonaws.com/pod-sg"

	SecurityGroupsForPods = "SecurityGroupsForPods"
	CNINodeFinalizer      = "networking.k8s.aws/resource-cleanup"
	ClusterNameTag        = "cluster.k8s.amazonaws.com/name"

	CNIConfigMap = "amazon-vpc-cni"
	CoolDownKey  = "branch-eni-cooldown"
	WindowsIPAM  = "enable-windows-ipam"
	CNIDaemonSet = "aws-node"
	LocalDNS     = "node-local-dns"

	MutatingConfiguration   = "vpc-resource-mutating-webhook"
	MutatingWebhook         = "mpod.vpc.k8s.aws"
	ValidatingConfiguration = "vpc-resource-validating-webhook"
	ValidatingWebhook       = "vpod.vpc.k8s.aws"

	ControllerLease       = "cp-vpc-resource-controller"
	ControllerRole        = "eks-vpc-resource-controller-role"
	ControllerRoleBinding = "eks-vpc-resource-controller-rolebinding"
)

// The components of the cluster, as they sign their events, writes and
// requests.
const (
	ResourceController        = "vpc-resource-controller"
	ResourceControllerUser    = "eks:vpc-resource-controller"
	ResourceControllerVersion = "v1.8.2"

	SchedulerName         = "default-scheduler"
	DaemonSetController   = "daemonset-controller"
	DeploymentController  = "deployment-controller"
	ReplicaSetController  = "replicaset-controller"
	JobController         = "job-controller"
	CronJobController     = "cronjob-controller"
	StatefulSetController = "statefulset-controller"
	NodeController        = "node-controller"
	CloudNodeController   = "cloud-node-lifecycle-controller"
	KubeControllerManager = "kube-controller-manager"
	AddonManager          = "eks" // field manager of EKS add-ons
)

// RootCA is the ConfigMap with the API server's certificate authority that every
// namespace has.
const RootCA = "kube-root-ca.crt"

// KubernetesServiceIP is the address of the API server's Service.
const KubernetesServiceIP = "10.100.0.1"
