package rig

import (
	"context"
	"fmt"
	"path"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/utils/clock"

	"podsg/sandbox/containers"
)

// specOf collects what a container needs: its environment and its files.
func (p *pod) specOf(ctx context.Context, c *corev1.Container) (containers.Spec, error) {
	spec := containers.Spec{
		Command: c.Command, Args: c.Args, Env: map[string]string{"KUBERNETES_SERVICE_HOST": "10.100.0.1", "KUBERNETES_SERVICE_PORT": "443"},
		Files: map[string][]byte{}, Address: p.address, Hostname: p.object.Name,
		Network: p.kubelet.network, Clock: clock.RealClock{},
	}
	for _, e := range c.Env {
		value, err := p.variable(ctx, e)
		if err != nil {
			return spec, err
		}
		spec.Env[e.Name] = value
	}
	for _, mount := range c.VolumeMounts {
		for _, v := range p.object.Spec.Volumes {
			if v.Name != mount.Name {
				continue
			}
			files, err := p.volume(ctx, v)
			if err != nil {
				return spec, err
			}
			for name, content := range files {
				if mount.SubPath == "" || mount.SubPath == name {
					spec.Files[path.Join(mount.MountPath, name)] = content
				}
			}
		}
	}
	return spec, nil
}

func (p *pod) variable(ctx context.Context, e corev1.EnvVar) (string, error) {
	from := e.ValueFrom
	switch {
	case from == nil:
		return e.Value, nil
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		data, err := p.secret(ctx, ref.Name)
		if err != nil {
			return "", err
		}
		value, ok := data[ref.Key]
		if !ok {
			return "", fmt.Errorf("couldn't find key %v in Secret %v/%v", ref.Key, p.object.Namespace, ref.Name)
		}
		return string(value), nil
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		data, err := p.configMap(ctx, ref.Name)
		if err != nil {
			return "", err
		}
		value, ok := data[ref.Key]
		if !ok {
			return "", fmt.Errorf("couldn't find key %v in ConfigMap %v/%v", ref.Key, p.object.Namespace, ref.Name)
		}
		return string(value), nil
	case from.FieldRef != nil && from.FieldRef.FieldPath == "status.podIP":
		return p.address.String(), nil
	case from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.name":
		return p.object.Name, nil
	}
	return "", fmt.Errorf("variable %q: the rig's kubelet does not know its source", e.Name)
}

func (p *pod) volume(ctx context.Context, v corev1.Volume) (map[string][]byte, error) {
	switch {
	case v.Secret != nil:
		return p.secret(ctx, v.Secret.SecretName)
	case v.ConfigMap != nil:
		return p.configMap(ctx, v.ConfigMap.Name)
	case v.EmptyDir != nil, v.Projected != nil:
		return nil, nil
	}
	return nil, fmt.Errorf("volume %q: the rig's kubelet does not know its kind", v.Name)
}

func (p *pod) secret(ctx context.Context, name string) (map[string][]byte, error) {
	s, err := p.kubelet.rig.client.CoreV1().Secrets(p.object.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("secret %q not found", name)
	}
	if err != nil {
		return nil, err
	}
	return s.Data, nil
}

func (p *pod) configMap(ctx context.Context, name string) (map[string][]byte, error) {
	c, err := p.kubelet.rig.client.CoreV1().ConfigMaps(p.object.Namespace).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("configmap %q not found", name)
	}
	if err != nil {
		return nil, err
	}
	data := map[string][]byte{}
	for key, value := range c.Data {
		data[key] = []byte(value)
	}
	return data, nil
}
