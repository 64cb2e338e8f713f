package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"podsg/kube/facts"
	"podsg/steps/world"
)

// Where the settings of the cluster's components are, in kube-system.
const (
	proxyConfigMap = "kube-proxy-config"
	proxyConfigKey = "config"
	// The VPC resource controller reads the ConfigMap that the VPC CNI comes with.
	cniConfigMap = "amazon-vpc-cni"
	coolDownKey  = "branch-eni-cooldown"

	controllerRole    = "eks-vpc-resource-controller-role"
	controllerBinding = "eks-vpc-resource-controller-rolebinding"
)

// settings observes what components are configured with and may do. An object
// that is missing is an answer. What cannot be read does not keep the rest from
// being read: of several reasons the first is the gap.
func (o *observation) settings(ctx context.Context) error {
	s := &o.facts.Settings
	roles := o.Calls.RbacV1()
	reads := []func() error{
		func() (err error) {
			s.ProxyMode, err = o.proxyMode(ctx)
			return err
		},
		func() error {
			cm, err := o.Calls.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, cniConfigMap, metav1.GetOptions{})
			if err == nil {
				s.CoolDown = cm.Data[coolDownKey]
			}
			return o.UnlessMissing("read ConfigMap", cniConfigMap, err)
		},
		func() error {
			role, err := roles.ClusterRoles().Get(ctx, facts.CNIName, metav1.GetOptions{})
			s.CNIRole = err == nil
			s.CNIPatchesNodes = s.CNIRole && grants(role.Rules, "patch", facts.CNINodeResource.Group, facts.CNINodeResource.Resource)
			return o.UnlessMissing("read ClusterRole", facts.CNIName, err)
		},
		func() error {
			_, err := roles.Roles(metav1.NamespaceSystem).Get(ctx, controllerRole, metav1.GetOptions{})
			s.ControllerRole = err == nil
			return o.UnlessMissing("read Role", controllerRole, err)
		},
		func() error {
			_, err := roles.RoleBindings(metav1.NamespaceSystem).Get(ctx, controllerBinding, metav1.GetOptions{})
			s.ControllerBinding = err == nil
			return o.UnlessMissing("read RoleBinding", controllerBinding, err)
		},
	}
	errs := make([]error, len(reads))
	var all sync.WaitGroup
	for i, read := range reads {
		all.Go(func() { errs[i] = world.Guard(read) })
	}
	all.Wait()
	if failed := slices.IndexFunc(errs, func(err error) bool { return err != nil }); failed >= 0 {
		return errs[failed]
	}
	return nil
}

// proxyMode is how kube-proxy forwards packets, as its configuration says it;
// empty: it does not say, or the cluster has none.
// https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
func (c Reader) proxyMode(ctx context.Context) (string, error) {
	const doing = "read ConfigMap"
	cm, err := c.Calls.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, proxyConfigMap, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", c.Problem(doing, proxyConfigMap, err)
	}
	var config struct {
		Mode string `json:"mode"`
	}
	if err := yaml.Unmarshal([]byte(cm.Data[proxyConfigKey]), &config); err != nil {
		return "", c.Problem(doing, proxyConfigMap, fmt.Errorf("its key %s is not the configuration of kube-proxy: %w", proxyConfigKey, err))
	}
	return config.Mode, nil
}

// grants reports whether a rule allows a verb on every object of a resource.
func grants(rules []rbacv1.PolicyRule, verb, group, resource string) bool {
	has := func(list []string, want, all string) bool {
		return slices.Contains(list, want) || slices.Contains(list, all)
	}
	return slices.ContainsFunc(rules, func(r rbacv1.PolicyRule) bool {
		return len(r.ResourceNames) == 0 && has(r.Verbs, verb, rbacv1.VerbAll) &&
			has(r.APIGroups, group, rbacv1.APIGroupAll) && has(r.Resources, resource, rbacv1.ResourceAll)
	})
}
