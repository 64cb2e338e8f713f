// Command rig starts a real control plane with its AWS account and serves it
// until interrupted, for trying podsg on it by hand.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"podsg/e2e/rig"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "rig:", err)
		os.Exit(1)
	}
}

func run() error {
	o := rig.Options{Log: os.Stderr}
	var groups string
	flag.StringVar(&o.Dir, "dir", "", "directory of data, certificates and logs (default a temporary one)")
	flag.StringVar(&o.ControlPlane, "control-plane", "bin/controlplane", "the binary of the command controlplane")
	flag.StringVar(&o.Controller, "controller", "bin/vpc-resource-controller", "the binary of the VPC resource controller")
	flag.StringVar(&o.Definitions, "definitions", "bin/definitions", "directory of the VPC resource controller's CustomResourceDefinitions")
	flag.StringVar(&groups, "nodes", "m5.large=9,t3.medium=3", "node groups, each TYPE=COUNT")
	flag.BoolVar(&o.SelfManagedCNI, "self-managed-cni", false, "the VPC CNI is not an EKS add-on")
	flag.Float64Var(&o.Speed, "speed", 1, "divide every simulated delay by this")
	flag.IntVar(&o.LeaseSeconds, "lease-seconds", 40, "duration of node leases; longer means less idle load")
	pods := flag.Int("fill", 0, "idle pods to create, for scale trials")
	flag.Parse()
	var err error
	if o.NodeGroups, err = parseGroups(groups); err != nil {
		return err
	}
	if err := rig.Isolate(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r, err := rig.Start(ctx, o)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Fill(ctx, *pods); err != nil {
		return err
	}
	fmt.Printf("# in the rig's network namespace: nsenter --net --target %d\n", os.Getpid())
	for _, v := range r.Environment() {
		fmt.Println("export", v)
	}
	fmt.Println("export KUBECONFIG=" + r.Kubeconfig())
	fmt.Println("# ready")
	return r.Wait(ctx)
}

func parseGroups(text string) ([]rig.NodeGroup, error) {
	var groups []rig.NodeGroup
	for _, part := range strings.Split(text, ",") {
		kind, count, _ := strings.Cut(part, "=")
		g := rig.NodeGroup{Name: "ng-" + strings.ReplaceAll(kind, ".", "-"), InstanceType: kind}
		if _, err := fmt.Sscan(count, &g.Count); err != nil || g.Count < 1 {
			return nil, fmt.Errorf("node group %q: want TYPE=COUNT", part)
		}
		groups = append(groups, g)
	}
	return groups, nil
}
