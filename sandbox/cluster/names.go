package cluster

import corev1 "k8s.io/api/core/v1"

// Names that Amazon EKS gives things.
const (
	systemNamespace = "kube-system"

	// podENI is the extended resource a pod asks a branch ENI by, and the
	// annotation in which it gets one.
	podENI corev1.ResourceName = "vpc.amazonaws.com/pod-eni"
	// privateIPv4 is the extended resource of Windows pods.
	privateIPv4 corev1.ResourceName = "vpc.amazonaws.com/PrivateIPv4Address"

	hasTrunkLabel       = "vpc.amazonaws.com/has-trunk-attached"
	computeTypeLabel    = "eks.amazonaws.com/compute-type"
	fargateProfileLabel = "eks.amazonaws.com/fargate-profile"
	fargateGroups       = "fargate.amazonaws.com/pod-sg"

	securityGroupsForPods = "SecurityGroupsForPods"
	cniNodeFinalizer      = "networking.k8s.aws/resource-cleanup"
	clusterNameTag        = "cluster.k8s.amazonaws.com/name"

	cniConfigMap  = "amazon-vpc-cni"
	coolDownKey   = "branch-eni-cooldown"
	windowsIPAM   = "enable-windows-ipam"
	cniDaemonSet  = "aws-node"
	cniInitName   = "aws-vpc-cni-init"
	localDNS      = "node-local-dns"
	nodeAgentName = "aws-eks-nodeagent"

	mutatingConfiguration   = "vpc-resource-mutating-webhook"
	mutatingWebhook         = "mpod.vpc.k8s.aws"
	validatingConfiguration = "vpc-resource-validating-webhook"
	validatingWebhook       = "vpod.vpc.k8s.aws"

	controllerLease       = "cp-vpc-resource-controller"
	controllerRole        = "eks-vpc-resource-controller-role"
	controllerRoleBinding = "eks-vpc-resource-controller-rolebinding"
)

// The components of the cluster, as they sign their events, writes and
// requests.
const (
	resourceController        = "vpc-resource-controller"
	resourceControllerUser    = "eks:vpc-resource-controller"
	resourceControllerVersion = "v1.8.2"

	schedulerName         = "default-scheduler"
	daemonSetController   = "daemonset-controller"
	deploymentController  = "deployment-controller"
	replicaSetController  = "replicaset-controller"
	jobController         = "job-controller"
	nodeController        = "node-controller"
	cloudNodeController   = "cloud-node-lifecycle-controller"
	kubeControllerManager = "kube-controller-manager"
	addonManager          = "eks" // field manager of EKS add-ons
)
