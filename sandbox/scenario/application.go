package scenario

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
)

func greenSelector() map[string]any {
	return map[string]any{"matchLabels": map[string]any{"app": greenName}}
}

// prepare does what was done before the application came.
func (r *ready) prepare(s *cluster.Staging) error {
	for _, stage := range r.first {
		if err := stage(s); err != nil {
			return err
		}
	}
	return s.Create(r.others...)
}

// install puts the application into the cluster, once that answers its pods'
// questions for names.
func (r *ready) install(s *cluster.Staging) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: appNamespace, Labels: map[string]string{managedBy: "podsg"}}}
	authorities := &corev1.ConfigMap{ObjectMeta: ownedObject(caName), Data: map[string]string{"rds-ca.pem": string(r.authorities)}}
	objects := []runtime.Object{namespace, authorities, r.secret}
	if !r.withoutPolicy {
		objects = append(objects, r.policy)
	}
	if r.quota != nil {
		objects = append(objects, r.quota)
	}
	objects = append(objects, r.green, r.red)
	return s.As("podsg").Apply(objects...)
}

// ownedObject names an object that podsg made.
func ownedObject(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: appNamespace, Name: name, Labels: map[string]string{managedBy: "podsg"}}
}

// application describes the policy, the Secret and the two Deployments.
func (r *ready) application() {
	r.policy = newPolicy(policyName, greenSelector(), r.podGroup)
	r.secret = &corev1.Secret{ObjectMeta: ownedObject(secretName), Type: corev1.SecretTypeOpaque, Data: map[string][]byte{
		"host": []byte(r.host), "port": []byte("5432"), "dbname": []byte(r.database.DBName), "username": []byte(r.database.Username),
		"password": []byte(r.database.Password), "sslmode": []byte("verify-full"),
	}}
	r.green, r.red = client(greenName, greenRole, 2), client(redName, "red", 1)
}

// newPolicy makes a policy of the namespace that gives the pods of a selector
// these groups.
func newPolicy(name string, selector map[string]any, groups ...string) *unstructured.Unstructured {
	ids := []any{}
	for _, g := range groups {
		ids = append(ids, g)
	}
	p := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"podSelector": selector, "securityGroups": map[string]any{"groupIds": ids},
	}}}
	p.SetGroupVersionKind(gvr.SecurityGroupPolicies.GroupVersion().WithKind("SecurityGroupPolicy"))
	p.SetNamespace(appNamespace)
	p.SetName(name)
	p.SetLabels(map[string]string{managedBy: "podsg"})
	return p
}

// clientScript asks the database again and again, and prints what it says.
const clientScript = `while true; do
  at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  if out=$(psql -X -A -t -q -w -c "select host(inet_client_addr())" 2>&1); then
    echo "$at podsg-probe connected clientAddress=$out"
  else
    echo "$at podsg-probe failed $(echo "$out" | tr '\n' ' ')"
  fi
  sleep 20
done`

// client is a Deployment whose pods are clients of the database.
func client(name, role string, replicas int32) *appsv1.Deployment {
	labels := map[string]string{"app": name, managedBy: "podsg", probeLabel: role}
	var env []corev1.EnvVar
	for _, v := range [][2]string{
		{"PGHOST", "host"}, {"PGPORT", "port"}, {"PGDATABASE", "dbname"}, {"PGUSER", "username"}, {"PGPASSWORD", "password"}, {"PGSSLMODE", "sslmode"},
	} {
		env = append(env, corev1.EnvVar{Name: v[0], ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: secretName}, Key: v[1],
		}}})
	}
	env = append(env, corev1.EnvVar{Name: "PGCONNECT_TIMEOUT", Value: "5"}, corev1.EnvVar{Name: "PGSSLROOTCERT", Value: "/etc/podsg/rds-ca.pem"})
	return &appsv1.Deployment{ObjectMeta: ownedObject(name), Spec: appsv1.DeploymentSpec{
		Replicas: &replicas,
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{probeLabel: role}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: ptr.To(int64(1)),
			Containers: []corev1.Container{{
				Name: clientContainer, Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sh", "-c", clientScript}, Env: env,
				Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
					corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("32Mi"),
				}},
				VolumeMounts: []corev1.VolumeMount{{Name: "rds-ca", MountPath: "/etc/podsg", ReadOnly: true}},
			}},
			Volumes: []corev1.Volume{{Name: "rds-ca", VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
				LocalObjectReference: corev1.LocalObjectReference{Name: caName},
			}}}},
		}},
	}}
}
