package facts

import (
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"podsg/steps/world"
)

// Deployment reduces a Deployment to what podsg looks at.
func Deployment(d *appsv1.Deployment) world.Workload {
	w := workload(d, world.WorkloadDeployment, &d.Spec.Template, d.Spec.Selector)
	w.Replicas, w.Ready, w.Updated = int(ptr.Deref(d.Spec.Replicas, 1)), int(d.Status.ReadyReplicas), int(d.Status.UpdatedReplicas)
	w.Strategy = string(d.Spec.Strategy.Type)
	if r := d.Spec.Strategy.RollingUpdate; r != nil {
		w.Surge = surge(r.MaxSurge, "25%", w.Replicas)
	}
	return w
}

// StatefulSet reduces a StatefulSet to what podsg looks at.
func StatefulSet(s *appsv1.StatefulSet) world.Workload {
	w := workload(s, world.WorkloadStatefulSet, &s.Spec.Template, s.Spec.Selector)
	w.Replicas, w.Ready, w.Updated = int(ptr.Deref(s.Spec.Replicas, 1)), int(s.Status.ReadyReplicas), int(s.Status.UpdatedReplicas)
	w.Strategy = string(s.Spec.UpdateStrategy.Type)
	return w
}

// DaemonSet reduces a DaemonSet to what podsg looks at.
func DaemonSet(d *appsv1.DaemonSet) world.Workload {
	w := workload(d, world.WorkloadDaemonSet, &d.Spec.Template, d.Spec.Selector)
	w.Replicas, w.Ready, w.Updated = int(d.Status.DesiredNumberScheduled), int(d.Status.NumberReady), int(d.Status.UpdatedNumberScheduled)
	w.Strategy = string(d.Spec.UpdateStrategy.Type)
	if r := d.Spec.UpdateStrategy.RollingUpdate; r != nil {
		w.Surge = surge(r.MaxSurge, "0", w.Replicas)
	}
	return w
}

// Job reduces a Job to what podsg looks at: one that has ended has no pods.
func Job(j *batchv1.Job) world.Workload {
	w := workload(j, world.WorkloadJob, &j.Spec.Template, j.Spec.Selector)
	w.Replicas, w.Ready = int(ptr.Deref(j.Spec.Parallelism, 1)), int(ptr.Deref(j.Status.Ready, 0))
	ended := slices.ContainsFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool {
		return (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue
	})
	if ended || ptr.Deref(j.Spec.Suspend, false) {
		w.Replicas = 0
	}
	return w
}

// CronJob reduces a CronJob to what podsg looks at.
func CronJob(c *batchv1.CronJob) world.Workload {
	w := workload(c, world.WorkloadCronJob, &c.Spec.JobTemplate.Spec.Template, nil)
	w.Replicas = int(ptr.Deref(c.Spec.JobTemplate.Spec.Parallelism, 1))
	if ptr.Deref(c.Spec.Suspend, false) {
		w.Replicas = 0
	}
	return w
}

// WorkloadOfPod is the workload of a pod whose controller is known by the pod
// only, under the controller's kind and name.
func WorkloadOfPod(p *corev1.Pod, kind, name string) world.Workload {
	w := workload(p, kind, &corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: p.Labels}, Spec: p.Spec}, nil)
	if kind != world.WorkloadPod {
		w.ObjectFacts = world.ObjectFacts{Namespace: p.Namespace, CreatedAt: p.CreationTimestamp.Time}
	}
	w.Name = name
	return w
}

func workload(object metav1.Object, kind string, template *corev1.PodTemplateSpec, selector *metav1.LabelSelector) world.Workload {
	ports, _ := Probes(&template.Spec)
	w := world.Workload{
		ObjectFacts:    Object(object),
		Kind:           kind,
		PodLabels:      maps.Clone(template.Labels),
		Selector:       Selector(selector),
		ServiceAccount: template.Spec.ServiceAccountName,
		HostNetwork:    template.Spec.HostNetwork,
		Windows:        onWindows(&template.Spec),
		ProbePorts:     ports,
		Ports:          containerPorts(&template.Spec),
		NamedPorts:     namedPorts(&template.Spec),
		Scheduling:     scheduling(&template.Spec),
	}
	w.Labels = maps.Clone(w.Labels)
	if owner := metav1.GetControllerOf(object); owner != nil {
		w.Owner = owner.Kind + "/" + owner.Name
	}
	return w
}

// containerPorts are the TCP ports that containers say they listen on.
func containerPorts(spec *corev1.PodSpec) []int {
	var out []int
	for i := range spec.Containers {
		for _, p := range spec.Containers[i].Ports {
			if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
				out = append(out, int(p.ContainerPort))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// scheduling is what a pod asks of its node.
func scheduling(spec *corev1.PodSpec) world.Scheduling {
	out := world.Scheduling{NodeSelector: maps.Clone(spec.NodeSelector)}
	for _, t := range spec.Tolerations {
		out.Tolerations = append(out.Tolerations, world.Toleration{Key: t.Key, Operator: string(t.Operator), Value: t.Value, Effect: string(t.Effect)})
	}
	if a := spec.Affinity; a != nil && a.NodeAffinity != nil && a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		for _, term := range a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
			out.Terms = append(out.Terms, world.NodeTerm{Labels: requirements(term.MatchExpressions), Names: requirements(term.MatchFields)})
		}
	}
	return out
}

func requirements(all []corev1.NodeSelectorRequirement) []world.SelectorRequirement {
	var out []world.SelectorRequirement
	for _, r := range all {
		out = append(out, world.SelectorRequirement{Key: r.Key, Operator: string(r.Operator), Values: slices.Clone(r.Values)})
	}
	return out
}

// surge is how many pods a roll-out may add, of a number or of a share.
func surge(wanted *intstr.IntOrString, def string, replicas int) int {
	if wanted == nil {
		wanted = ptr.To(intstr.Parse(def))
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(wanted, replicas, true)
	if err != nil {
		return 0
	}
	return n
}
