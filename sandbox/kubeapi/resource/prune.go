package resource

import (
	"slices"
	"strconv"

	"k8s.io/kube-openapi/pkg/validation/spec"
)

// PreserveUnknown is the schema extension that keeps fields the schema does not
// know.
const PreserveUnknown = "x-kubernetes-preserve-unknown-fields"

// Prune drops from a custom object the fields that its schema does not know and
// returns their paths, in order.
func Prune(object map[string]any, schema *spec.Schema) []string {
	var unknown []string
	for name, value := range object {
		switch name {
		case "apiVersion", "kind", "metadata":
		default:
			if pruneField(name, value, schema, name, &unknown) {
				delete(object, name)
			}
		}
	}
	slices.Sort(unknown)
	return unknown
}

func pruneValue(value any, schema *spec.Schema, path string, unknown *[]string) {
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if pruneField(name, child, schema, path+"."+name, unknown) {
				delete(value, name)
			}
		}
	case []any:
		if schema.Items == nil || schema.Items.Schema == nil {
			return
		}
		for i, child := range value {
			pruneValue(child, schema.Items.Schema, path+"["+strconv.Itoa(i)+"]", unknown)
		}
	}
}

// pruneField goes into one field of an object, or reports that it is unknown.
func pruneField(name string, value any, schema *spec.Schema, path string, unknown *[]string) (drop bool) {
	if known, ok := schema.Properties[name]; ok {
		pruneValue(value, &known, path, unknown)
		return false
	}
	if extra := schema.AdditionalProperties; extra != nil && (extra.Allows || extra.Schema != nil) {
		if extra.Schema != nil {
			pruneValue(value, extra.Schema, path, unknown)
		}
		return false
	}
	if keep, ok := schema.Extensions.GetBool(PreserveUnknown); ok && keep {
		return false
	}
	*unknown = append(*unknown, path)
	return true
}
