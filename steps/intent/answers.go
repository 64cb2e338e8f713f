package intent

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"podsg/steps/world"
)

// ParseAnswers reads an answers file. It is strict: an unknown key, a wrong
// type or an impossible value is a [world.Problem] of kind usage that says the file,
// the line, the key and what is allowed, for every mistake in the file.
// The name is the file's, for the messages.
func ParseAnswers(name string, data []byte) (Intent, error) {
	r := answersReader{name: name, lines: map[string]int{}}
	var in Intent
	document, err := singleDocument(data)
	switch {
	case errors.Is(err, io.EOF):
		return in, nil // an empty file answers nothing
	case err != nil:
		return in, &world.Problem{Kind: world.ProblemUsage, Err: errors.Join(located(name, err)...),
			Hint: "the answers file is YAML; the documentation shows one with every key"}
	}
	r.walk("", document, reflect.TypeFor[Intent]())
	if len(r.mistakes) == 0 {
		if err := document.Decode(&in); err != nil {
			r.mistakes = append(r.mistakes, located(name, err)...)
		}
	}
	if len(r.mistakes) == 0 {
		for _, m := range in.mistakes() {
			r.mistakes = append(r.mistakes, fmt.Errorf("%s:%d: %w", name, r.line(m.Answer), m))
		}
	}
	if len(r.mistakes) > 0 {
		return Intent{}, &world.Problem{Kind: world.ProblemUsage, Err: errors.Join(r.mistakes...)}
	}
	return in, nil
}

// lineOfYAML finds the line in an error of the YAML package.
var lineOfYAML = regexp.MustCompile(`^\s*line ([0-9]+): `)

// located writes the errors of the YAML package in the form of all others:
// FILE:LINE: what is wrong.
func located(name string, err error) []error {
	var out []error
	for _, text := range strings.Split(strings.TrimPrefix(err.Error(), "yaml: "), "\n") {
		if text == "unmarshal errors:" {
			continue
		}
		where := name + ": "
		if m := lineOfYAML.FindStringSubmatch(text); m != nil {
			where, text = name+":"+m[1]+": ", text[len(m[0]):]
		}
		out = append(out, errors.New(where+text))
	}
	return out
}

// MarshalAnswers writes an intent as an answers file that [ParseAnswers] reads.
func MarshalAnswers(in Intent) ([]byte, error) {
	var out bytes.Buffer
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(in); err != nil {
		return nil, fmt.Errorf("write answers: %w", err)
	}
	return out.Bytes(), nil
}

// singleDocument parses one YAML document and refuses a second one.
func singleDocument(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	if err := dec.Decode(&document); err != nil {
		return nil, err
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, fmt.Errorf("line %d: a second document; an answers file has one", second.Line)
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return document.Content[0], nil
}

// answersReader compares a YAML document with the shape of an intent.
type answersReader struct {
	name     string
	lines    map[string]int // line of each key
	mistakes []error
}

func (r *answersReader) refuse(n *yaml.Node, key, format string, args ...any) {
	p := &world.Problem{Kind: world.ProblemUsage, Err: fmt.Errorf(format, args...)}
	if key != "" {
		p = refused(key, format, args...)
	}
	r.mistakes = append(r.mistakes, fmt.Errorf("%s:%d: %w", r.name, n.Line, p))
}

// line is where a key is, or the nearest key around it.
func (r *answersReader) line(key string) int {
	for {
		if line, ok := r.lines[key]; ok {
			return line
		}
		i := max(strings.LastIndexByte(key, '.'), strings.LastIndexByte(key, '['))
		if i < 0 {
			return 1
		}
		key = key[:i]
	}
}

// walk checks a node against the Go type that it will be decoded into.
func (r *answersReader) walk(key string, n *yaml.Node, t reflect.Type) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" {
		return // a key without a value answers nothing
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		r.walkStruct(key, n, t)
	case reflect.Map:
		if n.Kind != yaml.MappingNode {
			r.refuse(n, key, "must be a mapping of keys to values, not %s", describeNode(n))
			return
		}
		for i := 0; i < len(n.Content); i += 2 {
			r.walk(key+"."+n.Content[i].Value, n.Content[i+1], t.Elem())
		}
	case reflect.Slice:
		if t == reflect.TypeFor[WorkloadNames]() && n.Kind == yaml.ScalarNode {
			r.walk(key, n, t.Elem())
			return
		}
		if n.Kind != yaml.SequenceNode {
			r.refuse(n, key, "must be a list, not %s", describeNode(n))
			return
		}
		for i, item := range n.Content {
			r.lines[fmt.Sprintf("%s[%d]", key, i)] = item.Line
			r.walk(fmt.Sprintf("%s[%d]", key, i), item, t.Elem())
		}
	default:
		r.walkScalar(key, n, t.Kind())
	}
}

func (r *answersReader) walkStruct(key string, n *yaml.Node, t reflect.Type) {
	if n.Kind != yaml.MappingNode {
		r.refuse(n, key, "must be a mapping of keys to values, not %s; allowed here: %s", describeNode(n), strings.Join(keysOf(t), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		full := strings.TrimPrefix(key+"."+name.Value, ".")
		field, known := fieldOf(t, name.Value)
		switch {
		case seen[name.Value]:
			r.refuse(name, full, "is there twice")
		case known:
			r.lines[full] = name.Line
			r.walk(full, value, field.Type)
		case isSecretKey(name.Value):
			r.refuse(name, full, "no password belongs in this file: leave it out for a new database, where podsg makes one, "+
				"and for an existing database say where it is kept: database.existing.passwordFrom: %s", passwordFromForms)
		default:
			r.refuse(name, full, "unknown key; allowed here: %s", strings.Join(keysOf(t), ", "))
		}
		seen[name.Value] = true
	}
}

func (r *answersReader) walkScalar(key string, n *yaml.Node, kind reflect.Kind) {
	tag := n.ShortTag()
	switch {
	case kind == reflect.String && n.Kind != yaml.ScalarNode:
		r.refuse(n, key, "must be a text, not %s", describeNode(n))
	case kind == reflect.Bool && (n.Kind != yaml.ScalarNode || tag != "!!bool"):
		r.refuse(n, key, "must be true or false, not %s", describeNode(n))
	case kind == reflect.Int && (n.Kind != yaml.ScalarNode || tag != "!!int"):
		r.refuse(n, key, "must be a whole number, not %s", describeNode(n))
	case kind == reflect.Int && n.Value == "0":
		// An intent cannot tell a zero from a missing answer.
		r.refuse(n, key, "0 is impossible; leave the key out for the default")
	}
}

// fieldOf finds the field of a struct by its YAML key.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ","); name == key && name != "-" {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// keysOf lists the YAML keys of a struct in the order of the documentation.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name != "-" {
			keys = append(keys, name)
		}
	}
	return keys
}

// isSecretKey reports whether an unknown key looks as if its value were a
// secret, so that the answer is an advice and not only a list of keys.
func isSecretKey(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc([]string{"password", "passwd", "pwd", "passphrase"}, func(word string) bool {
		return strings.Contains(key, word)
	})
}

// describeNode names the type of a node without showing a value, which may be
// anything, in the words of the YAML specification.
func describeNode(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int":
		return "a number"
	case "!!float":
		return "a fraction"
	case "!!bool":
		return "true or false"
	default:
		return "a text"
	}
}
