package scenario

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

// setEnv sets variables of the container aws-node.
func setEnv(s *cluster.Staging, values map[string]string) error {
	_, err := cluster.Client[*appsv1.DaemonSet](s, gvr.DaemonSets).Mutate(systemNamespace, cniDaemonSet, func(ds *appsv1.DaemonSet) error {
		container := &ds.Spec.Template.Spec.Containers[0]
		left := maps.Clone(values) // another try begins anew
		for i := range container.Env {
			if v, ok := left[container.Env[i].Name]; ok {
				container.Env[i].Value = v
				delete(left, container.Env[i].Name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(left)) {
			container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: left[name]})
		}
		return nil
	})
	return err
}

func port(n int) intstr.IntOrString { return intstr.FromInt32(int32(n)) }

// deletePods restarts the pods of a Deployment.
func deletePods(s *cluster.Staging, app string) error {
	pods := cluster.Client[*corev1.Pod](s, gvr.Pods)
	list, err := pods.List(appNamespace, storage.Selector{})
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.Labels["app"] == app {
			if err := pods.Delete(p.Namespace, p.Name, metav1.DeleteOptions{}); err != nil {
				return err
			}
		}
	}
	return nil
}
