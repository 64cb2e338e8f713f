package world

// Toleration lets a pod onto nodes with a taint.
// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
type Toleration struct {
	Key      string `yaml:"key,omitempty" json:"key,omitempty"`           // empty, with Exists: every taint
	Operator string `yaml:"operator,omitempty" json:"operator,omitempty"` // Equal (the default), Exists
	Value    string `yaml:"value,omitempty" json:"value,omitempty"`
	Effect   string `yaml:"effect,omitempty" json:"effect,omitempty"` // NoSchedule, PreferNoSchedule, NoExecute; empty: each
}

// Manifest is the toleration as the API server takes it.
func (t Toleration) Manifest() map[string]any {
	m := map[string]any{}
	for _, field := range [][2]string{{"key", t.Key}, {"operator", t.Operator}, {"value", t.Value}, {"effect", t.Effect}} {
		if field[1] != "" {
			m[field[0]] = field[1]
		}
	}
	return m
}
