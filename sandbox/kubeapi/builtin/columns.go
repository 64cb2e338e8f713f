package builtin

import (
	"fmt"
	"sort"
	"strings"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/utils/ptr"

	"podsg/sandbox/kubeapi/resource"
)

const none = "<none>"

// orNone is text, or "<none>" when there is none.
func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

var namespaceColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Status", "string", func(n *corev1.Namespace, _ time.Time) any { return string(n.Status.Phase) }),
	resource.AgeColumn,
}

var nodeColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Status", "string", func(n *corev1.Node, _ time.Time) any { return nodeStatus(n) }),
	resource.ColumnOf("Roles", "string", func(n *corev1.Node, _ time.Time) any { return nodeRoles(n) }),
	resource.AgeColumn,
	resource.ColumnOf("Version", "string", func(n *corev1.Node, _ time.Time) any { return n.Status.NodeInfo.KubeletVersion }),
	resource.Wide(resource.ColumnOf("Internal-IP", "string", func(n *corev1.Node, _ time.Time) any { return nodeAddress(n, corev1.NodeInternalIP) })),
	resource.Wide(resource.ColumnOf("External-IP", "string", func(n *corev1.Node, _ time.Time) any { return nodeAddress(n, corev1.NodeExternalIP) })),
	resource.Wide(resource.ColumnOf("OS-Image", "string", func(n *corev1.Node, _ time.Time) any { return n.Status.NodeInfo.OSImage })),
	resource.Wide(resource.ColumnOf("Kernel-Version", "string", func(n *corev1.Node, _ time.Time) any { return n.Status.NodeInfo.KernelVersion })),
	resource.Wide(resource.ColumnOf("Container-Runtime", "string", func(n *corev1.Node, _ time.Time) any {
		return n.Status.NodeInfo.ContainerRuntimeVersion
	})),
}

func nodeStatus(n *corev1.Node) string {
	status := "Unknown"
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			status = "NotReady"
			if c.Status == corev1.ConditionTrue {
				status = "Ready"
			}
		}
	}
	if n.Spec.Unschedulable {
		status += ",SchedulingDisabled"
	}
	return status
}

func nodeRoles(n *corev1.Node) string {
	var roles []string
	for label := range n.Labels {
		if role, ok := strings.CutPrefix(label, "node-role.kubernetes.io/"); ok && role != "" {
			roles = append(roles, role)
		}
	}
	sort.Strings(roles)
	return orNone(strings.Join(roles, ","))
}

func nodeAddress(n *corev1.Node, kind corev1.NodeAddressType) string {
	for _, a := range n.Status.Addresses {
		if a.Type == kind {
			return a.Address
		}
	}
	return none
}

var secretColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Type", "string", func(s *corev1.Secret, _ time.Time) any { return string(s.Type) }),
	resource.ColumnOf("Data", "string", func(s *corev1.Secret, _ time.Time) any { return int64(len(s.Data)) }),
	resource.AgeColumn,
}

var configMapColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Data", "string", func(c *corev1.ConfigMap, _ time.Time) any { return int64(len(c.Data) + len(c.BinaryData)) }),
	resource.AgeColumn,
}

var serviceAccountColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Secrets", "string", func(s *corev1.ServiceAccount, _ time.Time) any { return int64(len(s.Secrets)) }),
	resource.AgeColumn,
}

var serviceColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Type", "string", func(s *corev1.Service, _ time.Time) any { return string(s.Spec.Type) }),
	resource.ColumnOf("Cluster-IP", "string", func(s *corev1.Service, _ time.Time) any { return orNone(s.Spec.ClusterIP) }),
	resource.ColumnOf("External-IP", "string", func(s *corev1.Service, _ time.Time) any { return orNone(s.Spec.ExternalName) }),
	resource.ColumnOf("Port(s)", "string", func(s *corev1.Service, _ time.Time) any { return servicePorts(s) }),
	resource.AgeColumn,
	resource.Wide(resource.ColumnOf("Selector", "string", func(s *corev1.Service, _ time.Time) any {
		return metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: s.Spec.Selector})
	})),
}

func servicePorts(s *corev1.Service) string {
	ports := make([]string, 0, len(s.Spec.Ports))
	for _, p := range s.Spec.Ports {
		text := fmt.Sprintf("%d/%s", p.Port, p.Protocol)
		if p.NodePort > 0 {
			text = fmt.Sprintf("%d:%d/%s", p.Port, p.NodePort, p.Protocol)
		}
		ports = append(ports, text)
	}
	return orNone(strings.Join(ports, ","))
}

var eventColumns = []resource.Column{
	resource.ColumnOf("Last Seen", "string", func(e *corev1.Event, now time.Time) any { return lastSeen(e, now) }),
	resource.ColumnOf("Type", "string", func(e *corev1.Event, _ time.Time) any { return e.Type }),
	resource.ColumnOf("Reason", "string", func(e *corev1.Event, _ time.Time) any { return e.Reason }),
	resource.ColumnOf("Object", "string", func(e *corev1.Event, _ time.Time) any {
		return strings.ToLower(e.InvolvedObject.Kind) + "/" + e.InvolvedObject.Name
	}),
	resource.Wide(resource.ColumnOf("Subobject", "string", func(e *corev1.Event, _ time.Time) any { return e.InvolvedObject.FieldPath })),
	resource.Wide(resource.ColumnOf("Source", "string", func(e *corev1.Event, _ time.Time) any { return eventSource(e) })),
	resource.ColumnOf("Message", "string", func(e *corev1.Event, _ time.Time) any { return strings.TrimSpace(e.Message) }),
	resource.Wide(resource.ColumnOf("First Seen", "string", func(e *corev1.Event, now time.Time) any { return firstSeen(e, now) })),
	resource.Wide(resource.ColumnOf("Count", "string", func(e *corev1.Event, _ time.Time) any { return int64(max(1, e.Count)) })),
	resource.Wide(resource.NameColumn),
}

// eventSource is who tells of an event, and where.
func eventSource(e *corev1.Event) string {
	component, host := e.Source.Component, e.Source.Host
	if component == "" {
		component, host = e.ReportingController, e.ReportingInstance
	}
	if host == "" {
		return component
	}
	return component + ", " + host
}

func firstSeen(e *corev1.Event, now time.Time) string {
	switch {
	case !e.FirstTimestamp.IsZero():
		return duration.HumanDuration(now.Sub(e.FirstTimestamp.Time))
	case !e.EventTime.IsZero():
		return duration.HumanDuration(now.Sub(e.EventTime.Time))
	}
	return "<unknown>"
}

func lastSeen(e *corev1.Event, now time.Time) string {
	at := e.LastTimestamp
	if at.IsZero() {
		at = metav1.NewTime(e.EventTime.Time)
	}
	return resource.Age(at, now)
}

var daemonSetColumns = withTemplate(func(d *appsv1.DaemonSet) (*corev1.PodSpec, *metav1.LabelSelector) {
	return &d.Spec.Template.Spec, d.Spec.Selector
},
	resource.NameColumn,
	resource.ColumnOf("Desired", "integer", func(d *appsv1.DaemonSet, _ time.Time) any { return int64(d.Status.DesiredNumberScheduled) }),
	resource.ColumnOf("Current", "integer", func(d *appsv1.DaemonSet, _ time.Time) any { return int64(d.Status.CurrentNumberScheduled) }),
	resource.ColumnOf("Ready", "integer", func(d *appsv1.DaemonSet, _ time.Time) any { return int64(d.Status.NumberReady) }),
	resource.ColumnOf("Up-to-date", "integer", func(d *appsv1.DaemonSet, _ time.Time) any { return int64(d.Status.UpdatedNumberScheduled) }),
	resource.ColumnOf("Available", "integer", func(d *appsv1.DaemonSet, _ time.Time) any { return int64(d.Status.NumberAvailable) }),
	resource.ColumnOf("Node Selector", "string", func(d *appsv1.DaemonSet, _ time.Time) any {
		return metav1.FormatLabelSelector(&metav1.LabelSelector{MatchLabels: d.Spec.Template.Spec.NodeSelector})
	}),
	resource.AgeColumn,
)

var deploymentColumns = withTemplate(func(d *appsv1.Deployment) (*corev1.PodSpec, *metav1.LabelSelector) {
	return &d.Spec.Template.Spec, d.Spec.Selector
},
	resource.NameColumn,
	resource.ColumnOf("Ready", "string", func(d *appsv1.Deployment, _ time.Time) any {
		return fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, ptr.Deref(d.Spec.Replicas, 1))
	}),
	resource.ColumnOf("Up-to-date", "string", func(d *appsv1.Deployment, _ time.Time) any { return int64(d.Status.UpdatedReplicas) }),
	resource.ColumnOf("Available", "string", func(d *appsv1.Deployment, _ time.Time) any { return int64(d.Status.AvailableReplicas) }),
	resource.AgeColumn,
)

var replicaSetColumns = withTemplate(func(r *appsv1.ReplicaSet) (*corev1.PodSpec, *metav1.LabelSelector) {
	return &r.Spec.Template.Spec, r.Spec.Selector
},
	resource.NameColumn,
	resource.ColumnOf("Desired", "integer", func(r *appsv1.ReplicaSet, _ time.Time) any { return int64(ptr.Deref(r.Spec.Replicas, 1)) }),
	resource.ColumnOf("Current", "integer", func(r *appsv1.ReplicaSet, _ time.Time) any { return int64(r.Status.Replicas) }),
	resource.ColumnOf("Ready", "integer", func(r *appsv1.ReplicaSet, _ time.Time) any { return int64(r.Status.ReadyReplicas) }),
	resource.AgeColumn,
)

var jobColumns = withTemplate(func(j *batchv1.Job) (*corev1.PodSpec, *metav1.LabelSelector) {
	return &j.Spec.Template.Spec, j.Spec.Selector
},
	resource.NameColumn,
	resource.ColumnOf("Status", "string", func(j *batchv1.Job, _ time.Time) any { return jobStatus(j) }),
	resource.ColumnOf("Completions", "string", func(j *batchv1.Job, _ time.Time) any {
		return fmt.Sprintf("%d/%d", j.Status.Succeeded, ptr.Deref(j.Spec.Completions, 1))
	}),
	resource.ColumnOf("Duration", "string", func(j *batchv1.Job, now time.Time) any { return jobDuration(j, now) }),
	resource.AgeColumn,
)

func jobStatus(j *batchv1.Job) string {
	for _, c := range j.Status.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		switch c.Type {
		case batchv1.JobComplete, batchv1.JobFailed, batchv1.JobSuspended:
			return string(c.Type)
		}
	}
	if j.DeletionTimestamp != nil {
		return "Terminating"
	}
	return "Running"
}

func jobDuration(j *batchv1.Job, now time.Time) string {
	switch {
	case j.Status.StartTime == nil:
		return ""
	case j.Status.CompletionTime == nil:
		return duration.HumanDuration(now.Sub(j.Status.StartTime.Time))
	}
	return duration.HumanDuration(j.Status.CompletionTime.Sub(j.Status.StartTime.Time))
}

// withTemplate adds the wide columns of a workload's pod template.
func withTemplate[T runtime.Object](template func(T) (*corev1.PodSpec, *metav1.LabelSelector), columns ...resource.Column) []resource.Column {
	spec := func(obj T) *corev1.PodSpec {
		s, _ := template(obj)
		return s
	}
	return append(withContainers(spec, columns...),
		resource.Wide(resource.ColumnOf("Selector", "string", func(obj T, _ time.Time) any {
			_, selector := template(obj)
			return metav1.FormatLabelSelector(selector)
		})),
	)
}

// withContainers adds the wide columns of the containers of a pod template.
func withContainers[T runtime.Object](spec func(T) *corev1.PodSpec, columns ...resource.Column) []resource.Column {
	list := func(obj T, text func(corev1.Container) string) string {
		var all []string
		for _, c := range spec(obj).Containers {
			all = append(all, text(c))
		}
		return strings.Join(all, ",")
	}
	return append(columns,
		resource.Wide(resource.ColumnOf("Containers", "string", func(obj T, _ time.Time) any {
			return list(obj, func(c corev1.Container) string { return c.Name })
		})),
		resource.Wide(resource.ColumnOf("Images", "string", func(obj T, _ time.Time) any {
			return list(obj, func(c corev1.Container) string { return c.Image })
		})),
	)
}

var leaseColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Holder", "string", func(l *coordinationv1.Lease, _ time.Time) any {
		return ptr.Deref(l.Spec.HolderIdentity, "")
	}),
	resource.AgeColumn,
}

var endpointSliceColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("AddressType", "string", func(e *discoveryv1.EndpointSlice, _ time.Time) any { return string(e.AddressType) }),
	resource.ColumnOf("Ports", "string", func(e *discoveryv1.EndpointSlice, _ time.Time) any {
		var ports []string
		for _, p := range e.Ports {
			if p.Port != nil {
				ports = append(ports, fmt.Sprint(*p.Port))
			}
		}
		return orNone(strings.Join(ports, ","))
	}),
	resource.ColumnOf("Endpoints", "string", func(e *discoveryv1.EndpointSlice, _ time.Time) any {
		var addresses []string
		for _, endpoint := range e.Endpoints {
			addresses = append(addresses, endpoint.Addresses...)
		}
		return orNone(strings.Join(addresses, ","))
	}),
	resource.AgeColumn,
}

var clusterRoleBindingColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Role", "string", func(b *rbacv1.ClusterRoleBinding, _ time.Time) any { return b.RoleRef.Kind + "/" + b.RoleRef.Name }),
	resource.AgeColumn,
}

var roleBindingColumns = []resource.Column{
	resource.NameColumn,
	resource.ColumnOf("Role", "string", func(b *rbacv1.RoleBinding, _ time.Time) any { return b.RoleRef.Kind + "/" + b.RoleRef.Name }),
	resource.AgeColumn,
}

func controllerRevisionNumber(r *appsv1.ControllerRevision, _ time.Time) any { return r.Revision }

func mutatingWebhookCount(c *admissionregistrationv1.MutatingWebhookConfiguration, _ time.Time) any {
	return int64(len(c.Webhooks))
}

func validatingWebhookCount(c *admissionregistrationv1.ValidatingWebhookConfiguration, _ time.Time) any {
	return int64(len(c.Webhooks))
}
