package facts

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The custom resources of Amazon EKS for security groups for pods.
var (
	PolicyResource    = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1beta1", Resource: "securitygrouppolicies"}
	CNINodeResource   = schema.GroupVersionResource{Group: "vpcresources.k8s.aws", Version: "v1alpha1", Resource: "cninodes"}
	ENIConfigResource = schema.GroupVersionResource{Group: "crd.k8s.amazonaws.com", Version: "v1alpha1", Resource: "eniconfigs"}
	CRDResource       = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
)

// The VPC CNI's DaemonSet, in kube-system, and its pods.
const (
	CNIName     = "aws-node"
	CNIPodLabel = "k8s-app=aws-node"

	CNINamespace = metav1.NamespaceSystem
	CNIContainer = "aws-node"
	CNIInit      = "aws-vpc-cni-init"
	// CNIPolicyAgent is the container that enforces NetworkPolicies.
	CNIPolicyAgent = "aws-eks-nodeagent"
)

// Names of other machinery of the feature.
const (
	PodENI        = "vpc.amazonaws.com/pod-eni" // extended resource and pod annotation
	LabelApp      = "k8s-app"
	DNSPodLabel   = "kube-dns"              // value of LabelApp
	NodeEventsIn  = metav1.NamespaceDefault // where events of nodes are
	sumAnnotation = "podsg/template-sum"    // a sum over what podsg last applied
)
