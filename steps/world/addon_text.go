package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// envEdit is a change of the variables of one container: nil removes one.
type envEdit struct {
	path []string // of the object that holds them, such as init, env
	set  map[string]*string
}

// AddonTextIsYAML reports whether a configuration is written in YAML, as EKS takes
// it too, and not in JSON.
func AddonTextIsYAML(text string) bool {
	text = strings.TrimSpace(text)
	return text != "" && !json.Valid([]byte(text))
}

// editText makes edits in the text of a configuration, and leaves the rest of the
// text as it can: the members of a JSON object as they are written, the order and
// the comments of YAML.
func editText(text string, edits []envEdit) (string, error) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		trimmed = "{}"
	}
	if AddonTextIsYAML(trimmed) {
		return editYAML(text, edits)
	}
	object := json.RawMessage(trimmed)
	for _, e := range edits {
		var err error
		if object, err = editJSON(object, e.path, e.set); err != nil {
			return "", err
		}
	}
	if strings.Contains(trimmed, "\n") {
		var out bytes.Buffer
		if err := json.Indent(&out, object, "", jsonIndent(trimmed)); err != nil {
			return "", err
		}
		return out.String(), nil
	}
	return string(object), nil
}

// jsonIndent is by what the members of an object are indented.
func jsonIndent(text string) string {
	_, rest, _ := strings.Cut(text, "\n")
	if indent := rest[:len(rest)-len(strings.TrimLeft(rest, " \t"))]; indent != "" {
		return indent
	}
	return "  "
}

// jsonMember is a member of a JSON object, with its value as it is written.
type jsonMember struct {
	key   string
	value json.RawMessage
}

func jsonMembers(object json.RawMessage) ([]jsonMember, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("the configuration of add-on %s is not an object", AddonVPCCNI)
	}
	var out []jsonMember
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := jsonMember{key: fmt.Sprint(key)}
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// editJSON sets and removes members of the object at a path, which is made if it
// has to be, and goes when nothing is left in it.
func editJSON(object json.RawMessage, path []string, set map[string]*string) (json.RawMessage, error) {
	members, err := jsonMembers(object)
	if err != nil {
		return nil, err
	}
	index := func(key string) int {
		for i, m := range members {
			if m.key == key {
				return i
			}
		}
		return -1
	}
	put := func(key string, value json.RawMessage) {
		switch i := index(key); {
		case value == nil && i >= 0:
			members = append(members[:i:i], members[i+1:]...)
		case value == nil:
		case i >= 0:
			members[i].value = value
		default:
			members = append(members, jsonMember{key, value})
		}
	}
	if len(path) > 0 {
		inner := json.RawMessage("{}")
		if i := index(path[0]); i >= 0 && string(members[i].value) != "null" {
			inner = members[i].value
		}
		if inner, err = editJSON(inner, path[1:], set); err != nil {
			return nil, err
		}
		if string(inner) == "{}" {
			inner = nil
		}
		put(path[0], inner)
	} else {
		for _, key := range sortedKeys(set) {
			var value json.RawMessage
			if v := set[key]; v != nil {
				value, _ = json.Marshal(*v)
			}
			put(key, value)
		}
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range members {
		if i > 0 {
			b.WriteByte(',')
		}
		key, _ := json.Marshal(m.key)
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// editYAML makes edits in YAML.
func editYAML(text string, edits []envEdit) (string, error) {
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	if document.Kind == 0 || len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode { // nothing but comments
		root := &yaml.Node{Kind: yaml.MappingNode}
		for _, e := range edits {
			editMapping(root, e.path, e.set)
		}
		added, err := yaml.Marshal(root)
		return strings.TrimRight(text, "\n") + "\n" + string(added), err
	}
	root := document.Content[0]
	for _, e := range edits {
		editMapping(root, e.path, e.set)
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(yamlIndent(root))
	if err := encoder.Encode(&document); err != nil {
		return "", err
	}
	out := b.String()
	if !strings.HasSuffix(text, "\n") {
		out = strings.TrimRight(out, "\n")
	}
	return out, nil
}

// yamlIndent is by how much the first object in an object is indented.
func yamlIndent(root *yaml.Node) int {
	for i := 1; i < len(root.Content); i += 2 {
		if v := root.Content[i]; v.Kind == yaml.MappingNode && v.Style&yaml.FlowStyle == 0 && len(v.Content) > 0 && v.Content[0].Column > root.Column {
			return v.Content[0].Column - root.Column
		}
	}
	return 2
}

// editMapping is editJSON for YAML. What an alias stands for is copied first: the
// anchor may be used elsewhere.
func editMapping(m *yaml.Node, path []string, set map[string]*string) {
	index := func(key string) int {
		for i := 0; i+1 < len(m.Content); i += 2 {
			if m.Content[i].Value == key {
				return i
			}
		}
		return -1
	}
	drop := func(i int) { m.Content = append(m.Content[:i:i], m.Content[i+2:]...) }
	if len(path) > 0 {
		i := index(path[0])
		if i < 0 {
			m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]}, &yaml.Node{Kind: yaml.MappingNode})
			i = len(m.Content) - 2
		}
		inner := m.Content[i+1]
		if inner.Kind == yaml.AliasNode && inner.Alias != nil {
			inner = copied(inner.Alias)
		}
		if inner.Kind != yaml.MappingNode { // null
			inner = &yaml.Node{Kind: yaml.MappingNode, LineComment: inner.LineComment, HeadComment: inner.HeadComment, FootComment: inner.FootComment}
		}
		if len(inner.Content) == 0 {
			inner.Style &^= yaml.FlowStyle
		}
		m.Content[i+1] = inner
		if editMapping(inner, path[1:], set); len(inner.Content) == 0 {
			drop(i)
		}
		return
	}
	for _, key := range sortedKeys(set) {
		value, i := set[key], index(key)
		switch {
		case value == nil && i >= 0:
			drop(i)
		case value == nil:
		case i >= 0:
			old := m.Content[i+1]
			fresh := textNode(*value)
			fresh.LineComment, fresh.HeadComment, fresh.FootComment = old.LineComment, old.HeadComment, old.FootComment
			m.Content[i+1] = fresh
		default:
			m.Content = append(m.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, textNode(*value))
		}
	}
}

// textNode is a text in quotation marks: EKS takes no other value of a variable.
func textNode(text string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Style: yaml.DoubleQuotedStyle}
}

// copied is a node without its anchor, and all in it.
func copied(n *yaml.Node) *yaml.Node {
	out := *n
	out.Anchor, out.Content = "", nil
	for _, c := range n.Content {
		out.Content = append(out.Content, copied(c))
	}
	return &out
}
