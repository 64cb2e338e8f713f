package pages

import (
	"podsg/ui/theme"
	"podsg/ui/widget"
	"podsg/ui/wizard"
)

// Explanation is the long explanation of a page in a width: its drawing, and
// what there is to say beyond its first lines.
func Explanation(s *wizard.Session, p wizard.Page, width int) []string {
	t, g := s.Theme, p.Guide(s)
	var lines []string
	if len(g.Picture) > 0 {
		for _, line := range g.Picture {
			lines = append(lines, t.Paint(theme.Accent, line))
		}
	}
	for i, paragraph := range g.More {
		if i > 0 || len(lines) > 0 {
			lines = append(lines, "")
		}
		for _, line := range widget.Wrap(paragraph, width) {
			lines = append(lines, t.Paint(theme.Plain, line))
		}
	}
	return lines
}

var guides = map[wizard.PageID]wizard.Guide{
	wizard.PageCluster: {
		About: "podsg lets chosen pods, and no others, reach a database, and proves it. Choose the EKS cluster to work in. Nothing is changed before you confirm the plan.",
		Picture: []string{
			"  EKS cluster                             RDS",
			"  ┌───────────────────────────┐           ┌────────────┐",
			"  │ green pod ─ its own ENI   ├─ allowed ─→ PostgreSQL │",
			"  │ red pod   ─ the node's ENI├─ dropped ─×            │",
			"  └───────────────────────────┘           └────────────┘",
		},
		More: []string{
			"A security group is a firewall around a network interface (ENI). All pods of a node share the node's interfaces, so a rule that lets one of them reach a database lets all of them in.",
			"With security groups for pods, a pod gets a network interface of its own, with security groups of its own. The database then admits that group and nothing else.",
			"podsg asks a few questions, most of them answered by what it finds. Then it shows everything it would do, with the costs, and only changes something when you say so. What it made it can remove again: podsg cleanup.",
		},
	},
	wizard.PageAccess: {
		About: "Who podsg works as, in AWS and in the cluster, and whether that is enough. A missing permission is found now, not half-way through.",
		More: []string{
			"The AWS credentials come from where the aws command takes them: environment, profile, single sign-on or the instance. The cluster's API is reached with your kubeconfig, or, when it has no entry for this cluster, with a token made from the same credentials.",
			"The AWS permissions are asked for with a policy simulation, which changes nothing. It does not see every condition, so its no is a warning; the Kubernetes API answers for certain.",
			"What could not be read is listed as a gap. podsg never guesses in its place: a plan that would rest on a gap is not made.",
			"The exact permissions to ask an administrator for: podsg permissions.",
		},
	},
	wizard.PageNetwork: {
		About: "Pods with a security group of their own still ask the cluster's DNS for names. So the group in front of the DNS pods must admit them on port 53.",
		Picture: []string{
			"  green pod ─────── 53, tcp and udp ───→ CoreDNS pod",
			"  (pods' group)                          (nodes' group)",
		},
		More: []string{
			"Many guides find the nodes' security group by a wildcard on its Name tag and take the first match. With two clusters whose names begin alike, that can be the other cluster's group. podsg looks at which groups the nodes' primary interfaces, and the interfaces that hold the DNS pods' addresses, really carry.",
			"The cluster security group that EKS makes is on nodes of managed node groups without a security group in their launch template. Other nodes (self-managed, Karpenter, the Terraform module) often have a group of their own, and a rule on a group that they do not carry does nothing.",
		},
	},
	wizard.PageNodes: {
		About: "Such pods run only on nodes whose instance type can have a trunk network interface. Each takes one branch of it, and every type has a limit.",
		Picture: []string{
			"  node",
			"  ├─ node ENI ──────── other pods: nodes' group",
			"  └─ trunk ENI",
			"     ├─ VLAN 1: branch ENI ── green pod: pods' group",
			"     ├─ VLAN 2: branch ENI ── green pod: pods' group",
			"     └─ … as many as the instance type allows",
		},
		More: []string{
			"A trunk interface takes one of the node's interface slots; on a node whose slots are all in use it can only be attached after the node has been drained or replaced.",
			"The limit of branch interfaces is a separate, smaller number than the one of pods: an m5.large runs 29 pods, 9 of them with a security group of their own. After a pod is deleted its branch interface rests for a minute before it is free again.",
			"Types of the t family (t2, t3, t4g) have no trunk. Pods that match the policy are not placed on such nodes: they wait until there is room on another one.",
			"The numbers are those of the VPC resource controller's own table. A type that is newer than the table is called unknown, not unsupported.",
		},
	},
	wizard.PagePodGroup: {
		About: "The security group that the chosen pods get in place of the nodes'. Its main purpose is to be named: the database admits it, and so these pods only.",
		More: []string{
			"podsg makes a new group that lets everything out, and nothing in but what kubelet's probes need. What a pod may reach is then decided by the groups at the other end.",
			"An existing group can be used as well. podsg adds the rules that are missing and leaves the others as they are. A group in another VPC cannot be used: an interface carries groups of its own VPC only.",
			"A look-alike is never adopted silently: a group called POD_SG that podsg did not make has to be chosen here.",
		},
	},
	wizard.PageDatabase: {
		About: "The database that only the chosen pods may reach. podsg makes a small one to try it with, or opens one that exists to these pods.",
		More: []string{
			"A new database is put into private subnets, reachable from within the VPC only, without backups: it is meant for trying. What it costs a month is shown on the plan. podsg cleanup deletes it again.",
			"Of a database that exists podsg changes nothing but one rule of its security group, and that only after the plan has been confirmed. Nothing is written to it unless you ask for the test table.",
			"A database in another VPC cannot name the pods' group in a rule. Engines other than PostgreSQL work as far as rules and policy go; the test table and the test pods are left out.",
		},
	},
	wizard.PageLogin: {
		About: "The database that will be made. Its password is random, is never shown, and is kept in RDS and in the pods' Secret alone.",
		More: []string{
			"The class and the version are checked against what RDS offers in this region. The smallest class is enough for trying.",
			"Private subnets are the right choice: then the database has no address outside the VPC. To fill the test table podsg reaches it through a pod that carries the pods' security group, so that nothing has to be opened for that.",
			"RDS wants subnets in at least two availability zones even for a database in one. podsg takes one subnet of each zone.",
		},
	},
	wizard.PageRules: {
		About: "Few rules decide who reaches what: the database admits the pods' group on its port, the DNS pods admit it on port 53. Nothing wider is added.",
		Picture: []string{
			"  pods' group ───── database port ────→ database's group",
			"  pods' group ───── 53 tcp and udp ───→ nodes' group",
			"  nodes' group ──── probe ports ──────→ pods' group",
			"  nodes' group ──── no rule ──────────× database's group",
		},
		More: []string{
			"A rule that names a security group as its source admits every interface that carries this group, whatever its address is. So pods can come and go, and no address has to be known.",
			"Rules are stateful: answers to what was let in or out need no rule of their own.",
			"When the database's group admits more than that, the nodes' group, for instance, or the whole VPC, then every pod reaches the database and the proof fails. The checks name the rule that is too wide.",
		},
	},
	wizard.PagePolicy: {
		About: "A SecurityGroupPolicy says which pods get the group: by their labels, or by their service account's. It works on new pods; running ones keep what they have.",
		Picture: []string{
			"  SecurityGroupPolicy allow-rds-access",
			"    pods with app=green-pod ──→ the pods' group",
			"    all other pods ───────────→ as before",
		},
		More: []string{
			"When a pod is created, a webhook of EKS looks for policies in its namespace that select it, and adds a request for one branch interface. The scheduler then places the pod on a node that has one free.",
			"A selector by service account looks at the labels of the ServiceAccount object, not at its name. When both selectors are given, both must match.",
			"An empty selector catches every pod of the namespace. podsg wants an explicit yes to that.",
			"Pods that run already are not touched. Restart them to give them the group: kubectl rollout restart.",
		},
	},
	wizard.PageCNI: {
		About: "The VPC CNI gives pods their addresses. It is told to ask for trunk interfaces, which restarts its own pods, node by node. Your pods keep running.",
		More: []string{
			"When the CNI is a managed EKS add-on, podsg changes the add-on's configuration, merged with what is there, because a change of the DaemonSet alone is lost with the next update. Otherwise it sets two variables of the DaemonSet aws-node and nothing else.",
			"In standard mode all traffic within the VPC passes the pods' group, and probes, NodeLocal DNSCache and Pod Identity keep working. Traffic that leaves the VPC, and traffic between pods of the same node, may use the node's group.",
			"In strict mode everything passes the pods' group alone. Kubelet's TCP and HTTP probes then need DISABLE_TCP_EARLY_DEMUX=true, and there is no way to the internet from a public subnet.",
		},
	},
	wizard.PageProof: {
		About: "Pods read address and password from a Secret. For the proof, two test pods try the database: green must connect, red must time out.",
		Picture: []string{
			"  green-pod ── branch ENI ── pods' group ───→ connected",
			"  red-pod ──── node's ENI ── nodes' group ──× timed out",
		},
		More: []string{
			"Green counts only when the database has seen it come from the address of its own branch interface, and when that interface carries exactly the policy's groups.",
			"Red counts only when its attempt timed out: a refused password would mean that the network let it through.",
			"Both pods run the same image with psql, verify the database's certificate, and hold the password nowhere but in a reference to the Secret.",
		},
	},
	wizard.PagePlan: {
		About: "Everything that will be done, and nothing else. So far nothing has been changed. Each change says why, with which command, and how it is undone.",
		More: []string{
			"+ makes an object, ~ changes one, - removes one. Changes that do not depend on each other run at the same time.",
			"Everything that podsg makes is tagged (podsg:cluster and app.kubernetes.io/managed-by) or labelled. What it changes is written to a journal in the cluster, kube-system/podsg-journal, with the values from before, so that podsg cleanup can bring them back from any machine.",
			"x writes the plan to a file: as text, as a shell script or as Terraform, to be read, reviewed or run by someone else.",
			"The prices are taken from a table in podsg that carries its date. Traffic and storage beyond the first gigabytes are not in them.",
		},
	},
	wizard.PageRun: {
		About: "The changes are made, several at a time where they do not depend on each other. Then comes the proof. It can be stopped, and gone on with later.",
		More: []string{
			"A new database takes five to ten minutes; the CNI restarts its pods a tenth of the nodes at a time. Everything else takes seconds.",
			"While a pod starts, the cluster may report a few times that it could not assign an address. That heals by itself as soon as the branch interface is attached, and podsg does not report it as an error.",
			"Stopping is safe: what has been done is in the journal, and the next run looks at the world and plans what is missing.",
		},
	},
	wizard.PageVerdict: {
		About: "What the test pods saw, what was made, and what to do next.",
		More: []string{
			"Your own pods get the security group when they carry the labels of the policy and are created in its namespace. Give them the Secret for address and password.",
			"podsg diagnose runs every check at any time. podsg cleanup removes what podsg made and restores what it changed.",
		},
	},
	wizard.PageDiagnosis: {
		About: "Every check on the cluster as it is now; nothing is changed. What fails is open, with what was seen and how to mend it.",
		More: []string{
			"A check passes, warns, fails, or is skipped when something that it needs could not be read; the reason is given.",
			"f plans the changes that podsg can make to mend what fails; nothing happens before you confirm that plan. r reads everything again.",
		},
	},
}

// guideExistingDatabase is the guide of the database's settings when it exists.
var guideExistingDatabase = wizard.Guide{
	About: "How the test pods log in to your database. podsg reads the password from where you keep it, puts it into the pods' Secret, and never shows it.",
	More: []string{
		"A password can be read from an environment variable, a file, AWS Secrets Manager (where RDS keeps the master password if you let it), or a Secret of the cluster. It is never typed into this screen, and never part of the answers.",
		"The rule that admits the pods is added to one security group of the database. When it carries several, choose the one that is meant for its clients.",
	},
}
