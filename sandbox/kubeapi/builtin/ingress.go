package builtin

import (
	"slices"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

func ingressResource() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.Ingresses, Kind: "Ingress", Namespaced: true, ShortNames: []string{"ing"},
		HasStatus: true, HasGeneration: true,
		Validate:     validates(validateIngress),
		ValidateName: apivalidation.NameIsDNSSubdomain,
		Columns: []resource.Column{
			resource.NameColumn,
			resource.ColumnOf("Class", "string", func(i *networkingv1.Ingress, _ time.Time) any {
				if i.Spec.IngressClassName == nil {
					return none
				}
				return *i.Spec.IngressClassName
			}),
			resource.ColumnOf("Hosts", "string", func(i *networkingv1.Ingress, _ time.Time) any { return ingressHosts(i) }),
			resource.ColumnOf("Address", "string", func(i *networkingv1.Ingress, _ time.Time) any { return ingressAddress(i) }),
			resource.ColumnOf("Ports", "string", func(i *networkingv1.Ingress, _ time.Time) any {
				if len(i.Spec.TLS) > 0 {
					return "80, 443"
				}
				return "80"
			}),
			resource.AgeColumn,
		},
	}
}

// ingressHosts are the first hosts, and how many there are more.
func ingressHosts(i *networkingv1.Ingress) string {
	var hosts []string
	for _, r := range i.Spec.Rules {
		if r.Host != "" {
			hosts = append(hosts, r.Host)
		}
	}
	if len(hosts) == 0 {
		return "*"
	}
	return strings.Join(hosts, ",")
}

func ingressAddress(i *networkingv1.Ingress) string {
	var all []string
	for _, at := range i.Status.LoadBalancer.Ingress {
		if at.IP != "" {
			all = append(all, at.IP)
		} else if at.Hostname != "" {
			all = append(all, at.Hostname)
		}
	}
	slices.Sort(all)
	const width = 16 // as wide as an IPv4 address
	text := strings.Join(all, ",")
	if len(text) > width {
		text = text[:width-3] + "..."
	}
	return text
}

func validateIngress(i *networkingv1.Ingress) field.ErrorList {
	at := field.NewPath("spec")
	var errs field.ErrorList
	if len(i.Spec.Rules) == 0 && i.Spec.DefaultBackend == nil {
		errs = append(errs, field.Invalid(at, i.Spec.Rules, "either `defaultBackend` or `rules` must be specified"))
	}
	if i.Spec.DefaultBackend != nil {
		errs = append(errs, checkIngressBackend(i.Spec.DefaultBackend, at.Child("defaultBackend"))...)
	}
	for n, rule := range i.Spec.Rules {
		path := at.Child("rules").Index(n)
		if rule.Host != "" {
			messages := validation.IsDNS1123Subdomain(rule.Host)
			if strings.Contains(rule.Host, "*") {
				messages = validation.IsWildcardDNS1123Subdomain(rule.Host)
			}
			for _, message := range messages {
				errs = append(errs, field.Invalid(path.Child("host"), rule.Host, message))
			}
		}
		if rule.HTTP == nil {
			continue
		}
		paths := path.Child("http", "paths")
		if len(rule.HTTP.Paths) == 0 {
			errs = append(errs, field.Required(paths, ""))
		}
		for k := range rule.HTTP.Paths {
			errs = append(errs, checkIngressPath(&rule.HTTP.Paths[k], paths.Index(k))...)
		}
	}
	if class := i.Spec.IngressClassName; class != nil {
		for _, message := range apivalidation.NameIsDNSSubdomain(*class, false) {
			errs = append(errs, field.Invalid(at.Child("ingressClassName"), *class, message))
		}
	}
	return errs
}

func checkIngressPath(p *networkingv1.HTTPIngressPath, at *field.Path) field.ErrorList {
	if p.PathType == nil {
		return field.ErrorList{field.Required(at.Child("pathType"), "pathType must be specified")}
	}
	var errs field.ErrorList
	known := []networkingv1.PathType{networkingv1.PathTypeExact, networkingv1.PathTypeImplementationSpecific, networkingv1.PathTypePrefix}
	absolute := strings.HasPrefix(p.Path, "/") || p.Path == "" && *p.PathType == networkingv1.PathTypeImplementationSpecific
	switch {
	case !slices.Contains(known, *p.PathType):
		errs = append(errs, field.NotSupported(at.Child("pathType"), *p.PathType, known))
	case !absolute:
		errs = append(errs, field.Invalid(at.Child("path"), p.Path, "must be an absolute path"))
	}
	return append(errs, checkIngressBackend(&p.Backend, at.Child("backend"))...)
}

func checkIngressBackend(b *networkingv1.IngressBackend, at *field.Path) field.ErrorList {
	switch {
	case b.Resource != nil && b.Service != nil:
		return field.ErrorList{field.Invalid(at, "", "cannot set both resource and service backends")}
	case b.Resource == nil && b.Service == nil:
		return field.ErrorList{field.Invalid(at, "", "resource or service backend is required")}
	case b.Service == nil:
		return nil
	}
	var errs field.ErrorList
	if b.Service.Name == "" {
		errs = append(errs, field.Required(at.Child("service", "name"), ""))
	}
	port := b.Service.Port
	switch {
	case port.Name != "" && port.Number != 0:
		return append(errs, field.Invalid(at, "", "cannot set both port name & port number"))
	case port.Name != "":
		for _, message := range validation.IsValidPortName(port.Name) {
			errs = append(errs, field.Invalid(at.Child("service", "port", "name"), port.Name, message))
		}
	case port.Number != 0:
		for _, message := range validation.IsValidPortNum(int(port.Number)) {
			errs = append(errs, field.Invalid(at.Child("service", "port", "number"), port.Number, message))
		}
	default:
		errs = append(errs, field.Required(at, "port name or number is required"))
	}
	return errs
}
