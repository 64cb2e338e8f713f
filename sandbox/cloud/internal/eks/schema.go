package eks

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Schema is the part of JSON Schema (draft 6) that EKS's add-ons use.
type Schema struct {
	Ref                  string            `json:"$ref,omitempty"`
	SchemaURI            string            `json:"$schema,omitempty"`
	Title                string            `json:"title,omitempty"`
	Description          string            `json:"description,omitempty"`
	Type                 any               `json:"type,omitempty"` // a name or a list of names
	Format               string            `json:"format,omitempty"`
	Items                *Schema           `json:"items,omitempty"`
	Properties           map[string]Schema `json:"properties,omitempty"`
	AdditionalProperties any               `json:"additionalProperties,omitempty"` // false, or a Schema
	Required             []string          `json:"required,omitempty"`
	Definitions          map[string]Schema `json:"definitions,omitempty"`
}

// validate checks a value and returns the problems in the words of the
// validator that EKS uses, empty if there are none.
func validate(root Schema, value any) []string {
	v := validator{definitions: root.Definitions}
	v.check(root, value, "$")
	return v.problems
}

type validator struct {
	definitions map[string]Schema
	problems    []string
}

func (v *validator) check(s Schema, value any, path string) {
	if s.Ref != "" {
		s = v.definitions[strings.TrimPrefix(s.Ref, "#/definitions/")]
	}
	if want, ok := s.accepts(value); !ok {
		v.problems = append(v.problems, fmt.Sprintf("%s: %s found, %s expected", path, jsonType(value), want))
		return
	}
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			at := path + "." + key
			if property, ok := s.Properties[key]; ok {
				v.check(property, value[key], at)
			} else if s.AdditionalProperties == false {
				v.problems = append(v.problems, at+": is not defined in the schema and the schema does not allow additional properties")
			} else if other, ok := s.AdditionalProperties.(Schema); ok {
				v.check(other, value[key], at)
			}
		}
		for _, key := range s.Required {
			if _, ok := value[key]; !ok {
				v.problems = append(v.problems, path+"."+key+": is missing but it is required")
			}
		}
	case []any:
		for i, element := range value {
			if s.Items != nil {
				v.check(*s.Items, element, fmt.Sprintf("%s[%d]", path, i))
			}
		}
	}
}

// accepts reports whether a value has a type that the schema allows.
func (s Schema) accepts(value any) (want string, ok bool) {
	have := jsonType(value)
	switch t := s.Type.(type) {
	case string:
		return t, have == t || t == "number" && have == "integer"
	case []string:
		for _, one := range t {
			ok = ok || have == one
		}
		return "[" + strings.Join(t, ", ") + "]", ok
	}
	return "", true
}

func jsonType(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case int:
		return "integer"
	case float64:
		if value == float64(int64(value)) {
			return "integer"
		}
		return "number"
	case json.Number:
		return "number"
	case []any:
		return "array"
	}
	return "object"
}

func object(title string, properties map[string]Schema) Schema {
	return Schema{Title: title, Type: "object", AdditionalProperties: false, Properties: properties}
}

func ref(name string) Schema { return Schema{Ref: "#/definitions/" + name} }

// formatted are properties that are texts with a format: boolean, integer or none.
func formatted(format, names string) map[string]Schema {
	list := map[string]Schema{}
	for name := range strings.FieldsSeq(names) {
		list[name] = Schema{Type: "string", Format: format}
	}
	return list
}

func merged(list ...map[string]Schema) map[string]Schema {
	all := map[string]Schema{}
	for _, m := range list {
		maps.Copy(all, m)
	}
	return all
}

const draft6 = "http://json-schema.org/draft-06/schema#"

// vpcCNISchema is what DescribeAddonConfiguration tells of vpc-cni: every
// environment variable is a string, whatever it means.
// https://docs.aws.amazon.com/cli/latest/reference/eks/describe-addon-configuration.html
func vpcCNISchema() Schema {
	limits := object("Limits", formatted("", "cpu memory"))
	return Schema{
		Ref: "#/definitions/VpcCni", SchemaURI: draft6, Description: "vpc-cni",
		Definitions: map[string]Schema{
			"Affinity": {Type: []string{"object", "null"}},
			"EniConfig": {
				Type: "object", AdditionalProperties: false, Required: []string{"create", "region", "subnets"},
				Properties: map[string]Schema{
					"create": {Type: "boolean"}, "region": {Type: "string"},
					"subnets": {Type: "object", AdditionalProperties: Schema{
						Type: "object", AdditionalProperties: false, Required: []string{"id"},
						Properties: map[string]Schema{"id": {Type: "string"}, "securityGroups": {Type: "array", Items: &Schema{Type: "string"}}},
					}},
				},
			},
			"Env": object("Env", merged(
				formatted("boolean", `ANNOTATE_POD_IP AWS_MANAGE_ENIS_NON_SCHEDULABLE AWS_VPC_CNI_NODE_PORT_SUPPORT
					AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG AWS_VPC_K8S_CNI_EXTERNALSNAT DISABLE_INTROSPECTION
					DISABLE_LEAKED_ENI_CLEANUP DISABLE_METRICS DISABLE_NETWORK_RESOURCE_PROVISIONING DISABLE_POD_V6
					ENABLE_BANDWIDTH_PLUGIN ENABLE_MULTI_NIC ENABLE_POD_ENI ENABLE_PREFIX_DELEGATION ENABLE_SUBNET_DISCOVERY
					ENABLE_V4_EGRESS ENABLE_V6_EGRESS`),
				formatted("integer", `AWS_VPC_ENI_MTU IP_COOLDOWN_PERIOD MAX_ENI MINIMUM_IP_TARGET POD_MTU RESERVED_ENIS
					WARM_ENI_TARGET WARM_IP_TARGET WARM_PREFIX_TARGET`),
				formatted("", `ADDITIONAL_ENI_TAGS AWS_EC2_ENDPOINT AWS_EXTERNAL_SERVICE_CIDRS AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS
					AWS_VPC_K8S_CNI_LOGLEVEL AWS_VPC_K8S_CNI_LOG_FILE AWS_VPC_K8S_CNI_RANDOMIZESNAT AWS_VPC_K8S_CNI_VETHPREFIX
					AWS_VPC_K8S_PLUGIN_LOG_FILE AWS_VPC_K8S_PLUGIN_LOG_LEVEL CLUSTER_ENDPOINT CLUSTER_NAME
					ENI_CONFIG_ANNOTATION_DEF ENI_CONFIG_LABEL_DEF INTROSPECTION_BIND_ADDRESS NETWORK_POLICY_ENFORCING_MODE
					POD_SECURITY_GROUP_ENFORCING_MODE VPC_ID`),
			)),
			"Init":    object("Init", map[string]Schema{"env": ref("InitEnv")}),
			"InitEnv": object("InitEnv", formatted("boolean", "DISABLE_TCP_EARLY_DEMUX ENABLE_V6_EGRESS")),
			"Limits":  limits,
			"NodeAgent": object("NodeAgent", merged(
				formatted("boolean", "enableCloudWatchLogs enablePolicyEventLogs"),
				formatted("integer", "conntrackCacheCleanupPeriod healthProbeBindAddr metricsBindAddr"))),
			"Resources":   object("Resources", map[string]Schema{"limits": ref("Limits"), "requests": ref("Limits")}),
			"Tolerations": {Type: "array", AdditionalProperties: false, Items: &Schema{Type: "object"}},
			"VpcCni": object("VpcCni", merged(
				formatted("boolean", "enableNetworkPolicy enableWindowsIpam enableWindowsPrefixDelegation"),
				formatted("integer", "minimumWindowsIPTarget warmWindowsIPTarget warmWindowsPrefixTarget branchENICooldown"),
				map[string]Schema{
					"affinity": ref("Affinity"), "eniConfig": ref("EniConfig"), "env": ref("Env"), "init": ref("Init"),
					"livenessProbeTimeoutSeconds": {Type: "integer"}, "readinessProbeTimeoutSeconds": {Type: "integer"},
					"nodeAgent": ref("NodeAgent"), "podAnnotations": {Type: "object"}, "podLabels": {Type: "object"},
					"resources": ref("Resources"), "tolerations": ref("Tolerations"),
				})),
		},
	}
}

func corednsSchema() Schema {
	return Schema{
		Ref: "#/definitions/Coredns", SchemaURI: draft6,
		Definitions: map[string]Schema{
			"Coredns": object("Coredns", map[string]Schema{
				"computeType": {Type: "string"}, "corefile": {Type: "string", Description: "Entire corefile contents to use with installation"},
				"nodeSelector": {Type: "object", AdditionalProperties: Schema{Type: "string"}}, "replicaCount": {Type: "integer"},
				"resources": ref("Resources"), "tolerations": {Type: "array", Items: &Schema{Type: "object"}},
			}),
			"Limits":    object("Limits", formatted("", "cpu memory")),
			"Resources": object("Resources", map[string]Schema{"limits": ref("Limits"), "requests": ref("Limits")}),
		},
	}
}

func plainSchema(name string) Schema {
	return Schema{
		Ref: "#/definitions/" + name, SchemaURI: draft6,
		Definitions: map[string]Schema{
			name:        object(name, map[string]Schema{"resources": ref("Resources"), "tolerations": {Type: "array", Items: &Schema{Type: "object"}}}),
			"Limits":    object("Limits", formatted("", "cpu memory")),
			"Resources": object("Resources", map[string]Schema{"limits": ref("Limits"), "requests": ref("Limits")}),
		},
	}
}
