// Package probe makes the pods that try a connection to the database: the green one,
// the red one, and what they need to be started.
package probe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// ProofRetry is the pause between two looks at something that settles within
// seconds.
const ProofRetry = 2 * time.Second

// The objects of the test.
const (
	relayName   = "podsg-relay"
	seedName    = "podsg-seed"
	TemplateSum = "podsg/template-sum"
	caMount     = "/etc/podsg"
	caKey       = "rds-ca.pem"
	RelayPort   = 15432
	probePause  = "5"
	ProbeMark   = "podsg-probe" // begins every line that a verdict is read from
)

// probeScript tries the database again and again and says what came of it, a
// line each time. It prints the address that the database saw the connection
// come from, which proves which network interface was used, and with it the
// rows of the table, so that whoever sees the one sees the other.
const probeScript = `while true; do
  at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  if out=$(psql -X -A -t -q -w -v ON_ERROR_STOP=1 -c "select host(inet_client_addr())" 2>&1); then
    rows=
    if [ -n "$PODSG_TABLE" ]; then rows=$(psql -X -A -t -q -w -c "select * from $PODSG_TABLE" 2>&1); fi
    printf '%s\n' "$at ` + ProbeMark + ` connected clientAddress=$out" "$rows"
  else
    echo "$at ` + ProbeMark + ` failed $(echo "$out" | tr '\n' ' ')"
  fi
  sleep ` + probePause + `
done`

// relayScript forwards a port of the pod to the database, so that podsg can
// seed a private database through a pod that carries the pod security group. Both
// variants of BusyBox's nc know -ll, for a listener that stays; -k only one.
const relayScript = `exec nc -ll -p 15432 -e nc "$PGHOST" "$PGPORT"`

// seedScript makes the welcome table once.
const seedScript = `exec psql -X -q -w -v ON_ERROR_STOP=1 -c "CREATE TABLE IF NOT EXISTS welcome (column1 TEXT)" -c "INSERT INTO welcome VALUES ('--------------------------'), ('test'), ('--------------------------')"`

// ProbePod describes a pod of the test.
type ProbePod struct {
	namespace, Name, role string // role: green, red, relay, seed
	labels                map[string]string
	script                string
	Image                 string
	secret                string
	tlsMode               string
	table                 string // the table to read; empty: none
	// hidden keeps the pod from ever being ready, so that no Service sends
	// traffic to it when it carries the labels of the user's own pods.
	hidden       bool
	pullSecret   string
	nodeSelector map[string]string
	tolerations  []world.Toleration
}

// Template is the pod template of a test pod.
func (p ProbePod) Template() map[string]any {
	env := []any{}
	for _, e := range [][2]string{
		{"PGHOST", intent.KeyHost}, {"PGPORT", intent.KeyPort}, {"PGDATABASE", intent.KeyDatabase}, {"PGUSER", intent.KeyUsername}, {"PGPASSWORD", intent.KeyPassword},
	} {
		if p.role == intent.RoleRelay && e[0] == "PGPASSWORD" {
			continue // the relay forwards bytes; it needs no password
		}
		env = append(env, map[string]any{"name": e[0], "valueFrom": map[string]any{
			"secretKeyRef": map[string]any{"name": p.secret, "key": e[1]},
		}})
	}
	plain := [][2]string{{"PGSSLMODE", p.tlsMode}, {"PGCONNECT_TIMEOUT", "5"}, {"PODSG_TABLE", p.table}}
	if p.tlsMode == intent.TLSVerifyFull {
		plain = append(plain, [2]string{"PGSSLROOTCERT", caMount + "/" + caKey})
	}
	for _, e := range plain {
		env = append(env, map[string]any{"name": e[0], "value": e[1]})
	}
	container := map[string]any{
		"name": "probe", "image": p.Image, "command": []any{"sh", "-c", p.script}, "env": env,
		"resources": map[string]any{
			"requests": map[string]any{"cpu": "10m", "memory": "32Mi"},
			"limits":   map[string]any{"cpu": "200m", "memory": "128Mi"}, // a quota may ask for both
		},
		"securityContext": map[string]any{
			"allowPrivilegeEscalation": false, "runAsNonRoot": true, "runAsUser": int64(70), // postgres in the Alpine image
			"capabilities": map[string]any{"drop": []any{"ALL"}},
		},
	}
	spec := map[string]any{
		"containers":                    []any{container},
		"automountServiceAccountToken":  false,
		"terminationGracePeriodSeconds": int64(1),
		"securityContext":               map[string]any{"seccompProfile": map[string]any{"type": "RuntimeDefault"}},
		"nodeSelector":                  p.nodes(),
	}
	if p.pullSecret != "" {
		spec["imagePullSecrets"] = []any{map[string]any{"name": p.pullSecret}}
	}
	if len(p.tolerations) > 0 {
		tolerations := make([]any, len(p.tolerations))
		for i, t := range p.tolerations {
			tolerations[i] = t.Manifest()
		}
		spec["tolerations"] = tolerations
	}
	if p.tlsMode == intent.TLSVerifyFull {
		spec["volumes"] = []any{map[string]any{"name": "rds-ca", "configMap": map[string]any{"name": intent.CAConfigMap}}}
		container["volumeMounts"] = []any{map[string]any{"name": "rds-ca", "mountPath": caMount, "readOnly": true}}
	}
	if p.role == intent.RoleSeed {
		spec["restartPolicy"] = "Never"
	}
	if p.hidden {
		spec["readinessGates"] = []any{map[string]any{"conditionType": "podsg/test-pod"}}
	}
	labels := map[string]any{}
	for k, v := range p.labels {
		labels[k] = v
	}
	return map[string]any{"metadata": map[string]any{"labels": labels}, "spec": spec}
}

// nodes are the labels of the nodes on which the pod may run.
func (p ProbePod) nodes() map[string]any {
	out := map[string]any{"kubernetes.io/os": "linux"}
	for k, v := range p.nodeSelector {
		out[k] = v
	}
	return out
}

// Deployment is a Deployment with one test pod. The annotation with the
// template's sum tells a later run whether anything has changed; its pods carry
// it as a label, by which they are told from those of an earlier template.
func (p ProbePod) Deployment() plan.Manifest {
	m := plan.Object("apps/v1", "Deployment", p.namespace, p.Name)
	template := p.Template()
	sum := SumOf(template)
	m["metadata"].(map[string]any)["annotations"] = map[string]any{TemplateSum: sum}
	template["metadata"].(map[string]any)["labels"].(map[string]any)[TemplateSum] = sum
	m["spec"] = map[string]any{
		"replicas": int64(1),
		"selector": map[string]any{"matchLabels": map[string]any{intent.ProbeLabel: p.role}},
		"template": template,
	}
	return m
}

// PodLabels are the labels by which the pods of its Deployment are told from
// those of an earlier template.
func (p ProbePod) PodLabels() map[string]string {
	return map[string]string{intent.ProbeLabel: p.role, TemplateSum: SumOf(p.Template())}
}

// Pod is the test pod on its own, for the relay.
func (p ProbePod) Pod() plan.Manifest {
	m := plan.Object("v1", "Pod", p.namespace, p.Name)
	template := p.Template()
	m["metadata"].(map[string]any)["labels"] = template["metadata"].(map[string]any)["labels"]
	m["spec"] = template["spec"]
	return m
}

func SumOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// Probe describes one of the target's test pods.
func Probe(t *intent.Target, role string) ProbePod {
	p := ProbePod{
		namespace: t.Namespace, Name: t.ProbeName(role), role: role, labels: t.ProbeLabels(role), Image: t.ProbeImage, secret: t.SecretName,
		tlsMode: t.TLSMode, script: probeScript,
		pullSecret: t.ProbePullSecret, nodeSelector: t.ProbeNodeSelector, tolerations: t.ProbeTolerations,
	}
	if t.Seed {
		p.table = "welcome"
	}
	switch role {
	case intent.RoleRelay:
		p.Name, p.script, p.hidden = relayName, relayScript, true
	case intent.RoleSeed:
		p.Name, p.script, p.hidden = seedName, seedScript, true
	case intent.RoleRed:
		// These may be labels that pods of the user's have.
		usual := t.Demo() && t.RedLabels["app"] == intent.RedLabel
		p.hidden = len(t.RedLabels) > 0 && !usual
	}
	return p
}
