package builtin

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/resource"
)

func podResource() *resource.Resource {
	return &resource.Resource{
		GVR: gvr.Pods, Kind: "Pod", Namespaced: true, ShortNames: []string{"po"}, Categories: []string{"all"},
		HasStatus:      true,
		HasGeneration:  true,
		Defaults:       defaultPod,
		Validate:       validates(func(p *corev1.Pod) field.ErrorList { return validatePodSpec(&p.Spec, field.NewPath("spec")) }),
		ValidateUpdate: validatePodUpdate,
		Fields: map[string]func(runtime.Object) string{
			"spec.nodeName":            selectableOf(func(p *corev1.Pod) string { return p.Spec.NodeName }),
			"spec.restartPolicy":       selectableOf(func(p *corev1.Pod) string { return string(p.Spec.RestartPolicy) }),
			"spec.schedulerName":       selectableOf(func(p *corev1.Pod) string { return p.Spec.SchedulerName }),
			"spec.serviceAccountName":  selectableOf(func(p *corev1.Pod) string { return p.Spec.ServiceAccountName }),
			"spec.hostNetwork":         selectableOf(func(p *corev1.Pod) string { return strconv.FormatBool(p.Spec.HostNetwork) }),
			"status.phase":             selectableOf(func(p *corev1.Pod) string { return string(p.Status.Phase) }),
			"status.podIP":             selectableOf(func(p *corev1.Pod) string { return p.Status.PodIP }),
			"status.nominatedNodeName": selectableOf(func(p *corev1.Pod) string { return p.Status.NominatedNodeName }),
		},
		Columns: podColumns,
	}
}

func defaultPod(obj runtime.Object) {
	p := obj.(*corev1.Pod)
	defaultPodSpec(&p.Spec)
	defaultHostPorts(&p.Spec)
	defaultTo(&p.Spec.ServiceAccountName, "default")
	p.Spec.DeprecatedServiceAccount = p.Spec.ServiceAccountName
	defaultPointer(&p.Spec.EnableServiceLinks, true)
	if p.Spec.Priority == nil {
		defaultPointer(&p.Spec.Priority, int32(0))
		defaultPointer(&p.Spec.PreemptionPolicy, corev1.PreemptLowerPriority)
	}
	for i := range p.Spec.Containers {
		defaultRequests(&p.Spec.Containers[i].Resources)
	}
	for i := range p.Spec.InitContainers {
		defaultRequests(&p.Spec.InitContainers[i].Resources)
	}
	defaultTo(&p.Status.Phase, corev1.PodPending)
	if p.Status.QOSClass == "" {
		p.Status.QOSClass = qualityOfService(&p.Spec)
	}
}

// defaultPodSpec fills a pod's spec, or that of a pod template.
func defaultPodSpec(spec *corev1.PodSpec) {
	defaultTo(&spec.RestartPolicy, corev1.RestartPolicyAlways)
	defaultTo(&spec.DNSPolicy, corev1.DNSClusterFirst)
	defaultTo(&spec.SchedulerName, corev1.DefaultSchedulerName)
	defaultPointer(&spec.SecurityContext, corev1.PodSecurityContext{})
	defaultPointer(&spec.TerminationGracePeriodSeconds, int64(corev1.DefaultTerminationGracePeriodSeconds))
	if spec.ServiceAccountName != "" {
		spec.DeprecatedServiceAccount = spec.ServiceAccountName
	}
	for i := range spec.InitContainers {
		defaultContainer(&spec.InitContainers[i])
	}
	for i := range spec.Containers {
		defaultContainer(&spec.Containers[i])
	}
	for i := range spec.Volumes {
		defaultVolume(&spec.Volumes[i].VolumeSource)
	}
}

// defaultHostPorts gives the ports of a pod in the host's network the host's
// ports. Pod templates are left without, since Kubernetes 1.28.
func defaultHostPorts(spec *corev1.PodSpec) {
	if !spec.HostNetwork {
		return
	}
	for _, c := range spec.Containers {
		for i := range c.Ports {
			defaultTo(&c.Ports[i].HostPort, c.Ports[i].ContainerPort)
		}
	}
}

func defaultContainer(c *corev1.Container) {
	defaultTo(&c.TerminationMessagePath, corev1.TerminationMessagePathDefault)
	defaultTo(&c.TerminationMessagePolicy, corev1.TerminationMessageReadFile)
	if c.ImagePullPolicy == "" {
		c.ImagePullPolicy = corev1.PullIfNotPresent
		if movingTag(c.Image) {
			c.ImagePullPolicy = corev1.PullAlways
		}
	}
	for i := range c.Ports {
		defaultTo(&c.Ports[i].Protocol, corev1.ProtocolTCP)
	}
	for i := range c.Env {
		if from := c.Env[i].ValueFrom; from != nil && from.FieldRef != nil {
			defaultTo(&from.FieldRef.APIVersion, "v1")
		}
	}
	for _, probe := range []*corev1.Probe{c.LivenessProbe, c.ReadinessProbe, c.StartupProbe} {
		if probe != nil {
			defaultProbe(probe)
		}
	}
}

// movingTag reports whether an image's tag is missing or "latest".
func movingTag(image string) bool {
	for i := len(image) - 1; i >= 0; i-- {
		switch image[i] {
		case '@':
			return false
		case ':':
			return image[i+1:] == "latest"
		case '/':
			return true
		}
	}
	return true
}

func defaultProbe(p *corev1.Probe) {
	defaultTo(&p.TimeoutSeconds, 1)
	defaultTo(&p.PeriodSeconds, 10)
	defaultTo(&p.SuccessThreshold, 1)
	defaultTo(&p.FailureThreshold, 3)
	if get := p.HTTPGet; get != nil {
		defaultTo(&get.Path, "/")
		defaultTo(&get.Scheme, corev1.URISchemeHTTP)
	}
	if p.GRPC != nil {
		defaultPointer(&p.GRPC.Service, "")
	}
}

func defaultVolume(v *corev1.VolumeSource) {
	const readable = 0o644
	switch {
	case v.Secret != nil:
		defaultPointer(&v.Secret.DefaultMode, int32(readable))
	case v.ConfigMap != nil:
		defaultPointer(&v.ConfigMap.DefaultMode, int32(readable))
	case v.DownwardAPI != nil:
		defaultPointer(&v.DownwardAPI.DefaultMode, int32(readable))
	case v.Projected != nil:
		defaultPointer(&v.Projected.DefaultMode, int32(readable))
	case v.HostPath != nil:
		defaultPointer(&v.HostPath.Type, corev1.HostPathUnset)
	}
}

// defaultRequests requests what is limited, where nothing is requested.
func defaultRequests(r *corev1.ResourceRequirements) {
	for name, limit := range r.Limits {
		if _, requested := r.Requests[name]; requested {
			continue
		}
		if r.Requests == nil {
			r.Requests = corev1.ResourceList{}
		}
		r.Requests[name] = limit.DeepCopy()
	}
}

// qualityOfService is the pod's class, of CPU and memory alone.
func qualityOfService(spec *corev1.PodSpec) corev1.PodQOSClass {
	guaranteed, any := true, false
	for _, c := range slices.Concat(spec.InitContainers, spec.Containers) {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			request, limit := c.Resources.Requests[name], c.Resources.Limits[name]
			any = any || !request.IsZero() || !limit.IsZero()
			guaranteed = guaranteed && !limit.IsZero() && request.Cmp(limit) == 0
		}
	}
	switch {
	case !any:
		return corev1.PodQOSBestEffort
	case guaranteed:
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

func validatePodSpec(spec *corev1.PodSpec, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(spec.Containers) == 0 {
		errs = append(errs, field.Required(at.Child("containers"), ""))
	}
	volumes := map[string]bool{}
	for i, v := range spec.Volumes {
		if volumes[v.Name] {
			errs = append(errs, field.Duplicate(at.Child("volumes").Index(i).Child("name"), v.Name))
		}
		volumes[v.Name] = true
	}
	names := map[string]bool{}
	for i := range spec.InitContainers {
		errs = append(errs, validateContainer(&spec.InitContainers[i], names, volumes, at.Child("initContainers").Index(i))...)
	}
	for i := range spec.Containers {
		errs = append(errs, validateContainer(&spec.Containers[i], names, volumes, at.Child("containers").Index(i))...)
	}
	return errs
}

func validateContainer(c *corev1.Container, names, volumes map[string]bool, at *field.Path) field.ErrorList {
	var errs field.ErrorList
	switch {
	case c.Name == "":
		errs = append(errs, field.Required(at.Child("name"), ""))
	case names[c.Name]:
		errs = append(errs, field.Duplicate(at.Child("name"), c.Name))
	default:
		for _, message := range validation.IsDNS1123Label(c.Name) {
			errs = append(errs, field.Invalid(at.Child("name"), c.Name, message))
		}
	}
	names[c.Name] = true
	if c.Image == "" {
		errs = append(errs, field.Required(at.Child("image"), ""))
	}
	for i, e := range c.Env {
		if e.Name == "" {
			errs = append(errs, field.Required(at.Child("env").Index(i).Child("name"), ""))
		}
		if e.Value != "" && e.ValueFrom != nil {
			errs = append(errs, field.Invalid(at.Child("env").Index(i).Child("valueFrom"), "", "may not be specified when `value` is not empty"))
		}
	}
	for i, m := range c.VolumeMounts {
		mount := at.Child("volumeMounts").Index(i)
		if !volumes[m.Name] {
			errs = append(errs, field.NotFound(mount.Child("name"), m.Name))
		}
		if m.MountPath == "" {
			errs = append(errs, field.Required(mount.Child("mountPath"), ""))
		}
	}
	for name, limit := range c.Resources.Limits {
		if request, ok := c.Resources.Requests[name]; ok && request.Cmp(limit) > 0 {
			errs = append(errs, field.Invalid(at.Child("resources", "requests"), request.String(),
				"must be less than or equal to "+string(name)+" limit of "+limit.String()))
		}
	}
	return errs
}

// validatePodUpdate lets a pod's spec change only where the kubelet can follow:
// images, the deadline, more tolerations; and a pending pod be bound to a node.
func validatePodUpdate(obj, old runtime.Object) field.ErrorList {
	p, before := obj.(*corev1.Pod), old.(*corev1.Pod)
	allowed := p.Spec.DeepCopy()
	if len(allowed.Containers) == len(before.Spec.Containers) {
		for i := range allowed.Containers {
			allowed.Containers[i].Image = before.Spec.Containers[i].Image
		}
	}
	if len(allowed.InitContainers) == len(before.Spec.InitContainers) {
		for i := range allowed.InitContainers {
			allowed.InitContainers[i].Image = before.Spec.InitContainers[i].Image
		}
	}
	allowed.ActiveDeadlineSeconds = before.Spec.ActiveDeadlineSeconds
	allowed.SchedulingGates = before.Spec.SchedulingGates
	if n := len(before.Spec.Tolerations); len(allowed.Tolerations) >= n && equality.Semantic.DeepEqual(allowed.Tolerations[:n], before.Spec.Tolerations[:n]) {
		allowed.Tolerations = before.Spec.Tolerations
	}
	if before.Spec.NodeName == "" {
		allowed.NodeName = ""
	}
	if equality.Semantic.DeepEqual(*allowed, before.Spec) {
		return nil
	}
	return field.ErrorList{field.Forbidden(field.NewPath("spec"), "pod updates may not change fields other than "+
		"`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"+
		"`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "+
		"(allow it to be set to 1 if it was previously negative)")}
}
