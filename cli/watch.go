package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"podsg/steps"
	"podsg/ui/panes"
)

func newWatch(a *app, o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "watch",
		Short: "Show roll-out, nodes, pods and their branch ENIs as they change; changes nothing",
		Args:  noArguments,
	}
	o.addWorld(cmd)
	addAnswerFlags(cmd.Flags(), "cluster", "region", "namespace")
	interval := cmd.Flags().Duration("interval", 5*time.Second, "`time` between two looks")
	once := cmd.Flags().Bool("once", false, "look once and end")
	format := addOutput(cmd, formatText, formatJSON)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *interval < time.Second {
			return steps.Usage("a second is the shortest", "--interval %s is impossible", *interval)
		}
		s, err := a.newSession(cmd, o)
		if err != nil {
			return err
		}
		defer s.close()
		if *format == formatJSON {
			v, err := s.look(cmd.Context())
			if err != nil {
				return err
			}
			return a.printJSON(v)
		}
		if a.tty.pages() && !*once {
			return s.watchPages(cmd.Context())
		}
		return s.watch(cmd.Context(), *interval, *once)
	}
	return cmd
}

// watchPages shows the live views on the whole screen.
func (s *session) watchPages(ctx context.Context) error {
	screen := panes.Screen{
		Title: strings.TrimPrefix(s.intent.Cluster+", "+s.intent.Region, ", "), NoColor: !s.app.style.on,
		Input: s.app.Stdin, Output: s.app.Stdout, Environ: s.app.Environ,
	}
	screen.Title = strings.TrimSuffix(screen.Title, ", ")
	if s.world != nil {
		screen.Badge = "practice world"
	}
	if err := s.settleCluster(ctx); err != nil {
		return err
	}
	return panes.Watch(ctx, screen, func(ctx context.Context) (*panes.Board, error) {
		o, err := s.engine.Observe(ctx, s.intent, nil)
		if err != nil {
			return nil, err
		}
		target, _, err := steps.Resolve(o.Snapshot, s.intent)
		if err != nil || target.Namespace == "" {
			// What the answers ask for matters only for the rules in the details.
			target = steps.Target{Namespace: orDefault(s.intent.Namespace, steps.DefaultNamespace)}
		}
		board := s.board(ctx, o, &target)
		if board == nil {
			return nil, o.KubeErr
		}
		return board, nil
	})
}

// watch prints what it sees whenever it has changed, until it is interrupted.
func (s *session) watch(ctx context.Context, interval time.Duration, once bool) error {
	last := ""
	for {
		v, err := s.look(ctx)
		if err != nil {
			return err
		}
		if text := v.text(); text != last {
			last = text
			if err := s.app.print(time.Now().Format(time.TimeOnly) + "\n" + text + "\n"); err != nil {
				return err
			}
		}
		if once {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(interval):
		}
	}
}

// view is what watch shows.
type view struct {
	SchemaVersion int            `json:"schemaVersion"`
	Cluster       string         `json:"cluster"`
	Rollout       *steps.Rollout `json:"rollout"` // of aws-node; null: there is no VPC CNI
	Nodes         []viewNode     `json:"nodes"`
	Pods          []viewPod      `json:"pods"`
}

type viewNode struct {
	Name       string `json:"name"`
	Type       string `json:"instanceType"`
	Ready      bool   `json:"ready"`
	Trunk      string `json:"trunkEni"`
	BranchENIs int    `json:"branchEnis"` // allocatable
	Used       int    `json:"used"`
}

type viewPod struct {
	Name      string   `json:"name"`
	Namespace string   `json:"namespace"`
	Node      string   `json:"node"`
	Phase     string   `json:"phase"`
	Ready     bool     `json:"ready"`
	Reason    string   `json:"reason,omitempty"`
	ENI       string   `json:"eni"`
	PrivateIP string   `json:"privateIp"`
	VLAN      int      `json:"vlanId"`
	Groups    []string `json:"groups"`
}

// look observes once.
func (s *session) look(ctx context.Context) (*view, error) {
	if err := s.settleCluster(ctx); err != nil {
		return nil, err
	}
	o, err := s.engine.Observe(ctx, s.intent, nil)
	if err != nil {
		return nil, err
	}
	if o.KubeErr != nil {
		return nil, o.KubeErr
	}
	return viewOf(o.Snapshot, orDefault(s.intent.Namespace, steps.DefaultNamespace)), nil
}

func viewOf(s *steps.Snapshot, namespace string) *view {
	v := &view{SchemaVersion: steps.SchemaVersion, Cluster: s.Cloud.Cluster.Name, Nodes: []viewNode{}, Pods: []viewPod{}}
	if s.Kube.CNI != nil {
		v.Rollout = &s.Kube.CNI.Rollout
	}
	used := map[string]int{}
	for _, p := range s.Kube.Pods {
		used[p.Node] += len(p.ENIs)
		if p.Namespace != namespace && len(p.ENIs) == 0 {
			continue
		}
		row := viewPod{Name: p.Name, Namespace: p.Namespace, Node: p.Node, Phase: p.Phase, Ready: p.Ready, Reason: p.Reason, PrivateIP: p.IP, Groups: []string{}}
		if len(p.ENIs) > 0 {
			row.ENI, row.PrivateIP, row.VLAN = p.ENIs[0].ENIID, p.ENIs[0].PrivateIP, p.ENIs[0].VLAN
			if e, ok := s.InterfaceByID(row.ENI); ok {
				row.Groups = append(row.Groups, e.Groups...)
			}
		}
		v.Pods = append(v.Pods, row)
	}
	trunks := map[string]string{}
	for _, e := range s.Cloud.Interfaces {
		if e.Type == steps.InterfaceTrunk {
			trunks[e.InstanceID] = e.ID
		}
	}
	for _, n := range s.Kube.Nodes {
		v.Nodes = append(v.Nodes, viewNode{
			Name: n.Name, Type: n.InstanceType, Ready: n.Ready, Trunk: trunks[n.InstanceID], BranchENIs: n.PodENIs, Used: used[n.Name],
		})
	}
	return v
}

func (v *view) text() string {
	var b strings.Builder
	switch {
	case v.Rollout == nil:
		b.WriteString("aws-node: there is no VPC CNI\n")
	case v.Rollout.Complete():
		fmt.Fprintf(&b, "aws-node: rolled out on %d nodes\n", v.Rollout.Desired)
	default:
		fmt.Fprintf(&b, "aws-node: %d of %d nodes updated, %d ready\n", v.Rollout.Updated, v.Rollout.Desired, v.Rollout.Ready)
	}
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "\nNODE\tTYPE\tREADY\tTRUNK ENI\tBRANCH ENIS")
	for _, n := range v.Nodes {
		fmt.Fprintf(w, "%s\t%s\t%t\t%s\t%d/%d\n", n.Name, n.Type, n.Ready, orDefault(n.Trunk, "-"), n.Used, n.BranchENIs)
	}
	fmt.Fprintln(w, "\nPOD\tSTATUS\tNODE\tENI\tPRIVATE IP\tVLAN\tGROUPS")
	for _, p := range v.Pods {
		status := p.Phase
		if p.Reason != "" {
			status += " (" + p.Reason + ")"
		}
		fmt.Fprintf(w, "%s/%s\t%s\t%s\t%s\t%s\t%d\t%s\n", p.Namespace, p.Name, status, orDefault(p.Node, "-"), orDefault(p.ENI, "-"),
			orDefault(p.PrivateIP, "-"), p.VLAN, strings.Join(p.Groups, ","))
	}
	_ = w.Flush() // a strings.Builder does not fail
	return b.String()
}
