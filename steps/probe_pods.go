package steps

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// proofRetry is the pause between two looks at something that settles within
// seconds.
const proofRetry = 2 * time.Second

// The names that the test needs.
const (
	caConfigMap = "podsg-rds-ca"
	probeLabel  = "podsg/probe" // green, red or relay
)

// The objects of the test.
const (
	relayName      = "podsg-relay"
	seedName       = "podsg-seed"
	templateSum    = "podsg/template-sum"
	caMount        = "/etc/podsg"
	caKey          = "rds-ca.pem"
	relayPort      = 15432
	probeImage     = "public.ecr.aws/docker/library/postgres:"
	probePause     = "5"
	probeMark      = "podsg-probe" // begins every line that a verdict is read from
	defaultPGMajor = "17"          // for an engine version that is not known
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
    printf '%s\n' "$at ` + probeMark + ` connected clientAddress=$out" "$rows"
  else
    echo "$at ` + probeMark + ` failed $(echo "$out" | tr '\n' ' ')"
  fi
  sleep ` + probePause + `
done`

// relayScript forwards a port of the pod to the database, so that podsg can
// seed a private database through a pod that carries the pod security group. Both
// variants of BusyBox's nc know -ll, for a listener that stays; -k only one.
const relayScript = `exec nc -ll -p 15432 -e nc "$PGHOST" "$PGPORT"`

// seedScript makes the welcome table once.
const seedScript = `exec psql -X -q -w -v ON_ERROR_STOP=1 -c "CREATE TABLE IF NOT EXISTS welcome (column1 TEXT)" -c "INSERT INTO welcome VALUES ('--------------------------'), ('test'), ('--------------------------')"`

// probePod describes a pod of the test.
type probePod struct {
	namespace, name, role string // role: green, red, relay, seed
	labels                map[string]string
	serviceAccount        string
	script                string
	image                 string
	secret                string
	tlsMode               string
	table                 string // the table to read; empty: none
	// hidden keeps the pod from ever being ready, so that no Service sends
	// traffic to it when it carries the labels of the user's own pods.
	hidden bool
}

// template is the pod template of a test pod.
func (p probePod) template() map[string]any {
	env := []any{}
	for _, e := range [][2]string{
		{"PGHOST", keyHost}, {"PGPORT", keyPort}, {"PGDATABASE", keyDatabase}, {"PGUSER", keyUsername}, {"PGPASSWORD", keyPassword},
	} {
		if p.role == "relay" && e[0] == "PGPASSWORD" {
			continue // the relay forwards bytes; it needs no password
		}
		env = append(env, map[string]any{"name": e[0], "valueFrom": map[string]any{
			"secretKeyRef": map[string]any{"name": p.secret, "key": e[1]},
		}})
	}
	plain := [][2]string{{"PGSSLMODE", p.tlsMode}, {"PGCONNECT_TIMEOUT", "5"}, {"PODSG_TABLE", p.table}}
	if p.tlsMode == TLSVerifyFull {
		plain = append(plain, [2]string{"PGSSLROOTCERT", caMount + "/" + caKey})
	}
	for _, e := range plain {
		env = append(env, map[string]any{"name": e[0], "value": e[1]})
	}
	container := map[string]any{
		"name": "probe", "image": p.image, "command": []any{"sh", "-c", p.script}, "env": env,
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
		"nodeSelector":                  map[string]any{"kubernetes.io/os": "linux"},
	}
	if p.tlsMode == TLSVerifyFull {
		spec["volumes"] = []any{map[string]any{"name": "rds-ca", "configMap": map[string]any{"name": caConfigMap}}}
		container["volumeMounts"] = []any{map[string]any{"name": "rds-ca", "mountPath": caMount, "readOnly": true}}
	}
	if p.serviceAccount != "" {
		spec["serviceAccountName"] = p.serviceAccount
	}
	if p.role == "seed" {
		spec["restartPolicy"] = "Never"
	}
	if p.hidden {
		spec["readinessGates"] = []any{map[string]any{"conditionType": "podsg/test-pod"}}
	}
	labels := map[string]any{}
	for k, v := range testLabels(p.role, p.labels) {
		labels[k] = v
	}
	return map[string]any{"metadata": map[string]any{"labels": labels}, "spec": spec}
}

// deployment is a Deployment with one test pod. The annotation with the
// template's sum tells a later run whether anything has changed; its pods carry
// it as a label, by which they are told from those of an earlier template.
func (p probePod) deployment() Manifest {
	m := object("apps/v1", "Deployment", p.namespace, p.name)
	template := p.template()
	sum := sumOf(template)
	m["metadata"].(map[string]any)["annotations"] = map[string]any{templateSum: sum}
	template["metadata"].(map[string]any)["labels"].(map[string]any)[templateSum] = sum
	m["spec"] = map[string]any{
		"replicas": int64(1),
		"selector": map[string]any{"matchLabels": map[string]any{probeLabel: p.role}},
		"template": template,
	}
	return m
}

// pod is the test pod on its own, for the relay.
func (p probePod) pod() Manifest {
	m := object("v1", "Pod", p.namespace, p.name)
	template := p.template()
	m["metadata"].(map[string]any)["labels"] = template["metadata"].(map[string]any)["labels"]
	m["spec"] = template["spec"]
	return m
}

func sumOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// probeImageFor is the image of the test pods for an engine version.
func probeImageFor(engineVersion string) string {
	major, _, _ := strings.Cut(engineVersion, ".")
	return probeImage + cmp.Or(major, defaultPGMajor) + "-alpine"
}

// probe describes one of the target's test pods.
func (t *Target) probe(role string) probePod {
	p := probePod{
		namespace: t.Namespace, role: role, image: probeImageFor(t.DB.EngineVersion), secret: t.SecretName,
		tlsMode: t.TLSMode, script: probeScript,
	}
	if t.Seed {
		p.table = "welcome"
	}
	switch role {
	case "red":
		p.name, p.labels = RedLabel, map[string]string{"app": RedLabel}
		if t.redLabels != nil && !maps.Equal(t.redLabels, p.labels) {
			// These may be the labels of the user's own pods.
			p.labels, p.hidden = t.redLabels, true
		}
	case "relay", "seed":
		p.name, p.script = relayName, relayScript
		if role == "seed" {
			p.name, p.script = seedName, seedScript
		}
		p.labels, p.serviceAccount, p.hidden = t.greenLabels(), t.greenServiceAccount(), true
		delete(p.labels, "app") // not a green pod, unless the selector says so
		maps.Copy(p.labels, selectedLabels(t.Selector))
	default:
		p.name, p.labels, p.serviceAccount = GreenLabel, t.greenLabels(), t.greenServiceAccount()
		p.hidden = !t.defaultSelector()
	}
	return p
}

// greenLabels are the labels of a pod that the policy selects.
func (t *Target) greenLabels() map[string]string {
	labels := map[string]string{"app": GreenLabel}
	maps.Copy(labels, selectedLabels(t.Selector))
	if ok, err := t.Selector.Matches(labels); err == nil && !ok {
		return selectedLabels(t.Selector) // it excludes that label
	}
	return labels
}

// testLabels are the labels that a test pod carries besides its own.
func testLabels(role string, labels map[string]string) map[string]string {
	out := map[string]string{LabelManagedBy: ManagedBy, probeLabel: role}
	maps.Copy(out, labels)
	return out
}

func (t *Target) defaultSelector() bool {
	return t.SASelector == nil && t.Selector != nil && len(t.Selector.MatchExpressions) == 0 &&
		maps.Equal(t.Selector.MatchLabels, map[string]string{"app": GreenLabel})
}

// greenServiceAccount is the service account of the green pod: podsg's own,
// with the labels that the policy selects, when it selects service accounts.
func (t *Target) greenServiceAccount() string {
	if t.SASelector == nil {
		return ""
	}
	return GreenLabel
}
