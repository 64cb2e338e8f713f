package cluster

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"podsg/sandbox/kubeapi"
)

const kubernetesServiceIP = "10.100.0.1"

var eksActor = actor{manager: addonManager, user: kubeapi.User{Name: "eks:addon-manager", Groups: []string{"system:masters", "system:authenticated"}}}

// bootstrap creates what EKS puts into a new cluster: namespaces, definitions,
// the add-ons, and the objects of the VPC resource controller.
func (c *Cluster) bootstrap() error {
	for _, name := range []string{metav1.NamespaceDefault, systemNamespace, metav1.NamespacePublic, corev1.NamespaceNodeLease} {
		_, err := c.namespaces.create(controllerManager, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create namespace %q: %w", name, err)
		}
		if err := furnish(c.Base, name); err != nil {
			return fmt.Errorf("furnish namespace %q: %w", name, err)
		}
	}
	definitions, err := kubeapi.EKSDefinitions()
	if err != nil {
		return err
	}
	for _, d := range definitions {
		if _, err := c.definitions.create(eksActor, d); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create definition %q: %w", d.GetName(), err)
		}
	}
	list, err := Manifests(c.manifests)
	if err != nil {
		return err
	}
	for _, m := range list {
		for _, document := range m.Documents {
			if err := c.createManifest([]byte(document)); err != nil {
				return fmt.Errorf("create objects of %s: %w", m.File, err)
			}
		}
	}
	return nil
}

// createManifest creates one object of a manifest. That it exists already is
// no error: the world may have been seeded with its own.
func (c *Cluster) createManifest(document []byte) error {
	obj, _, err := scheme.Codecs.UniversalDeserializer().Decode(document, nil, nil)
	if err != nil {
		return err
	}
	err = c.createObject(c.installer, obj)
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// imageRegistry is where a region's nodes pull the images of EKS add-ons from.
// https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html
func imageRegistry(region string) string {
	account, domain := "602401143452", "amazonaws.com"
	switch {
	case region == "cn-north-1":
		account, domain = "918309763551", "amazonaws.com.cn"
	case region == "cn-northwest-1":
		account, domain = "961992271922", "amazonaws.com.cn"
	default:
		if special, ok := registryAccounts[region]; ok {
			account = special
		}
	}
	return fmt.Sprintf("%s.dkr.ecr.%s.%s", account, region, domain)
}

// registryAccounts are the accounts of regions that have one of their own.
var registryAccounts = map[string]string{
	"af-south-1": "877085696533", "ap-east-1": "800184023465", "ap-south-2": "900889452093",
	"ap-southeast-3": "296578399912", "ap-southeast-4": "491585149902", "ca-west-1": "761377655185",
	"eu-central-2": "900612956339", "eu-south-1": "590381155156", "eu-south-2": "455263428931",
	"il-central-1": "066635153087", "me-central-1": "759879836304", "me-south-1": "558608220178",
	"us-gov-east-1": "151742754352", "us-gov-west-1": "013241004608",
}
