package render

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"podsg/steps/plan"
)

// hclExpr is an expression of Terraform's language that is written as it is,
// such as a reference to another resource.
type hclExpr string

// hclBlock is a block of Terraform's language: resource "type" "name" { … }.
// https://developer.hashicorp.com/terraform/language/syntax/configuration
type hclBlock struct {
	kind   string
	labels []string
	attrs  []hclAttr
	blocks []*hclBlock
}

// hclAttr is one attribute; its value is a string, int, bool, [hclExpr],
// []string, []any, map[string]string or map[string]any.
type hclAttr struct {
	name  string
	value any
}

func (b *hclBlock) set(name string, value any) { b.attrs = append(b.attrs, hclAttr{name, value}) }

func (b *hclBlock) block(kind string) *hclBlock {
	child := &hclBlock{kind: kind}
	b.blocks = append(b.blocks, child)
	return child
}

// write writes the block as terraform fmt would.
func (b *hclBlock) write(out *strings.Builder, indent string) {
	out.WriteString(indent + b.kind)
	for _, l := range b.labels {
		out.WriteString(" " + hclString(l))
	}
	out.WriteString(" {\n")
	writeAttrs(out, b.attrs, indent+"  ")
	for i, child := range b.blocks {
		if i > 0 || len(b.attrs) > 0 {
			out.WriteByte('\n')
		}
		child.write(out, indent+"  ")
	}
	out.WriteString(indent + "}\n")
}

// writeAttrs writes attributes a line each, the equals signs of neighbours
// beneath each other as long as their values take one line.
func writeAttrs(out *strings.Builder, attrs []hclAttr, indent string) {
	values := make([]string, len(attrs))
	for i, a := range attrs {
		values[i] = hclValue(a.value, indent)
	}
	for i := 0; i < len(attrs); {
		end := i
		width := 0
		for end < len(attrs) {
			width = max(width, utf8.RuneCountInString(attrs[end].name))
			end++
			if strings.Contains(values[end-1], "\n") {
				break
			}
			if end < len(attrs) && strings.Contains(values[end], "\n") {
				break
			}
		}
		for ; i < end; i++ {
			fmt.Fprintf(out, "%s%-*s = %s\n", indent, width, attrs[i].name, values[i])
		}
	}
}

// hclValue is a value as an expression.
func hclValue(value any, indent string) string {
	switch v := value.(type) {
	case hclExpr:
		return string(v)
	case string:
		return hclString(v)
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case []string:
		items := make([]any, len(v))
		for i := range v {
			items[i] = v[i]
		}
		return hclList(items, indent)
	case []any:
		return hclList(v, indent)
	case map[string]string:
		object := make(map[string]any, len(v))
		for k := range v {
			object[k] = v[k]
		}
		return hclObject(object, indent)
	case map[string]any:
		return hclObject(v, indent)
	case plan.Manifest:
		return hclObject(v, indent)
	case nil:
		return "null"
	default:
		return hclString(fmt.Sprint(v))
	}
}

func hclList(items []any, indent string) string {
	scalars := !slices.ContainsFunc(items, func(item any) bool {
		switch item.(type) {
		case []any, map[string]any:
			return true
		}
		return false
	})
	var parts []string
	for _, item := range items {
		parts = append(parts, hclValue(item, indent+"  "))
	}
	if scalars {
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return "[\n" + indent + "  " + strings.Join(parts, ",\n"+indent+"  ") + ",\n" + indent + "]"
}

func hclObject(object map[string]any, indent string) string {
	if len(object) == 0 {
		return "{}"
	}
	var attrs []hclAttr
	for _, k := range slices.Sorted(maps.Keys(object)) {
		name := k
		if !isHCLIdentifier(k) {
			name = hclString(k)
		}
		attrs = append(attrs, hclAttr{name, object[k]})
	}
	var out strings.Builder
	out.WriteString("{\n")
	writeAttrs(&out, attrs, indent+"  ")
	out.WriteString(indent + "}")
	return out.String()
}

// hclString quotes a string. Besides quotes and control characters, the marks
// of interpolation and of template directives have to be escaped.
func hclString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isHCLIdentifier reports whether a key needs no quotes.
func isHCLIdentifier(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
