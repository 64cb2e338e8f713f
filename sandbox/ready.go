package sandbox

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi"
)

// This file makes the world in which the procedure has been carried out to its
// end, with the names that podsg gives things, so that no command needs an
// answer in it. The broken worlds differ from it in one thing each.

// The names of what is set up.
const (
	appNamespace = "sg-per-pod"
	policyName   = "allow-rds-access"
	secretName   = "rds"
	caName       = "podsg-rds-ca"
	databaseName = "rds-workshop"
	greenName    = "green-pod"
	redName      = "red-pod"

	databasePort = 5432
	dnsPort      = 53
	managedBy    = "app.kubernetes.io/managed-by"
	probeLabel   = "podsg/probe"
)

// readyPassword is the database's. It guards nothing: the world ends with the
// process.
const readyPassword = "practice-workshop-27x"

// readyCNI is the configuration of the VPC CNI's add-on.
const readyCNI = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"}}`

// strictCNI is that of a cluster in strict mode, where the kubelet's probes need
// a setting of their own.
const strictCNI = `{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"strict"},"init":{"env":{"DISABLE_TCP_EARLY_DEMUX":"true"}}}`

// ready is the world in which everything works, while it is being made.
type ready struct {
	*builder

	// What it is made of. A broken world may plan it otherwise.
	nodes    cloud.NodeGroupSpec
	more     []cloud.NodeGroupSpec // further node groups
	addon    cloud.AddonSpec       // the VPC CNI's, whose configuration the VPC CNI has
	cni      string                // configuration that the VPC CNI has instead
	database cloud.DatabaseSpec

	authorities   []byte // PEM, that the pods trust
	elsewhere     bool   // the database is in a VPC of its own
	withoutPolicy bool   // the policy is not there when the pods come

	// What was made.
	network                                     cloud.Network
	clusterGroup, podGroup, databaseGroup, host string
	instances                                   []string

	// The objects of the application, not yet in the cluster.
	policy     *unstructured.Unstructured
	secret     *corev1.Secret
	quota      *corev1.ResourceQuota // of the namespace; nil: there is none
	green, red *appsv1.Deployment
	others     []runtime.Object
	first      []cluster.Stage // what is done before they come
}

// owned are the tags of what podsg made.
func (r *ready) owned() map[string]string {
	return map[string]string{"podsg:cluster": r.cluster, managedBy: "podsg"}
}

// buildReady makes the account, and says what is done in the cluster. A nil
// breakage breaks nothing.
func buildReady(b *builder, broken *breakage) (built, error) {
	r := &ready{
		builder:  b,
		nodes:    cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 2},
		addon:    cloud.AddonSpec{Name: "vpc-cni", ConfigurationValues: readyCNI},
		database: cloud.DatabaseSpec{Identifier: databaseName, SubnetGroup: databaseName, DBName: "workshop", Username: "workshop", Password: readyPassword},
	}
	r.authorities = b.caPEM
	if broken == nil {
		broken = &breakage{}
	}
	if broken.plan != nil {
		broken.plan(r)
	}
	if err := r.makeAccount(); err != nil {
		return built{}, err
	}
	r.application()
	if broken.spoil != nil {
		if err := broken.spoil(r); err != nil {
			return built{}, err
		}
	}
	made := built{vpcID: r.network.VPC, cniValues: r.addon.ConfigurationValues, stages: []cluster.Stage{r.prepare, r.install}}
	if r.cni != "" {
		made.cniValues = r.cni
	}
	if broken.later != nil {
		made.stages = append(made.stages, func(s *cluster.Staging) error { return broken.later(r, s) })
	}
	if broken.last != nil {
		made.last = func(w Running) error { return broken.last(r, w) }
	}
	return made, nil
}

// makeAccount makes what the procedure leaves in the AWS account.
func (r *ready) makeAccount() error {
	var err error
	if r.network, err = r.cluster3x3(append([]cloud.NodeGroupSpec{r.nodes}, r.more...)...); err != nil {
		return err
	}
	for _, n := range r.account.Nodes(r.cluster) {
		r.instances = append(r.instances, n.InstanceID)
		r.clusterGroup = n.SecurityGroups[0]
	}
	a := r.account
	if err := a.AttachRolePolicy(a.ClusterRole(r.cluster), "AmazonEKSVPCResourceController"); err != nil {
		return err
	}
	if err := a.AddAddon(r.cluster, r.addon); err != nil {
		return err
	}
	if r.podGroup, err = a.AddSecurityGroup(r.network.VPC, "POD_SG", "Pods of "+r.cluster+" that may reach the database", r.owned()); err != nil {
		return err
	}
	if r.databaseGroup, err = a.AddSecurityGroup(r.network.VPC, "RDS_SG", "Database "+databaseName, r.owned()); err != nil {
		return err
	}
	if err := r.addRules(r.databaseGroup, cloud.Rule{
		Protocol: "tcp", FromPort: databasePort, Peer: r.podGroup, Description: "podsg: database port", Tags: r.owned(),
	}); err != nil {
		return err
	}
	for _, protocol := range []string{"tcp", "udp"} {
		if err := r.addRules(r.clusterGroup, cloud.Rule{
			Protocol: protocol, FromPort: dnsPort, Peer: r.podGroup, Description: "podsg: dns rules", Tags: r.owned(),
		}); err != nil {
			return err
		}
	}
	return r.makeDatabase()
}

func (r *ready) makeDatabase() error {
	a, subnets := r.account, r.network.PrivateSubnets
	if r.elsewhere {
		other, err := a.AddEKSCTLNetwork("data", "10.20.0.0/16", false)
		if err != nil {
			return err
		}
		group, err := a.AddSecurityGroup(other.VPC, "RDS_SG", "Database "+databaseName, r.owned())
		if err != nil {
			return err
		}
		subnets, r.database.Groups = other.PrivateSubnets, []string{group}
		if err := r.addRules(group, cloud.Rule{Protocol: "tcp", FromPort: databasePort, Peer: "192.168.0.0/16"}); err != nil {
			return err
		}
	}
	if err := a.AddDBSubnetGroup(r.database.SubnetGroup, subnets, r.owned()); err != nil {
		return err
	}
	spec := r.database
	spec.Tags = r.owned()
	if len(spec.Groups) == 0 {
		spec.Groups = []string{r.databaseGroup}
	}
	var err error
	r.host, err = a.AddDatabase(spec)
	return err
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
	r.green, r.red = client(greenName, "green", 2), client(redName, "red", 1)
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
	p.SetGroupVersionKind(kubeapi.SecurityGroupPolicies.GroupVersion().WithKind("SecurityGroupPolicy"))
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
				Name: "probe", Image: "public.ecr.aws/docker/library/postgres:17-alpine", Command: []string{"sh", "-c", clientScript}, Env: env,
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
