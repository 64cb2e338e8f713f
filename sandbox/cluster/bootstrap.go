package cluster

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/controllers"
	"podsg/sandbox/cluster/manifests"
	"podsg/sandbox/cluster/names"
	"podsg/sandbox/kubeapi/definition"
)

// bootstrap creates what EKS puts into a new cluster: namespaces, definitions,
// the add-ons, and the objects of the VPC resource controller.
func (c *Cluster) bootstrap() error {
	for _, name := range []string{metav1.NamespaceDefault, names.SystemNamespace, metav1.NamespacePublic, corev1.NamespaceNodeLease} {
		_, err := c.base.Namespaces.Create(component.ControllerManager, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create namespace %q: %w", name, err)
		}
		if err := controllers.Furnish(c.base, name); err != nil {
			return fmt.Errorf("furnish namespace %q: %w", name, err)
		}
	}
	definitions, err := definition.EKS()
	if err != nil {
		return err
	}
	for _, d := range definitions {
		if _, err := c.base.Definitions.Create(component.EKS, d); err != nil && !apierrors.IsAlreadyExists(err) {
			return fmt.Errorf("create definition %q: %w", d.GetName(), err)
		}
	}
	list, err := manifests.List(c.manifests)
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
	err = c.base.CreateObject(c.installer, obj)
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
