package intent

import (
	"fmt"
	"regexp"
	"strings"
)

// workloadName is how a workload is named.
var workloadName = rule{regexp.MustCompile(`^[A-Za-z][A-Za-z.]*/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`), 0,
	"KIND/NAME, such as deployment/api"}

// workloadAnswers say whose pods are meant, and what becomes of those that run.
func workloadAnswers() []Answer {
	return []Answer{
		{
			Key: "workload", Flag: "workload", Placeholder: "KIND/NAME", Repeat: true, Page: "policy",
			Usage: "workload of the namespace to give access, such as deployment/api; may be repeated",
			Keys: []AnswerKey{{"workload", "text `KIND/NAME`, such as `deployment/api`, or a list of them",
				"two demo pods show the access", "`--workload` `PODSG_WORKLOAD`, once for each or with commas"}},
			set: func(in *Intent, value string) error {
				in.Workloads = nil
				for name := range strings.SplitSeq(value, ",") {
					in.Workloads = append(in.Workloads, strings.TrimSpace(name))
				}
				return nil
			},
			get: func(in Intent) string { return strings.Join(in.Workloads, ",") },
			check: func(c *checker, in Intent) {
				for i, name := range in.Workloads {
					key := "workload"
					if len(in.Workloads) > 1 {
						key = fmt.Sprintf("workload[%d]", i)
					}
					if !workloadName.fits(name) {
						c.refuse(key, "%q names no workload; allowed: %s", name, workloadName.allowed)
					}
				}
			},
		},
		{
			Key: "restart", Flag: "restart", Values: []string{RestartAsk, RestartNever, RestartRolling}, Page: "policy",
			Usage: "what to do with running pods that are older than their policy; default: ask",
			Keys:  []AnswerKey{{"restart", "", "`ask`: a question if there are such pods. `rolling` restarts their workloads, each by its own strategy; `never` leaves them as they are", ""}},
			set:   setText(func(in *Intent) *string { return &in.Restart }),
			get:   func(in Intent) string { return in.Restart },
		},
		{
			Key: "lostFlows", Flag: "lost-flows", Values: []string{LostAsk, LostAddRules, LostAccept}, Page: "policy",
			Usage: "what to do with connections that the pods would lose with the groups of their nodes; default: ask",
			Keys:  []AnswerKey{{"lostFlows", "", "`ask`: a question if there are any. `add-rules` plans a rule for each; `accept` lets them go", ""}},
			set:   setText(func(in *Intent) *string { return &in.LostFlows }),
			get:   func(in Intent) string { return in.LostFlows },
		},
	}
}
