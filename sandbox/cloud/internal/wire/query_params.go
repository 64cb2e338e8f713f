package wire

import (
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
)

// parameter is a node of the tree that a flat form stands for:
// Filter.1.Value.2=x is the path Filter, 1, Value, 2.
type parameter struct {
	value string
	set   bool
	kids  map[string]*parameter
}

func (p *parameter) kid(name string) *parameter {
	if p.kids == nil {
		p.kids = map[string]*parameter{}
	}
	if p.kids[name] == nil {
		p.kids[name] = &parameter{}
	}
	return p.kids[name]
}

func parameterTree(form url.Values) *parameter {
	root := &parameter{}
	for name, values := range form {
		if name == "Action" || name == "Version" || strings.HasPrefix(name, "X-Amz-") {
			continue
		}
		p := root
		for part := range strings.SplitSeq(name, ".") {
			p = p.kid(part)
		}
		p.value, p.set = values[len(values)-1], true
	}
	return root
}

// decodeQuery fills a struct from a form. A field has its own name as
// parameter unless the tag query says another; "A.B" names the members B of
// the list A. The tag option "required" refuses a request without it. What no
// field takes is refused too.
func decodeQuery(service string, r *http.Request, body []byte, input any) error {
	form, err := queryForm(r, body)
	if err != nil {
		return awserr.New("MalformedQueryString", "The query string contains a syntax error")
	}
	d := queryDecoder{service: service}
	return d.structure(parameterTree(form), reflect.ValueOf(input).Elem(), "")
}

type queryDecoder struct{ service string }

func (d queryDecoder) structure(p *parameter, v reflect.Value, path string) error {
	if p.set && p.value != "" {
		return awserr.UnknownParameter(d.service, path)
	}
	known := map[string]bool{}
	if err := d.fields(p, v, path, known); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.kids)) {
		if !known[name] {
			return awserr.UnknownParameter(d.service, join(path, p.kids[name].deepest(name)))
		}
	}
	return nil
}

// deepest names one parameter of a subtree in full, for an error.
func (p *parameter) deepest(name string) string {
	for _, kid := range slices.Sorted(maps.Keys(p.kids)) {
		return p.kids[kid].deepest(name + "." + kid)
	}
	return name
}

func (d queryDecoder) fields(p *parameter, v reflect.Value, path string, known map[string]bool) error {
	t := v.Type()
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			if err := d.fields(p, v.Field(i), path, known); err != nil {
				return err
			}
			continue
		}
		tag, option, _ := strings.Cut(field.Tag.Get("query"), ",")
		if tag == "" {
			tag = field.Name
		}
		name, member, isList := strings.Cut(tag, ".")
		known[name] = true
		kid := p.kids[name]
		if kid == nil {
			if option == "required" {
				return awserr.MissingParameter(d.service, join(path, name))
			}
			continue
		}
		if isList {
			if kid.set && kid.value == "" && len(kid.kids) == 0 {
				continue // an empty list is sent as "Name="
			}
			if kid.kids[member] == nil && kid.kids["member"] != nil {
				member = "member" // every Query service takes the standard name too
			}
			for _, other := range slices.Sorted(maps.Keys(kid.kids)) {
				if other != member {
					return awserr.UnknownParameter(d.service, join(path, kid.deepest(name)))
				}
			}
			kid = kid.kids[member]
			if kid == nil {
				return awserr.InvalidValue(d.service, join(path, name), p.kids[name].value)
			}
			name += "." + member
		}
		if err := d.value(kid, v.Field(i), join(path, name)); err != nil {
			return err
		}
		if option == "required" && v.Field(i).IsZero() {
			return awserr.MissingParameter(d.service, join(path, name))
		}
	}
	return nil
}

func (d queryDecoder) value(p *parameter, v reflect.Value, path string) error {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.value(p, v.Elem(), path)
	case reflect.Slice:
		return d.list(p, v, path)
	case reflect.Struct:
		return d.structure(p, v, path)
	}
	if len(p.kids) > 0 {
		return awserr.UnknownParameter(d.service, p.deepest(path))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(p.value)
	case reflect.Bool:
		b, err := strconv.ParseBool(strings.ToLower(p.value))
		if err != nil {
			return awserr.InvalidValue(d.service, path, p.value)
		}
		v.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(p.value)
		if err != nil {
			return awserr.InvalidValue(d.service, path, p.value)
		}
		v.SetInt(int64(n))
	default:
		return awserr.InvalidValue(d.service, path, p.value)
	}
	return nil
}

// list reads the members 1, 2, … in their order.
func (d queryDecoder) list(p *parameter, v reflect.Value, path string) error {
	var numbers []int
	for name := range p.kids {
		n, err := strconv.Atoi(name)
		if err != nil || n < 1 {
			return awserr.UnknownParameter(d.service, p.deepest(path))
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		element := reflect.New(v.Type().Elem()).Elem()
		name := strconv.Itoa(n)
		if err := d.value(p.kids[name], element, path+"."+name); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
	}
	return nil
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
