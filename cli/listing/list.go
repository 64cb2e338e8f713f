// Package listing is what podsg list shows.
package listing

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"podsg/cli/console"
	"podsg/steps/access"
	"podsg/steps/clean"
	"podsg/steps/intent"
	"podsg/steps/plan"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// List is the accesses of a cluster.
type List struct {
	SchemaVersion int             `json:"schemaVersion"`
	Cluster       string          `json:"cluster"`
	Accesses      []access.Access `json:"accesses"`
	NotObserved   []string        `json:"notObserved,omitempty"` // what could not be read, and why

	namespace string // the one that was asked for; empty: all
	groups    map[string]string
}

// Of is the list of a snapshot: of one namespace when it is named.
func Of(s *world.Snapshot, namespace string) *List {
	l := &List{SchemaVersion: plan.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Accesses: access.All(s), namespace: namespace, groups: map[string]string{}}
	if namespace != "" {
		l.Accesses = slices.DeleteFunc(l.Accesses, func(a access.Access) bool { return a.Namespace != namespace })
	}
	for _, fact := range []world.Fact{world.FactPods, world.FactSecurityGroups, world.FactInterfaces, world.FactDatabases, world.FactNamespace} {
		if reason, missing := s.Missing(fact); missing {
			l.NotObserved = append(l.NotObserved, reason)
		}
	}
	for _, fact := range []world.Fact{world.FactPolicies, world.FactPods} {
		if why, partial := s.Kube.Partial[fact]; partial {
			l.NotObserved = append(l.NotObserved, fmt.Sprintf("%s of other namespaces not observed: %s", fact, why))
		}
	}
	for _, g := range s.Cloud.SecurityGroups {
		l.groups[clean.Line(g.ID)] = clean.Line(g.Name)
	}
	return l
}

// Text is the list for people, in lines of eighty characters.
func (l *List) Text(st console.Style) string {
	l = clean.Copy(l)
	var b strings.Builder
	for _, a := range l.Accesses {
		l.write(&b, st, a)
	}
	if len(l.Accesses) == 0 {
		l.writeNone(&b)
	}
	for _, reason := range l.NotObserved {
		fmt.Fprintf(&b, "%s %s\n", st.Note("note:"), reason)
	}
	if len(l.Accesses) > 0 {
		fmt.Fprintf(&b, "Cluster %s: %s\n", l.Cluster, console.Counted(len(l.Accesses), "access", "accesses"))
	}
	return b.String()
}

// writeNone says that there is none, and what makes one.
func (l *List) writeNone(b *strings.Builder) {
	where := "cluster " + l.Cluster
	setup := []string{"podsg", "setup", "--cluster", l.Cluster}
	if l.namespace != "" {
		where = "namespace " + l.namespace + " of " + where
		if l.namespace != intent.DefaultNamespace {
			setup = append(setup, "--namespace", l.namespace)
		}
	}
	fmt.Fprintf(b, "There is no SecurityGroupPolicy in %s.\nNo pod has a security group of its own. To give some access to a database:\n  %s\n", where, shell.Join(setup...))
}

func (l *List) write(b *strings.Builder, st console.Style, a access.Access) {
	states := map[access.State]func(string) string{access.Healthy: st.Good, access.Degraded: st.Note, access.Broken: st.Bad}
	state := string(a.State)
	if paint := states[a.State]; paint != nil {
		state = paint(state)
	}
	fmt.Fprintf(b, "%s/%s  %s, by %s\n", a.Namespace, a.Policy, state, owners[a.OwnedBy])
	for _, why := range a.Why {
		writeField(b, "", []string{why})
	}
	if len(a.Policies) > 1 {
		writeField(b, "policies", a.Policies)
	}
	writeField(b, "workloads", a.Workloads)
	writeField(b, "pods", []string{podsText(a.Pods)})
	var groups, targets []string
	for _, id := range a.Groups {
		groups = append(groups, strings.TrimSpace(id+" "+l.groups[id]))
	}
	for _, t := range a.Targets {
		targets = append(targets, targetText(t))
	}
	writeField(b, "groups", groups)
	writeField(b, "reaches", targets)
	b.WriteByte('\n')
}

var owners = map[access.Owner]string{access.Podsg: "podsg", access.Adopted: "others, adopted by podsg", access.Other: "others"}

func podsText(p access.Pods) string {
	text := fmt.Sprintf("%d selected, %d with a branch ENI", p.Selected, p.WithBranchENI)
	if p.Waiting > 0 {
		text += fmt.Sprintf(", %d waiting", p.Waiting)
	}
	if p.Old > 0 {
		text += fmt.Sprintf(", %d older than the policy", p.Old)
	}
	return text
}

func targetText(t access.Target) string {
	text := t.ID
	if t.Name != "" {
		text += " (" + t.Name + ")"
	}
	if t.Port == 0 {
		return text + ", every port"
	}
	return text + ":" + strconv.Itoa(t.Port)
}

// The columns of a field: where its value begins, and the last of a line.
const (
	valueColumn = 13
	lastColumn  = 80
	mostValues  = 8
)

// writeField writes the values of a field, as many on a line as fit; of many the
// first.
func writeField(b *strings.Builder, name string, values []string) {
	if len(values) == 0 {
		values = []string{"none"}
	}
	if rest := len(values) - mostValues; rest > 0 {
		values = append(slices.Clone(values[:mostValues]), fmt.Sprintf("and %d more", rest))
	}
	line := fmt.Sprintf("  %-*s", valueColumn-2, name)
	begin := true
	for i, word := range strings.Fields(strings.Join(values, ", ")) {
		if !begin && len(line)+1+len(word) > lastColumn {
			b.WriteString(line + "\n")
			line, begin = strings.Repeat(" ", valueColumn), true
		}
		if !begin && i > 0 {
			line += " "
		}
		line, begin = line+word, false
	}
	b.WriteString(line + "\n")
}
