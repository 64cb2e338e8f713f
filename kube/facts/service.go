package facts

import (
	"cmp"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"podsg/steps/world"
)

// Service reduces a Service to what podsg looks at.
func Service(s *corev1.Service) world.Service {
	out := world.Service{
		ObjectFacts: Object(s), Type: string(s.Spec.Type),
		ExternalTrafficPolicy: string(s.Spec.ExternalTrafficPolicy), PodLabels: maps.Clone(s.Spec.Selector),
	}
	for _, p := range s.Spec.Ports {
		port := world.ServicePort{
			Name: p.Name, Protocol: strings.ToLower(string(cmp.Or(p.Protocol, corev1.ProtocolTCP))), Port: int(p.Port), NodePort: int(p.NodePort),
			TargetPort: p.TargetPort.String(),
		}
		if port.TargetPort == "0" { // not set: the same port
			port.TargetPort = ""
		}
		out.Ports = append(out.Ports, port)
	}
	return out
}
