package parity

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"k8s.io/client-go/rest"
)

// Request is a question to a Kubernetes API, as it goes over the wire.
type Request struct {
	Name   string
	Method string // default GET
	Path   string // may hold values that an earlier answer gave, as {name}
	Type   string // of the body; default JSON
	Body   string
	Accept string
	As     string // another user
	// Keep gives names to fields of the answer, for later requests: name → path.
	Keep map[string]string
	// Until asks again until a field has a value, before the answer counts:
	// controllers take their time.
	Until [2]string
	// Watch reads the answer as a stream of events.
	Watch bool
	// Only compares the fields with these prefixes; empty: all.
	Only []string
}

const (
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
	jsonPatch      = "application/json-patch+json"
	applyPatch     = "application/apply-patch+yaml"
	asTable        = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
)

const untilPatience = 60 * time.Second

// KubernetesAPI asks one API server.
type KubernetesAPI struct {
	config *rest.Config
	client *http.Client
	kept   map[string]string
}

// NewKubernetesAPI asks the server of a client configuration.
func NewKubernetesAPI(config *rest.Config) (*KubernetesAPI, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	return &KubernetesAPI{config: config, client: client, kept: map[string]string{}}, nil
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// Ask puts one question.
func (k *KubernetesAPI) Ask(ctx context.Context, q Request) (Answer, error) {
	if q.Until[0] == "" {
		return k.ask(ctx, q)
	}
	ctx, cancel := context.WithTimeout(ctx, untilPatience)
	defer cancel()
	for {
		a, err := k.ask(ctx, q)
		if err != nil || a[q.Until[0]] == q.Until[1] {
			return a, err
		}
		select {
		case <-ctx.Done():
			a["never"] = fmt.Sprintf("%s became %s", q.Until[0], q.Until[1])
			return a, nil
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (k *KubernetesAPI) ask(ctx context.Context, q Request) (Answer, error) {
	fill := func(s string) string {
		return placeholder.ReplaceAllStringFunc(s, func(name string) string {
			if value, ok := k.kept[strings.Trim(name, "{}")]; ok {
				return value
			}
			return name
		})
	}
	method := q.Method
	if method == "" {
		method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(k.config.Host, "/")+fill(q.Path), strings.NewReader(fill(q.Body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "parity")
	req.Header.Set("Accept", orDefault(q.Accept, "application/json"))
	if q.Body != "" {
		req.Header.Set("Content-Type", orDefault(q.Type, "application/json"))
	}
	if q.As != "" {
		req.Header.Set("Impersonate-User", q.As)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask %q: %w", q.Name, err)
	}
	defer resp.Body.Close()
	a := Answer{"status": resp.Status}
	for i, warning := range resp.Header.Values("Warning") {
		a[fmt.Sprintf("warning[%d]", i)] = warning
	}
	if q.Watch {
		return a, a.readEvents(resp.Body)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	var value any
	if json.Unmarshal(body, &value) != nil {
		a["text"] = settled(string(bytes.TrimSpace(body)))
		return a, nil
	}
	raw := Answer{}
	raw.flattenRaw("", value)
	for name, path := range q.Keep {
		k.kept[name] = raw[path]
	}
	a.flatten("", value)
	if len(q.Only) > 0 {
		a = a.only(append(q.Only, "status"))
	}
	return a, nil
}

// readEvents reads the events of a watch until the server ends it.
func (a Answer) readEvents(body io.Reader) error {
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for i := 0; lines.Scan(); i++ {
		var event struct {
			Type   string
			Object map[string]any
		}
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return err
		}
		if event.Type == "BOOKMARK" {
			i--
			continue
		}
		a[fmt.Sprintf("event[%d].type", i)] = event.Type
		if event.Type == "ERROR" {
			a.flatten(fmt.Sprintf("event[%d].object", i), event.Object)
			continue
		}
		metadata, _ := event.Object["metadata"].(map[string]any)
		a[fmt.Sprintf("event[%d].name", i)] = fmt.Sprint(metadata["name"])
		a.flatten(fmt.Sprintf("event[%d].labels", i), metadata["labels"])
	}
	return lines.Err()
}

// flattenRaw is flatten without leaving anything out.
func (a Answer) flattenRaw(path string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, field := range v {
			a.flattenRaw(path+"."+key, field)
		}
	case []any:
		for i, item := range v {
			a.flattenRaw(fmt.Sprintf("%s[%d]", path, i), item)
		}
	default:
		a[path] = fmt.Sprint(v)
	}
}

func (a Answer) only(prefixes []string) Answer {
	out := Answer{}
	for path, value := range a {
		for _, p := range prefixes {
			if strings.HasPrefix(path, p) {
				out[path] = value
			}
		}
	}
	return out
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
