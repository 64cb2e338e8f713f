package world

import "testing"

func TestTheToolThatMakesAnObjectIsKnownByItsMarks(t *testing.T) {
	t.Parallel()
	type m = map[string]string
	for _, c := range []struct {
		name  string
		marks Marks
		want  string // empty: nobody's
	}{
		{"nothing", Marks{}, ""},
		{"podsg", Marks{Labels: m{LabelManagedBy: ManagedBy}, Managers: []string{FieldManager}, Tags: OwnershipTags("workshop")}, ""},
		{"EKS", Marks{Managers: []string{"eks", "kube-controller-manager"}, Tags: m{"aws:eks:cluster-name": "workshop", "kubernetes.io/cluster/workshop": "owned"}}, ""},
		{"kubectl", Marks{Managers: []string{"kubectl-client-side-apply", "kubectl-edit"}}, ""},
		{"a chart that kubectl applied", Marks{Labels: m{LabelManagedBy: "Helm", "helm.sh/chart": "aws-vpc-cni-1.23.2"}}, ""},

		{"Helm", Marks{Labels: m{LabelManagedBy: "Helm"}, Annotations: m{"meta.helm.sh/release-name": "aws-vpc-cni", "meta.helm.sh/release-namespace": "kube-system"}}, "Helm (release kube-system/aws-vpc-cni)"},
		{"Argo CD by its annotation", Marks{Annotations: m{"argocd.argoproj.io/tracking-id": "cni:apps/DaemonSet:kube-system/aws-node"}}, "Argo CD (application cni)"},
		{"Argo CD by a label", Marks{Labels: m{"argocd.argoproj.io/instance": "cni"}}, "Argo CD (application cni)"},
		{"Argo CD that renders a chart", Marks{Labels: m{LabelManagedBy: "Helm", "argocd.argoproj.io/instance": "cni"}}, "Argo CD (application cni)"},
		{"Argo CD by server-side apply", Marks{Managers: []string{"argocd-controller"}}, "Argo CD"},
		{"a label that many set", Marks{Labels: m{"app.kubernetes.io/instance": "aws-vpc-cni"}}, ""},
		{"a Kustomization of Flux", Marks{Labels: m{"kustomize.toolkit.fluxcd.io/name": "infra", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}, "Flux (source flux-system/infra)"},
		{"a HelmRelease of Flux", Marks{Labels: m{"helm.toolkit.fluxcd.io/name": "cni", "helm.toolkit.fluxcd.io/namespace": "kube-system"}, Annotations: m{"meta.helm.sh/release-name": "cni"}}, "Flux (source kube-system/cni)"},
		{"Flux by its field manager", Marks{Managers: []string{"kustomize-controller"}}, "Flux"},
		{"kustomize by its label", Marks{Labels: m{LabelManagedBy: "kustomize-v5.4.1"}}, "kustomize"},
		{"kustomize by its origin", Marks{Annotations: m{"config.kubernetes.io/origin": "path: aws-node.yaml"}}, "kustomize"},
		{"Terraform's provider", Marks{Managers: []string{"Terraform"}}, "Terraform"},
		{"an older provider", Marks{Managers: []string{"HashiCorp"}}, "Terraform"},
		{"Terraform's tag", Marks{Tags: m{"Terraform": "true"}}, "Terraform"},
		{"not Terraform's tag", Marks{Tags: m{"terraform": "false"}}, ""},
		{"ManagedBy", Marks{Tags: m{"ManagedBy": "terraform"}}, "Terraform"},
		{"managed-by", Marks{Tags: m{"managed-by": "Terraform Cloud"}}, "Terraform"},
		{"OpenTofu", Marks{Tags: m{"Managed_By": "opentofu"}}, "Terraform"},
		{"a blueprint's label", Marks{Labels: m{LabelManagedBy: "terraform-aws-eks-blueprints"}}, "Terraform"},
		{"a name that tells nothing", Marks{Tags: m{"Name": "terraform-vpc", "team": "terraform"}}, ""},
		{"Pulumi", Marks{Managers: []string{"pulumi-kubernetes-1a2b3c"}}, "Pulumi"},
		{"eksctl", Marks{Tags: m{"alpha.eksctl.io/cluster-name": "workshop", "aws:cloudformation:stack-name": "eksctl-workshop-cluster"}}, "eksctl (cluster workshop)"},
		{"an older eksctl", Marks{Tags: m{"eksctl.cluster.k8s.io/v1alpha1/cluster-name": "workshop"}}, "eksctl (cluster workshop)"},
		{"CloudFormation", Marks{Tags: m{"aws:cloudformation:stack-name": "shop-db"}}, "CloudFormation (stack shop-db)"},
	} {
		have := ""
		if owner := OwnerOf(c.marks); owner != nil {
			have = owner.String()
		}
		if have != c.want {
			t.Errorf("%s: %q, want %q", c.name, have, c.want)
		}
	}
}
