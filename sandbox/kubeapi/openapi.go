package kubeapi

import (
	"net/http"
	"strings"
)

// The OpenAPI documents are bare: they say which PATCH takes which query
// parameters, which is what "kubectl apply" looks for before it leaves
// validation to the server, and they carry the custom resources' schemas for
// "kubectl explain".

type openAPIObject = map[string]any

// openAPIPath is the part of the path that a document is known by, such as
// "api/v1" and "apis/apps/v1".
func openAPIPath(r *resource) string {
	if r.gvr.Group == "" {
		return "api/" + r.gvr.Version
	}
	return "apis/" + r.gvr.Group + "/" + r.gvr.Version
}

// serveOpenAPI answers /openapi/v3, the index, and /openapi/v3/{path}.
func (h *discoveryHandler) serveOpenAPI(w http.ResponseWriter, path string) error {
	resources := sortedResources(h.Resources())
	if path == "" {
		index := openAPIObject{}
		for _, r := range resources {
			index[openAPIPath(r)] = openAPIObject{"serverRelativeURL": "/openapi/v3/" + openAPIPath(r)}
		}
		return writeJSON(w, http.StatusOK, openAPIObject{"paths": index})
	}
	paths, schemas := openAPIObject{}, openAPIObject{}
	for _, r := range resources {
		if openAPIPath(r) == path {
			id := schemaID(r)
			schemas[id] = openAPISchema(r)
			paths[objectPath(r)] = openAPIOperations(r, id)
		}
	}
	if len(paths) == 0 {
		return errNoSuchResource()
	}
	return writeJSON(w, http.StatusOK, openAPIObject{
		"openapi":    "3.0.0",
		"info":       openAPIObject{"title": "Kubernetes", "version": h.Version},
		"paths":      paths,
		"components": openAPIObject{"schemas": schemas},
	})
}

func objectPath(r *resource) string {
	path := "/" + openAPIPath(r) + "/"
	if r.namespaced {
		path += "namespaces/{namespace}/"
	}
	return path + r.gvr.Resource + "/{name}"
}

func schemaID(r *resource) string {
	return strings.Join([]string{"io.k8s.api", strings.ReplaceAll(r.gvr.Group, ".", "-"), r.gvr.Version, r.kind}, ".")
}

func openAPIKind(r *resource) openAPIObject {
	return openAPIObject{"group": r.gvr.Group, "version": r.gvr.Version, "kind": r.kind}
}

func openAPISchema(r *resource) openAPIObject {
	schema := openAPIObject{
		"type":                            "object",
		"x-kubernetes-group-version-kind": []any{openAPIKind(r)},
	}
	if r.schema != nil {
		schema["description"] = r.schema.Description
		schema["properties"] = r.schema.Properties
	}
	return schema
}

func openAPIOperations(r *resource, schemaID string) openAPIObject {
	answer := openAPIObject{"200": openAPIObject{
		"description": "OK",
		"content": openAPIObject{"application/json": openAPIObject{
			"schema": openAPIObject{"$ref": "#/components/schemas/" + schemaID},
		}},
	}}
	var parameters []any
	for _, name := range []string{"dryRun", "fieldManager", "fieldValidation", "force"} {
		parameters = append(parameters, openAPIObject{"name": name, "in": "query", "schema": openAPIObject{"type": "string"}})
	}
	operation := func(action string, parameters []any) openAPIObject {
		return openAPIObject{
			"x-kubernetes-group-version-kind": openAPIKind(r),
			"x-kubernetes-action":             action,
			"parameters":                      parameters,
			"responses":                       answer,
		}
	}
	return openAPIObject{
		"get":   operation("get", []any{}),
		"patch": operation("patch", parameters),
	}
}
