package kubelet

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/cluster/component"
	"podsg/sandbox/cluster/names"
)

// A configError is a reference of a container to something that is not there.
// The container waits with reason CreateContainerConfigError.
type configError struct{ message string }

func (e *configError) Error() string { return e.message }

func configErrorf(format string, args ...any) error {
	return &configError{fmt.Sprintf(format, args...)}
}

// environment builds a container's environment in the kubelet's order: the
// cluster's own service, envFrom, then env, where later names win and may
// refer to earlier ones as $(NAME).
func environment(b *component.Base, pod *corev1.Pod, container *corev1.Container) ([]corev1.EnvVar, error) {
	env := &envList{index: map[string]int{}}
	env.set("KUBERNETES_SERVICE_HOST", names.KubernetesServiceIP)
	env.set("KUBERNETES_SERVICE_PORT", "443")
	for _, from := range container.EnvFrom {
		values, err := envFrom(b, pod, from)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(values)) {
			env.set(from.Prefix+key, values[key])
		}
	}
	for _, e := range container.Env {
		value, ok, err := envValue(b, pod, container, e, env)
		if err != nil {
			return nil, err
		}
		if ok {
			env.set(e.Name, value)
		}
	}
	return env.list, nil
}

// envList is an environment under construction.
type envList struct {
	list  []corev1.EnvVar
	index map[string]int
}

func (l *envList) set(name, value string) {
	if i, ok := l.index[name]; ok {
		l.list[i].Value = value
		return
	}
	l.index[name] = len(l.list)
	l.list = append(l.list, corev1.EnvVar{Name: name, Value: value})
}

func (l *envList) get(name string) (string, bool) {
	i, ok := l.index[name]
	if !ok {
		return "", false
	}
	return l.list[i].Value, true
}

func envFrom(b *component.Base, pod *corev1.Pod, from corev1.EnvFromSource) (map[string]string, error) {
	switch {
	case from.SecretRef != nil:
		secret, ok := b.Secrets.Get(pod.Namespace, from.SecretRef.Name)
		if !ok && !isTrue(from.SecretRef.Optional) {
			return nil, configErrorf("secret %q not found", from.SecretRef.Name)
		}
		values := map[string]string{}
		if ok {
			for k, v := range secret.Data {
				values[k] = string(v)
			}
		}
		return values, nil
	case from.ConfigMapRef != nil:
		config, ok := b.ConfigMaps.Get(pod.Namespace, from.ConfigMapRef.Name)
		if !ok {
			if isTrue(from.ConfigMapRef.Optional) {
				return nil, nil
			}
			return nil, configErrorf("configmap %q not found", from.ConfigMapRef.Name)
		}
		return config.Data, nil
	}
	return nil, nil
}

// envValue is the value of one variable; ok is false for an optional reference
// to something missing.
func envValue(b *component.Base, pod *corev1.Pod, container *corev1.Container, e corev1.EnvVar, env *envList) (value string, ok bool, err error) {
	from := e.ValueFrom
	switch {
	case from == nil:
		return expand(e.Value, env.get), true, nil
	case from.SecretKeyRef != nil:
		ref := from.SecretKeyRef
		secret, found := b.Secrets.Get(pod.Namespace, ref.Name)
		if !found {
			if isTrue(ref.Optional) {
				return "", false, nil
			}
			return "", false, configErrorf("secret %q not found", ref.Name)
		}
		data, found := secret.Data[ref.Key]
		if !found && !isTrue(ref.Optional) {
			return "", false, configErrorf("couldn't find key %v in Secret %v/%v", ref.Key, pod.Namespace, ref.Name)
		}
		return string(data), found, nil
	case from.ConfigMapKeyRef != nil:
		ref := from.ConfigMapKeyRef
		config, found := b.ConfigMaps.Get(pod.Namespace, ref.Name)
		if !found {
			if isTrue(ref.Optional) {
				return "", false, nil
			}
			return "", false, configErrorf("configmap %q not found", ref.Name)
		}
		data, found := config.Data[ref.Key]
		if !found && !isTrue(ref.Optional) {
			return "", false, configErrorf("couldn't find key %v in ConfigMap %v/%v", ref.Key, pod.Namespace, ref.Name)
		}
		return data, found, nil
	case from.FieldRef != nil:
		value, err := fieldValue(pod, from.FieldRef.FieldPath)
		return value, true, err
	case from.ResourceFieldRef != nil:
		return resourceValue(container, from.ResourceFieldRef), true, nil
	}
	return "", false, nil
}

// fieldValue is the downward API's value of a field of the pod.
func fieldValue(pod *corev1.Pod, path string) (string, error) {
	if key, ok := subscript(path, "metadata.labels"); ok {
		return pod.Labels[key], nil
	}
	if key, ok := subscript(path, "metadata.annotations"); ok {
		return pod.Annotations[key], nil
	}
	switch path {
	case "metadata.name":
		return pod.Name, nil
	case "metadata.namespace":
		return pod.Namespace, nil
	case "metadata.uid":
		return string(pod.UID), nil
	case "metadata.labels":
		return formatMap(pod.Labels), nil
	case "metadata.annotations":
		return formatMap(pod.Annotations), nil
	case "spec.nodeName":
		return pod.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return pod.Spec.ServiceAccountName, nil
	case "status.hostIP", "status.hostIPs":
		return pod.Status.HostIP, nil
	case "status.podIP", "status.podIPs":
		return pod.Status.PodIP, nil
	}
	return "", configErrorf("field label not supported: %s", path)
}

// subscript splits metadata.labels['key'].
func subscript(path, field string) (key string, ok bool) {
	rest, ok := strings.CutPrefix(path, field+"['")
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, "']")
}

func formatMap(m map[string]string) string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, k+"="+strconv.Quote(m[k]))
	}
	return strings.Join(lines, "\n")
}

func resourceValue(container *corev1.Container, ref *corev1.ResourceFieldSelector) string {
	kind, name, _ := strings.Cut(ref.Resource, ".")
	list := container.Resources.Limits
	if kind == "requests" {
		list = container.Resources.Requests
	}
	q := list[corev1.ResourceName(name)]
	divisor := ref.Divisor.AsApproximateFloat64()
	if divisor == 0 {
		divisor = 1
	}
	return strconv.FormatInt(int64(q.AsApproximateFloat64()/divisor), 10)
}

// expand replaces $(NAME) by the variable's value, as the kubelet does in
// values, commands and arguments: $$ is a dollar sign, and a reference to an
// unknown variable stays as it is.
func expand(text string, value func(name string) (string, bool)) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '$' || i+1 == len(text) {
			out.WriteByte(text[i])
			continue
		}
		switch text[i+1] {
		case '$':
			out.WriteByte('$')
			i++
		case '(':
			name, _, closed := strings.Cut(text[i+2:], ")")
			v, known := value(name)
			switch {
			case !closed:
				out.WriteByte('$')
				continue
			case known:
				out.WriteString(v)
			default:
				out.WriteString("$(" + name + ")")
			}
			i += len(name) + 2
		default:
			out.WriteByte('$')
		}
	}
	return out.String()
}

func expandAll(texts []string, env []corev1.EnvVar) []string {
	values := map[string]string{}
	for _, e := range env {
		values[e.Name] = e.Value
	}
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = expand(t, func(name string) (string, bool) { v, ok := values[name]; return v, ok })
	}
	return out
}

func isTrue(b *bool) bool { return b != nil && *b }
