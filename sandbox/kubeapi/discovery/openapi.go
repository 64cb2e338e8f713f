package discovery

import (
	"net/http"
	"strings"

	"podsg/sandbox/kubeapi/apierror"
	"podsg/sandbox/kubeapi/codec"
	"podsg/sandbox/kubeapi/resource"
)

// The OpenAPI documents are bare: they say which PATCH takes which query
// parameters, which is what "kubectl apply" looks for before it leaves
// validation to the server, and they carry the custom resources' schemas for
// "kubectl explain".

type openAPIObject = map[string]any

// openAPIPath is the part of the path that a document is known by, such as
// "api/v1" and "apis/apps/v1".
func openAPIPath(r *resource.Resource) string {
	if r.GVR.Group == "" {
		return "api/" + r.GVR.Version
	}
	return "apis/" + r.GVR.Group + "/" + r.GVR.Version
}

// serveOpenAPI answers /openapi/v3, the index, and /openapi/v3/{path}.
func (h *Handler) serveOpenAPI(w http.ResponseWriter, path string) error {
	resources := SortedResources(h.Resources())
	if path == "" {
		index := openAPIObject{}
		for _, r := range resources {
			index[openAPIPath(r)] = openAPIObject{"serverRelativeURL": "/openapi/v3/" + openAPIPath(r)}
		}
		return codec.WriteJSON(w, http.StatusOK, openAPIObject{"paths": index})
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
		return apierror.NoSuchResource()
	}
	return codec.WriteJSON(w, http.StatusOK, openAPIObject{
		"openapi":    "3.0.0",
		"info":       openAPIObject{"title": "Kubernetes", "version": h.Version},
		"paths":      paths,
		"components": openAPIObject{"schemas": schemas},
	})
}

func objectPath(r *resource.Resource) string {
	path := "/" + openAPIPath(r) + "/"
	if r.Namespaced {
		path += "namespaces/{namespace}/"
	}
	return path + r.GVR.Resource + "/{name}"
}

func schemaID(r *resource.Resource) string {
	return strings.Join([]string{"io.k8s.api", strings.ReplaceAll(r.GVR.Group, ".", "-"), r.GVR.Version, r.Kind}, ".")
}

func openAPIKind(r *resource.Resource) openAPIObject {
	return openAPIObject{"group": r.GVR.Group, "version": r.GVR.Version, "kind": r.Kind}
}

func openAPISchema(r *resource.Resource) openAPIObject {
	schema := openAPIObject{
		"type":                            "object",
		"x-kubernetes-group-version-kind": []any{openAPIKind(r)},
	}
	if r.Schema != nil {
		schema["description"] = r.Schema.Description
		schema["properties"] = r.Schema.Properties
	}
	return schema
}

func openAPIOperations(r *resource.Resource, schemaID string) openAPIObject {
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
