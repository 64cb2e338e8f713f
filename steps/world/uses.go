package world

// Use is what a pod, or a workload by its template of pods, needs by name of its
// namespace: a Secret, a ConfigMap or a service account. New pods wait without it.
type Use struct {
	Kind Kind
	Name string
	User string // whose it is: "deployment web"
	How  string // where it is named: "envFrom of container web"
}
