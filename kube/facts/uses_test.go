package facts

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestWhatAPodNeedsByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, spec, want string }{
		{"nothing", "containers: [{name: a}]", ""},
		{"one key of a Secret", "containers: [{name: a, env: [{name: X, valueFrom: {secretKeyRef: {name: rds, key: host}}}]}]", "Secret rds (env of container a)"},
		{"one key of a ConfigMap", "containers: [{name: a, env: [{name: X, valueFrom: {configMapKeyRef: {name: ca, key: x}}}]}]", "ConfigMap ca (env of container a)"},
		{"all keys, which may be missing", "containers: [{name: a, envFrom: [{secretRef: {name: rds, optional: true}}, {configMapRef: {name: ca}}]}]", "Secret rds (envFrom of container a), ConfigMap ca (envFrom of container a)"},
		{"an init container", "initContainers: [{name: wait, envFrom: [{secretRef: {name: rds}}]}]", "Secret rds (envFrom of container wait)"},
		{"a debugging container", "ephemeralContainers: [{name: debug, envFrom: [{secretRef: {name: rds}}]}]", "Secret rds (envFrom of container debug)"},
		{"volumes", "volumes: [{name: s, secret: {secretName: rds}}, {name: c, configMap: {name: ca}}, {name: none, emptyDir: {}}]", "Secret rds (volume s), ConfigMap ca (volume c)"},
		{"a projected volume", "volumes: [{name: p, projected: {sources: [{secret: {name: rds}}, {configMap: {name: ca}}, {serviceAccountToken: {path: t}}]}}]", "Secret rds (volume p), ConfigMap ca (volume p)"},
		{"a CSI volume", "volumes: [{name: v, csi: {driver: d, nodePublishSecretRef: {name: rds}}}]", "Secret rds (volume v)"},
		{"a pull secret and a service account", "imagePullSecrets: [{name: pull}]\nserviceAccountName: green", "Secret pull (imagePullSecrets), ServiceAccount green (serviceAccountName)"},
	} {
		var spec corev1.PodSpec
		if err := yaml.Unmarshal([]byte(c.spec), &spec); err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, u := range Uses(&spec) {
			have = append(have, string(u.Kind)+" "+u.Name+" ("+u.How+")")
		}
		if got := strings.Join(have, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
