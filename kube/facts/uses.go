package facts

import (
	corev1 "k8s.io/api/core/v1"

	"podsg/steps/world"
)

// Uses lists what a pod, or a template of pods, needs by name of its namespace:
// Secrets, ConfigMaps and its service account. A pod waits without them, also
// without those of its init containers.
func Uses(spec *corev1.PodSpec) []world.Use {
	var out []world.Use
	use := func(kind world.Kind, name, how string) {
		if name != "" {
			out = append(out, world.Use{Kind: kind, Name: name, How: how})
		}
	}
	container := func(name string, env []corev1.EnvVar, from []corev1.EnvFromSource) {
		for _, e := range env {
			if v := e.ValueFrom; v != nil && v.SecretKeyRef != nil {
				use(world.KindSecret, v.SecretKeyRef.Name, "env of container "+name)
			} else if v != nil && v.ConfigMapKeyRef != nil {
				use(world.KindConfigMap, v.ConfigMapKeyRef.Name, "env of container "+name)
			}
		}
		for _, e := range from {
			if e.SecretRef != nil {
				use(world.KindSecret, e.SecretRef.Name, "envFrom of container "+name)
			}
			if e.ConfigMapRef != nil {
				use(world.KindConfigMap, e.ConfigMapRef.Name, "envFrom of container "+name)
			}
		}
	}
	for i := range spec.InitContainers {
		container(spec.InitContainers[i].Name, spec.InitContainers[i].Env, spec.InitContainers[i].EnvFrom)
	}
	for i := range spec.Containers {
		container(spec.Containers[i].Name, spec.Containers[i].Env, spec.Containers[i].EnvFrom)
	}
	for i := range spec.EphemeralContainers {
		container(spec.EphemeralContainers[i].Name, spec.EphemeralContainers[i].Env, spec.EphemeralContainers[i].EnvFrom)
	}
	for i := range spec.Volumes {
		volumeUses(&spec.Volumes[i], use)
	}
	for _, s := range spec.ImagePullSecrets {
		use(world.KindSecret, s.Name, "imagePullSecrets")
	}
	use(world.KindServiceAccount, spec.ServiceAccountName, "serviceAccountName")
	return out
}

// volumeUses tells a function of the objects that a volume needs.
func volumeUses(v *corev1.Volume, use func(kind world.Kind, name, how string)) {
	how := "volume " + v.Name
	secret := func(ref *corev1.LocalObjectReference) {
		if ref != nil {
			use(world.KindSecret, ref.Name, how)
		}
	}
	switch {
	case v.Secret != nil:
		use(world.KindSecret, v.Secret.SecretName, how)
	case v.ConfigMap != nil:
		use(world.KindConfigMap, v.ConfigMap.Name, how)
	case v.Projected != nil:
		for _, s := range v.Projected.Sources {
			if s.Secret != nil {
				use(world.KindSecret, s.Secret.Name, how)
			}
			if s.ConfigMap != nil {
				use(world.KindConfigMap, s.ConfigMap.Name, how)
			}
		}
	case v.CSI != nil:
		secret(v.CSI.NodePublishSecretRef)
	case v.AzureFile != nil:
		use(world.KindSecret, v.AzureFile.SecretName, how)
	case v.CephFS != nil:
		secret(v.CephFS.SecretRef)
	case v.RBD != nil:
		secret(v.RBD.SecretRef)
	case v.ISCSI != nil:
		secret(v.ISCSI.SecretRef)
	case v.FlexVolume != nil:
		secret(v.FlexVolume.SecretRef)
	}
}
