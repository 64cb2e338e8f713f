package kubelet

import (
	"fmt"
	"maps"
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
)

// volumeFiles are the files of one volume by their path in it. The error is
// the kubelet's, for a Secret, ConfigMap or key that is not there.
func volumeFiles(b *component.Base, pod *corev1.Pod, v *corev1.Volume) (map[string][]byte, error) {
	switch {
	case v.Secret != nil:
		return secretFiles(b, pod, v.Secret.SecretName, v.Secret.Items, isTrue(v.Secret.Optional))
	case v.ConfigMap != nil:
		return configMapFiles(b, pod, v.ConfigMap.Name, v.ConfigMap.Items, isTrue(v.ConfigMap.Optional))
	case v.DownwardAPI != nil:
		return downwardFiles(pod, v.DownwardAPI.Items)
	case v.Projected != nil:
		files := map[string][]byte{}
		for _, s := range v.Projected.Sources {
			part, err := projectedFiles(b, pod, s)
			if err != nil {
				return nil, err
			}
			maps.Copy(files, part)
		}
		return files, nil
	}
	return map[string][]byte{}, nil // emptyDir, hostPath and the like start empty here
}

func projectedFiles(b *component.Base, pod *corev1.Pod, s corev1.VolumeProjection) (map[string][]byte, error) {
	switch {
	case s.Secret != nil:
		return secretFiles(b, pod, s.Secret.Name, s.Secret.Items, isTrue(s.Secret.Optional))
	case s.ConfigMap != nil:
		return configMapFiles(b, pod, s.ConfigMap.Name, s.ConfigMap.Items, isTrue(s.ConfigMap.Optional))
	case s.DownwardAPI != nil:
		return downwardFiles(pod, s.DownwardAPI.Items)
	case s.ServiceAccountToken != nil:
		token := fmt.Sprintf("practice-token:%s:%s:%s\n", pod.Namespace, pod.Spec.ServiceAccountName, pod.UID)
		return map[string][]byte{s.ServiceAccountToken.Path: []byte(token)}, nil
	}
	return nil, nil
}

func secretFiles(b *component.Base, pod *corev1.Pod, name string, items []corev1.KeyToPath, optional bool) (map[string][]byte, error) {
	secret, ok := b.Secrets.Get(pod.Namespace, name)
	if !ok {
		if optional {
			return nil, nil
		}
		return nil, fmt.Errorf("secret %q not found", name)
	}
	return pick(secret.Data, items, optional)
}

func configMapFiles(b *component.Base, pod *corev1.Pod, name string, items []corev1.KeyToPath, optional bool) (map[string][]byte, error) {
	config, ok := b.ConfigMaps.Get(pod.Namespace, name)
	if !ok {
		if optional {
			return nil, nil
		}
		return nil, fmt.Errorf("configmap %q not found", name)
	}
	data := maps.Clone(config.BinaryData)
	if data == nil {
		data = map[string][]byte{}
	}
	for k, v := range config.Data {
		data[k] = []byte(v)
	}
	return pick(data, items, optional)
}

// pick takes the listed keys under their paths, or all keys.
func pick(data map[string][]byte, items []corev1.KeyToPath, optional bool) (map[string][]byte, error) {
	if len(items) == 0 {
		return maps.Clone(data), nil
	}
	files := map[string][]byte{}
	for _, i := range items {
		content, ok := data[i.Key]
		if !ok {
			if optional {
				continue
			}
			return nil, fmt.Errorf("references non-existent secret key: %s", i.Key)
		}
		files[i.Path] = content
	}
	return files, nil
}

func downwardFiles(pod *corev1.Pod, items []corev1.DownwardAPIVolumeFile) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, i := range items {
		if i.FieldRef == nil {
			continue
		}
		value, err := fieldValue(pod, i.FieldRef.FieldPath)
		if err != nil {
			return nil, err
		}
		files[i.Path] = []byte(value)
	}
	return files, nil
}

// mounts are a container's files by absolute path, from the pod's volumes.
func mounts(container *corev1.Container, volumes map[string]map[string][]byte) map[string][]byte {
	files := map[string][]byte{}
	for _, m := range container.VolumeMounts {
		for name, content := range volumes[m.Name] {
			if m.SubPath == "" {
				files[path.Join(m.MountPath, name)] = content
				continue
			}
			if name == m.SubPath {
				files[m.MountPath] = content
			} else if rest, ok := strings.CutPrefix(name, m.SubPath+"/"); ok {
				files[path.Join(m.MountPath, rest)] = content
			}
		}
	}
	return files
}
