package intent

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"podsg/steps/world"
)

// ProbeIntent says how podsg's own pods are made, those that try the connection
// and the one that makes the table: on a cluster without internet, or with nodes
// that not every pod may use, they need more than the defaults.
type ProbeIntent struct {
	Image        string             `yaml:"image,omitempty" json:"image,omitempty"`
	PullSecret   string             `yaml:"pullSecret,omitempty" json:"pullSecret,omitempty"`
	NodeSelector map[string]string  `yaml:"nodeSelector,omitempty" json:"nodeSelector,omitempty"`
	Tolerations  []world.Toleration `yaml:"tolerations,omitempty" json:"tolerations,omitempty"`
}

// imageName is a rule that an image's name must keep, not all of them: the
// kubelet judges the rest.
var imageName = rule{regexp.MustCompile(`^[A-Za-z0-9]([-A-Za-z0-9._:/@]*[A-Za-z0-9])?$`), 512,
	"the name of a container image, such as registry.example.com/postgres:17-alpine"}

// The effects of a taint, and the ways in which a toleration compares.
var (
	taintEffects        = []string{"NoSchedule", "PreferNoSchedule", "NoExecute"}
	tolerationOperators = []string{"Equal", "Exists"}
)

// probeAnswers say how podsg's own pods are made.
func probeAnswers() []Answer {
	return []Answer{
		{
			Key: "probe.image", Flag: "probe-image", Placeholder: "IMAGE",
			Usage: "image of podsg's own pods, with psql, a shell and nc; default: PostgreSQL on Alpine, from public.ecr.aws",
			Keys: []AnswerKey{{"probe.image", "image with `psql`, a shell and `nc`, such as a copy in your own registry",
				quoted(PostgreSQL().ClientImage("")) + ", in the database's major version", ""}},
			set:   setText(func(in *Intent) *string { return &in.Probe.Image }),
			get:   func(in Intent) string { return in.Probe.Image },
			check: func(c *checker, in Intent) { c.pattern("probe.image", in.Probe.Image, imageName) },
		},
		{
			Key: "probe.pullSecret", Flag: "probe-pull-secret", Placeholder: "NAME",
			Usage: "Secret of the namespace by which that image is pulled",
			Keys:  []AnswerKey{{"probe.pullSecret", "text, a Secret of the namespace", "none", ""}},
			set:   setText(func(in *Intent) *string { return &in.Probe.PullSecret }),
			get:   func(in Intent) string { return in.Probe.PullSecret },
			check: func(c *checker, in Intent) { c.pattern("probe.pullSecret", in.Probe.PullSecret, dnsSubdomain) },
		},
		{
			Key: "probe.nodeSelector", Flag: "probe-node-selector", Placeholder: "LABELS",
			Usage: "labels of the nodes for podsg's own pods: key=value,key2=value2",
			Keys:  []AnswerKey{{"probe.nodeSelector", "map of texts", "none: any Linux node with branch ENIs", ""}},
			set: func(in *Intent, value string) (err error) {
				in.Probe.NodeSelector, err = parseLabels(value)
				return err
			},
			get: func(in Intent) string { return labelsFlag(in.Probe.NodeSelector) },
			check: func(c *checker, in Intent) {
				for _, k := range slices.Sorted(maps.Keys(in.Probe.NodeSelector)) {
					c.labelKey("probe.nodeSelector."+k, k)
					c.labelValue("probe.nodeSelector."+k, in.Probe.NodeSelector[k])
				}
			},
		},
		{
			Key: "probe.tolerations", Flag: "probe-tolerations", Placeholder: "TAINTS",
			Usage: "taints that podsg's own pods tolerate: key=value:effect, key:effect or key, with commas between them",
			Keys: []AnswerKey{
				{"probe.tolerations", "list", "none", ""},
				{"probe.tolerations.key", "text, of a taint", "every taint, with `Exists`", "`key`, or `*` for every taint"},
				{"probe.tolerations.operator", "`Equal` or `Exists`", "`Equal`", "`Equal` with `=value`, else `Exists`"},
				{"probe.tolerations.value", "text, for `Equal`", "empty", "`key=value`"},
				{"probe.tolerations.effect", "`NoSchedule`, `PreferNoSchedule` or `NoExecute`", "each of them", "`key:effect`"},
			},
			set: func(in *Intent, value string) error {
				in.Probe.Tolerations = nil
				for part := range strings.SplitSeq(value, ",") {
					in.Probe.Tolerations = append(in.Probe.Tolerations, parseToleration(strings.TrimSpace(part)))
				}
				return nil
			},
			get:   func(in Intent) string { return tolerationsFlag(in.Probe.Tolerations) },
			check: func(c *checker, in Intent) { c.tolerations("probe.tolerations", in.Probe.Tolerations) },
		},
	}
}

// parseLabels reads labels as a flag gives them: key=value,key2=value2.
func parseLabels(text string) (map[string]string, error) {
	labels := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		k, v, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found {
			return nil, fmt.Errorf("%q is no label; allowed: key=value, with commas between several", part)
		}
		labels[k] = v
	}
	return labels, nil
}

// labelsFlag writes labels as [parseLabels] reads them.
func labelsFlag(labels map[string]string) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, k+"="+labels[k])
	}
	return strings.Join(parts, ",")
}

// everyTaint stands for the keys of all taints.
const everyTaint = "*"

// parseToleration reads a toleration in the notation of kubectl taint:
// key=value:effect, where value and effect may be left out.
func parseToleration(text string) world.Toleration {
	rest, effect, _ := strings.Cut(text, ":")
	key, value, equal := strings.Cut(rest, "=")
	t := world.Toleration{Key: strings.TrimPrefix(key, everyTaint), Operator: "Exists", Effect: effect}
	if equal {
		t.Operator, t.Value = "Equal", value
	}
	return t
}

// tolerationsFlag writes tolerations as the flag takes them.
func tolerationsFlag(tolerations []world.Toleration) string {
	var parts []string
	for _, t := range tolerations {
		text := cmp.Or(t.Key, everyTaint)
		if t.Operator != "Exists" {
			text += "=" + t.Value
		}
		if t.Effect != "" {
			text += ":" + t.Effect
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

func (c *checker) tolerations(key string, tolerations []world.Toleration) {
	for i, t := range tolerations {
		at := fmt.Sprintf("%s[%d]", key, i)
		c.oneOf(at+".operator", t.Operator, tolerationOperators...)
		c.oneOf(at+".effect", t.Effect, taintEffects...)
		c.labelValue(at+".value", t.Value)
		switch {
		case t.Key != "":
			c.labelKey(at+".key", t.Key)
		case t.Operator != "Exists":
			c.refuse(at+".key", "is missing: name the key of the taint; only operator Exists tolerates every taint without one")
		}
		if t.Operator == "Exists" && t.Value != "" {
			c.refuse(at+".value", "operator Exists takes no value")
		}
	}
}
