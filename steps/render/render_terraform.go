package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"podsg/steps/cni"
	"podsg/steps/database"
	"podsg/steps/iam"
	"podsg/steps/intent"
	"podsg/steps/network"
	"podsg/steps/plan"
	"podsg/steps/policy"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// The first versions with write-only arguments, by which the database password
// reaches RDS and the Secret without being kept in Terraform's state, and none
// of the next major version, which may change what an argument means.
const (
	terraformVersion           = "~> 1.11"
	terraformAWSVersion        = "~> 6.0"
	terraformKubernetesVersion = "~> 2.38"
)

// RenderPlanTerraform is the plan as a Terraform configuration. What only
// podsg does (waiting, the welcome table, the proof) is left out and said so.
func RenderPlanTerraform(p *plan.Plan, region string) string {
	w := terraformWriter{addresses: map[string]string{}, secret: lastSecret(p)}
	for _, c := range p.Changes {
		w.change(c)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Security groups for pods on EKS cluster %s: the plan of podsg for Terraform.\n", comment(p.Cluster))
	b.WriteString("# Configure the provider \"kubernetes\" for the cluster before you apply it.\n")
	if slices.ContainsFunc(w.blocks, func(b *hclBlock) bool { return b.kind == "import" }) {
		b.WriteString("# The VPC CNI was there before. \"terraform destroy\" leaves it running, without its add-on;\n")
		b.WriteString("# \"terraform state rm aws_eks_addon.vpc_cni\" before that leaves the add-on too.\n")
	}
	for _, note := range w.notes {
		fmt.Fprintf(&b, "# Not here: %s\n", note)
	}
	b.WriteByte('\n')
	blocks := []*hclBlock{w.requirements(), w.provider(region)}
	if w.password {
		blocks = append(blocks, passwordInput())
	}
	for i, block := range append(blocks, w.blocks...) {
		if i > 0 {
			b.WriteByte('\n')
		}
		block.write(&b, "")
	}
	return b.String()
}

// TerraformResources are the resources of one change, for a configuration that is
// there already.
func TerraformResources(c plan.Change) string {
	w := terraformWriter{addresses: map[string]string{}}
	w.change(c)
	var b strings.Builder
	for _, block := range w.blocks {
		if block.kind == "resource" {
			block.write(&b, "")
		}
	}
	return b.String()
}

// terraformWriter collects the blocks of a configuration.
type terraformWriter struct {
	blocks     []*hclBlock
	addresses  map[string]string // change id → address of its resource
	notes      []string
	password   bool
	kubernetes bool
	// secret is the id of the change that completes the connection Secret, and
	// secretNeeds what the earlier ones that write it need.
	secret      string
	secretNeeds []string
}

// lastSecret is the id of the last change that writes the connection Secret:
// podsg writes it before and after the database is made, Terraform once.
func lastSecret(p *plan.Plan) string {
	id := ""
	for _, c := range p.Changes {
		if _, ok := c.Action.(database.StoreConnection); ok {
			id = c.ID
		}
	}
	return id
}

// change adds the resource of a change, or a note that there is none.
func (w *terraformWriter) change(c plan.Change) {
	switch a := c.Action.(type) {
	case network.CreateSecurityGroup:
		w.securityGroup(c, a)
	case network.AddRule:
		w.rule(c, a)
	case database.CreateSubnetGroup:
		r := w.resource(c, "aws_db_subnet_group", identifier(c.ID))
		r.set("name", a.Name)
		r.set("description", a.Description)
		r.set("subnet_ids", a.SubnetIDs)
		r.set("tags", a.Tags)
	case database.CreateDatabaseInstance:
		w.database(c, a)
	case iam.AttachPolicy:
		r := w.resource(c, "aws_iam_role_policy_attachment", identifier(c.ID))
		r.set("role", a.Role)
		r.set("policy_arn", a.PolicyARN)
	case cni.ConfigureAddon:
		w.addon(c, a)
	case cni.PatchDaemonSet:
		w.daemonSet(c, a)
	case plan.ApplyObject:
		w.manifest(c, a.Manifest)
	case policy.ApplyPolicy:
		w.manifest(c, terraformManifest(a))
	case database.StoreConnection:
		w.connection(c, a)
	default:
		w.notes = append(w.notes, comment(c.Summary))
	}
}

// resource starts a resource block, after the resources that its change needs.
func (w *terraformWriter) resource(c plan.Change, kind, name string) *hclBlock {
	address := kind + "." + name
	w.addresses[c.ID] = address
	var needs []any
	for _, id := range c.Needs {
		if need, ok := w.addresses[id]; ok && !slices.Contains(needs, any(hclExpr(need))) {
			needs = append(needs, hclExpr(need))
		}
	}
	block := &hclBlock{kind: "resource", labels: []string{kind, name}}
	if len(needs) > 0 {
		block.set("depends_on", needs)
	}
	w.blocks = append(w.blocks, block)
	return block
}

func (w *terraformWriter) securityGroup(c plan.Change, a network.CreateSecurityGroup) {
	name := identifier(a.Output)
	r := w.resource(c, "aws_security_group", name)
	r.set("name", a.Name)
	r.set("description", a.Description)
	r.set("vpc_id", a.VPCID)
	r.set("tags", a.Tags)
	// Terraform takes away the rule that EC2 gives a new group: to reach
	// everything. Pods need it for DNS and for the database.
	egress := &hclBlock{kind: "resource", labels: []string{"aws_vpc_security_group_egress_rule", name + "_all"}}
	egress.set("security_group_id", groupExpr(intent.OutputRef(a.Output, a.Name)))
	egress.set("ip_protocol", "-1")
	egress.set("cidr_ipv4", "0.0.0.0/0")
	w.blocks = append(w.blocks, egress)
}

func (w *terraformWriter) rule(c plan.Change, a network.AddRule) {
	r := w.resource(c, fmt.Sprintf("aws_vpc_security_group_%s_rule", a.Direction), identifier(c.ID))
	r.set("security_group_id", groupExpr(a.Group))
	r.set("ip_protocol", a.Protocol)
	r.set("from_port", a.Port)
	r.set("to_port", a.Port)
	r.set("referenced_security_group_id", groupExpr(a.Peer))
	r.set("description", a.Description)
	r.set("tags", a.Tags)
}

// groupExpr is a security group's id: the id itself, or a reference to the
// resource that makes it.
func groupExpr(ref intent.Ref) any {
	if ref.ID != "" {
		return ref.ID
	}
	return hclExpr("aws_security_group." + identifier(ref.Output) + ".id")
}

func (w *terraformWriter) database(c plan.Change, a database.CreateDatabaseInstance) {
	w.password = true
	r := w.resource(c, "aws_db_instance", identifier(a.Identifier))
	r.set("identifier", a.Identifier)
	r.set("db_name", a.Name)
	r.set("engine", intent.PostgreSQL().RDS)
	if a.EngineVersion != "" {
		r.set("engine_version", a.EngineVersion)
	}
	r.set("instance_class", a.Class)
	r.set("allocated_storage", a.StorageGiB)
	r.set("storage_type", "gp3")
	r.set("storage_encrypted", true)
	r.set("port", a.Port)
	r.set("username", a.Username)
	r.set("password_wo", hclExpr("var.database_password"))
	r.set("password_wo_version", 1)
	r.set("db_subnet_group_name", a.SubnetGroup)
	r.set("vpc_security_group_ids", []any{groupExpr(a.Group)})
	r.set("publicly_accessible", a.Public)
	r.set("backup_retention_period", 0)
	r.set("skip_final_snapshot", true)
	r.set("tags", a.Tags)
}

func (w *terraformWriter) addon(c plan.Change, a cni.ConfigureAddon) {
	values, err := world.MergeAddonValues(a.Current, a.Settings)
	if err != nil {
		w.notes = append(w.notes, comment(c.Summary)+": "+err.Error())
		return
	}
	// The add-on exists: Terraform has to adopt it, not make it.
	adopt := &hclBlock{kind: "import"}
	adopt.set("to", hclExpr("aws_eks_addon.vpc_cni"))
	adopt.set("id", a.Cluster+":"+world.AddonVPCCNI)
	w.blocks = append(w.blocks, adopt)
	r := w.resource(c, "aws_eks_addon", "vpc_cni")
	r.set("cluster_name", a.Cluster)
	r.set("addon_name", world.AddonVPCCNI)
	r.set("configuration_values", values)
	conflicts := "PRESERVE"
	if a.Overwrite {
		conflicts = "OVERWRITE"
	}
	r.set("resolve_conflicts_on_update", conflicts)
	// Every pod needs the VPC CNI: destroying this configuration must not take it away.
	r.set("preserve", true)
	if a.Role != "" {
		r.set("service_account_role_arn", a.Role)
	}
}

func (w *terraformWriter) daemonSet(c plan.Change, a cni.PatchDaemonSet) {
	for _, container := range []struct {
		attr, name string
		env        map[string]string
	}{{"container", "aws-node", a.Settings.Env}, {"init_container", "aws-vpc-cni-init", a.Settings.InitEnv}} {
		if len(container.env) == 0 {
			continue
		}
		w.kubernetes = true
		r := w.resource(c, "kubernetes_env", identifier(container.name))
		r.set("api_version", "apps/v1")
		r.set("kind", "DaemonSet")
		r.set(container.attr, container.name)
		r.set("force", true)
		meta := r.block("metadata")
		meta.set("name", world.DaemonSetCNI)
		meta.set("namespace", "kube-system")
		for _, name := range slices.Sorted(maps.Keys(container.env)) {
			env := r.block("env")
			env.set("name", name)
			env.set("value", container.env[name])
		}
	}
}

func (w *terraformWriter) manifest(c plan.Change, m plan.Manifest) {
	w.kubernetes = true
	w.resource(c, "kubernetes_manifest", identifier(c.ID)).set("manifest", m)
}

// terraformManifest is the policy with references to its security groups.
func terraformManifest(a policy.ApplyPolicy) plan.Manifest {
	m := a.Manifest(nil)
	groups := make([]any, len(a.Groups))
	for i, g := range a.Groups {
		groups[i] = groupExpr(g)
	}
	m["spec"].(map[string]any)["securityGroups"] = map[string]any{"groupIds": groups}
	return m
}

func (w *terraformWriter) connection(c plan.Change, a database.StoreConnection) {
	if c.ID != w.secret {
		w.secretNeeds = append(w.secretNeeds, c.Needs...)
		return
	}
	c.Needs = append(w.secretNeeds, c.Needs...)
	w.password, w.kubernetes = true, true
	data := map[string]any{
		intent.KeyDatabase: a.Database, intent.KeyUsername: a.Username, intent.KeyPort: shell.PortText(a.Port), intent.KeySSLMode: a.SSLMode,
		intent.KeyPassword: hclExpr("var.database_password"),
	}
	switch {
	case a.Host != "":
		data[intent.KeyHost] = a.Host
	case a.AwaitHost:
		data[intent.KeyHost] = hclExpr("aws_db_instance." + identifier(a.Identifier) + ".address")
	}
	r := w.resource(c, "kubernetes_secret_v1", identifier(a.Secret.Name))
	r.set("data_wo", data)
	r.set("data_wo_revision", 1)
	meta := r.block("metadata")
	meta.set("name", a.Secret.Name)
	meta.set("namespace", a.Secret.Namespace)
	meta.set("labels", map[string]string{world.LabelManagedBy: world.ManagedBy})
}

func (w *terraformWriter) requirements() *hclBlock {
	block := &hclBlock{kind: "terraform"}
	block.set("required_version", terraformVersion)
	providers := block.block("required_providers")
	providers.set("aws", map[string]any{"source": "hashicorp/aws", "version": terraformAWSVersion})
	if w.kubernetes {
		providers.set("kubernetes", map[string]any{"source": "hashicorp/kubernetes", "version": terraformKubernetesVersion})
	}
	return block
}

func (w *terraformWriter) provider(region string) *hclBlock {
	block := &hclBlock{kind: "provider", labels: []string{"aws"}}
	block.set("region", region)
	return block
}

func passwordInput() *hclBlock {
	block := &hclBlock{kind: "variable", labels: []string{"database_password"}}
	block.set("description", "Password of the database's master user: 8 to 128 printable characters without / \" @ and space.")
	block.set("type", hclExpr("string"))
	block.set("sensitive", true)
	block.set("ephemeral", true)
	return block
}

// identifier makes a Terraform name of an id.
func identifier(id string) string {
	name := strings.Map(func(r rune) rune {
		if r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, id)
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "_" + name
	}
	return name
}
