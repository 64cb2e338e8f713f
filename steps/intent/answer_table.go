package intent

import (
	"slices"
	"strconv"
	"strings"

	"podsg/steps/world"
)

// Answers lists everything that can be answered, in the order of the help. Where
// two answers fill in the same part of an intent, the one that chooses the part
// comes first.
func Answers() []Answer {
	return slices.Concat(whereAnswers(), workloadAnswers(), podAnswers(), groupAnswers(), databaseAnswers(), configurationAnswers(), probeAnswers())
}

// The flags that are switches take these values.
var switchValues = []string{"true", "false"}

const switchPlaceholder = "bool"

// whereAnswers say where to work.
func whereAnswers() []Answer {
	return []Answer{
		{
			Key: "cluster", Flag: "cluster", Placeholder: "NAME", Usage: "EKS cluster", Page: "cluster",
			Keys: []AnswerKey{{"cluster", "text", "discovered: the region's only cluster, or the one that the current kubeconfig context points at; else a question", ""}},
			set:  setText(func(in *Intent) *string { return &in.Cluster }),
			get:  func(in Intent) string { return in.Cluster },
			check: func(c *checker, in Intent) {
				c.pattern("cluster", in.Cluster, clusterName)
			},
		},
		{
			Key: "region", Flag: "region", Placeholder: "REGION", Usage: "AWS region; default: as the AWS CLI finds it",
			Keys: []AnswerKey{{"region", "text", "discovered: as the AWS CLI finds it (`AWS_REGION`, the profile)", ""}},
			set:  setText(func(in *Intent) *string { return &in.Region }),
			get:  func(in Intent) string { return in.Region },
			check: func(c *checker, in Intent) {
				c.pattern("region", in.Region, regionName)
			},
		},
		{
			Key: "namespace", Flag: "namespace", Short: "n", Placeholder: "NAME", Page: "policy",
			Usage: "namespace of the pods; default: " + DefaultNamespace + ", or to only look, where most policies are",
			Keys:  []AnswerKey{{"namespace", "text", quoted(DefaultNamespace) + "; made if it is missing", ""}},
			set:   setText(func(in *Intent) *string { return &in.Namespace }),
			get:   func(in Intent) string { return in.Namespace },
			check: func(c *checker, in Intent) {
				c.pattern("namespace", in.Namespace, dnsLabel)
			},
		},
	}
}

// podAnswers say which pods are meant.
func podAnswers() []Answer {
	return []Answer{
		{
			Key: "policy.name", Flag: "policy", Placeholder: "NAME", Usage: "SecurityGroupPolicy; default: " + DefaultPolicyName, Page: "policy",
			Keys: []AnswerKey{{"policy.name", "text", quoted(DefaultPolicyName), ""}},
			set:  setText(func(in *Intent) *string { return &in.Policy.Name }),
			get:  func(in Intent) string { return in.Policy.Name },
			check: func(c *checker, in Intent) {
				c.pattern("policy.name", in.Policy.Name, dnsSubdomain)
			},
		},
		{
			Key: "policy.podSelector", Flag: "pod-selector", Placeholder: "SELECTOR", Page: "policy",
			Usage: "labels of the pods, as kubectl writes them; default: app=" + GreenLabel,
			Keys: selectorKeys("policy.podSelector", "label selector", "`app="+GreenLabel+"`, unless service accounts are selected",
				"`In`, `NotIn`, `Exists`, `DoesNotExist`", "list of texts, for `In` and `NotIn`"),
			set: setSelector(func(in *Intent) **world.Selector { return &in.Policy.PodSelector }),
			get: func(in Intent) string { return FormatSelector(in.Policy.PodSelector) },
			check: func(c *checker, in Intent) {
				c.selector("policy.podSelector", in.Policy.PodSelector)
			},
		},
		{
			Key: "policy.serviceAccountSelector", Flag: "service-account-selector", Placeholder: "SELECTOR", Page: "policy",
			Usage: "labels of the pods' service accounts",
			Keys: selectorKeys("policy.serviceAccountSelector", "label selector, of the labels of the ServiceAccount objects", "none",
				"as above", "list of texts"),
			set: setSelector(func(in *Intent) **world.Selector { return &in.Policy.ServiceAccountSelector }),
			get: func(in Intent) string { return FormatSelector(in.Policy.ServiceAccountSelector) },
			check: func(c *checker, in Intent) {
				c.selector("policy.serviceAccountSelector", in.Policy.ServiceAccountSelector)
			},
		},
		{
			Key: "policy.allowEmptySelector", Flag: "allow-empty-selector", Placeholder: switchPlaceholder, Alone: "true", Values: switchValues, Page: "policy",
			Usage: "yes, select every pod of the namespace",
			Keys:  []AnswerKey{{"policy.allowEmptySelector", "true or false", "`false`: an empty selector is refused, because it catches every pod", ""}},
			set: func(in *Intent, value string) (err error) {
				in.Policy.AllowEmptySelector, err = truth(value)
				return err
			},
			get: func(in Intent) string {
				if !in.Policy.AllowEmptySelector {
					return ""
				}
				return "true"
			},
			check: func(c *checker, in Intent) { c.emptySelector(in.Policy) },
		},
	}
}

// selectorKeys are the keys of a label selector.
func selectorKeys(key, kind, leftOut, operators, values string) []AnswerKey {
	const instead = "in the selector"
	return []AnswerKey{
		{key, kind, leftOut, ""},
		{key + ".matchLabels", "map of texts", "none", instead},
		{key + ".matchExpressions", "list", "none", instead},
		{key + ".matchExpressions.key", "text, a label", "must be there", instead},
		{key + ".matchExpressions.operator", operators, "must be there", instead},
		{key + ".matchExpressions.values", values, "none", instead},
	}
}

// groupAnswers name the security groups of the pods and of the nodes.
func groupAnswers() []Answer {
	return []Answer{
		{
			Key: "podSecurityGroup", Flag: "pod-security-group", Placeholder: "NAME|ID", Page: "pod-group",
			Usage: "security group of the pods, to be made or by id; default: " + DefaultPodGroupName,
			Keys: []AnswerKey{
				{"podSecurityGroup.name", "text", quoted(DefaultPodGroupName) + "; made if it is missing", ""},
				{"podSecurityGroup.id", "`sg-…` of a group that exists", "none", "the same flag: what begins with `sg-` is an id"},
			},
			set: func(in *Intent, value string) error { in.PodSecurityGroup = groupOf(value); return nil },
			get: func(in Intent) string { return groupText(in.PodSecurityGroup) },
			check: func(c *checker, in Intent) {
				c.group("podSecurityGroup", in.PodSecurityGroup)
			},
		},
		{
			Key: "nodeSecurityGroup", Flag: "node-security-group", Placeholder: "ID|TAG", Page: "network",
			Usage: "security group of the nodes, by id or by the value of its Name tag; default: discovered",
			Keys: []AnswerKey{
				{"nodeSecurityGroup.tag", "value of the group's `Name` tag, with `*` and `?`", "discovered: the groups on the primary network interfaces of the nodes", ""},
				{"nodeSecurityGroup.id", "`sg-…`", "as above", "the same flag"},
			},
			set: func(in *Intent, value string) error {
				in.NodeSecurityGroup = NodeGroupIntent{Tag: value}
				if strings.HasPrefix(value, groupPrefix) {
					in.NodeSecurityGroup = NodeGroupIntent{ID: value}
				}
				return nil
			},
			get: func(in Intent) string { return in.NodeSecurityGroup.ID + in.NodeSecurityGroup.Tag },
			check: func(c *checker, in Intent) {
				c.pattern("nodeSecurityGroup.id", in.NodeSecurityGroup.ID, groupID)
				c.exclusive("nodeSecurityGroup", "tag", in.NodeSecurityGroup.Tag != "", "id", in.NodeSecurityGroup.ID != "")
			},
		},
		{
			Key: "keepNodeGroups", Flag: "keep-node-groups", Placeholder: switchPlaceholder, Alone: "true", Values: switchValues,
			Usage: "the pods also keep the security groups of their nodes; default: yes with --workload",
			Keys:  []AnswerKey{{"keepNodeGroups", "true or false", "`true` with a workload: its pods lose no connection. Else `false`: the policy gives the pods' group alone; `true` for a policy of podsg's that gives the nodes' already", ""}},
			set:   setTruth(func(in *Intent) **bool { return &in.KeepNodeGroups }),
			get:   func(in Intent) string { return truthText(in.KeepNodeGroups) },
		},
	}
}

// configurationAnswers say how the VPC CNI works, where the connection is kept
// and whether the result is proved.
func configurationAnswers() []Answer {
	return []Answer{
		{
			Key: "cni.enforcingMode", Flag: "enforcing-mode", Values: []string{world.ModeStandard, world.ModeStrict}, Page: "cni",
			Usage: "enforcing mode of the VPC CNI; default: " + world.ModeStandard,
			Keys:  []AnswerKey{{"cni.enforcingMode", "", "discovered if the feature is on, else " + quoted(world.ModeStandard), ""}},
			set:   setText(func(in *Intent) *string { return &in.CNI.EnforcingMode }),
			get:   func(in Intent) string { return in.CNI.EnforcingMode },
		},
		{
			Key: "cni.disableTCPEarlyDemux", Flag: "disable-tcp-early-demux", Values: []string{"auto", "true", "false"}, Page: "cni",
			Usage: "DISABLE_TCP_EARLY_DEMUX of the VPC CNI; default: auto",
			Keys:  []AnswerKey{{"cni.disableTCPEarlyDemux", "", "`auto`: set in strict mode, left as it is in standard mode", ""}},
			set:   setText(func(in *Intent) *string { return &in.CNI.DisableTCPEarlyDemux }),
			get:   func(in Intent) string { return in.CNI.DisableTCPEarlyDemux },
		},
		{
			Key: "secret.name", Flag: "secret", Placeholder: "NAME", Usage: "Secret with the connection; default: " + DefaultSecretName, Page: "proof",
			Keys: []AnswerKey{{"secret.name", "text", quoted(DefaultSecretName), ""}},
			set:  setText(func(in *Intent) *string { return &in.Secret.Name }),
			get:  func(in Intent) string { return in.Secret.Name },
			check: func(c *checker, in Intent) {
				c.pattern("secret.name", in.Secret.Name, dnsSubdomain)
			},
		},
		{
			Key: "verify", Flag: "verify", Placeholder: switchPlaceholder, Alone: "true", Values: switchValues, Page: "proof",
			Usage: "prove the result with a green and a red pod; default: yes",
			Keys:  []AnswerKey{{"verify", "true or false", "`true`: the green and the red pod prove the result", ""}},
			set:   setTruth(func(in *Intent) **bool { return &in.Verify }),
			get:   func(in Intent) string { return truthText(in.Verify) },
		},
	}
}

// quoted is a text as code in Markdown.
func quoted(text string) string { return "`" + text + "`" }

func quotedNumber(n int) string { return quoted(strconv.Itoa(n)) }
