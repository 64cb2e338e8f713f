package controller

import (
	"strings"

	"podsg/steps/check"
	"podsg/steps/say"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// Unmade is a workload whose pods cannot be made, in the words of what refuses
// them.
type Unmade struct {
	Workload world.Workload
	Message  string
}

// UnmadeIn are the workloads of a namespace, of those that are meant, whose pods
// still cannot be made, for whatever reason: each with the newest refusal.
func UnmadeIn(s *world.Snapshot, namespace string, meant func(world.Workload) bool) []Unmade {
	if _, missing := s.Missing(world.FactEvents); missing {
		return nil
	}
	var out []Unmade
	seen := map[string]bool{}
	for _, e := range s.Newest("FailedCreate", namespace) {
		w, ok := s.WorkloadNamed(e.Kind, e.Namespace, e.Name)
		if !ok || seen[w.Kind+"/"+w.Name] || !meant(w) || !stillRefused(s, e) {
			continue
		}
		seen[w.Kind+"/"+w.Name] = true
		out = append(out, Unmade{w, e.Message})
	}
	return out
}

// Line is the workload with the refusal.
func (u Unmade) Line() string { return u.Workload.Kind + " " + u.Workload.Name + ": " + u.Message }

// Explain mends a finding by what refuses the pods: each refusal has its own fix.
func (u Unmade) Explain(f *check.Finding) {
	namespace := u.Workload.Namespace
	webhook := ""
	if _, rest, ok := strings.Cut(u.Message, `admission webhook "`); ok {
		webhook, _, _ = strings.Cut(rest, `"`)
	}
	switch {
	case strings.Contains(u.Message, "violates PodSecurity"):
		f.Mend(say.T("give the pod template the security context that the namespace's Pod Security level demands, as the refusal lists it, or label the namespace with a level that allows the pods"),
			shell.Command("kubectl get namespace %s --show-labels", namespace))
	case strings.Contains(u.Message, "exceeded quota"), strings.Contains(u.Message, "failed quota"), strings.Contains(u.Message, " usage per "):
		f.Mend(say.T("raise the quota or limit that the refusal names, or ask for less in the pod template"), shell.Command("kubectl -n %s describe resourcequotas,limitranges", namespace))
	case strings.Contains(u.Message, "error looking up service account"):
		f.Mend(say.T("make the service account that the pod template names; the pods are tried again by themselves"), shell.Command("kubectl -n %s get serviceaccounts", namespace))
	case webhook != "":
		f.Mend(say.T("see what webhook %s demands: it is none of podsg's, nor of EKS's for security groups for pods", webhook), "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations")
	case strings.Contains(u.Message, "ValidatingAdmissionPolicy"):
		f.Mend(say.T("see what the admission policy that the refusal names demands"), "kubectl get validatingadmissionpolicies,validatingadmissionpolicybindings")
	default:
		f.Mend(say.T("see the refusal"), shell.Command("kubectl -n %s describe %s %s", namespace, strings.ToLower(u.Workload.Kind), u.Workload.Name))
	}
}
