package cli

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"podsg/cli/clients"
	"podsg/kube"
	"podsg/kube/facts"
	"podsg/sandbox/authority"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/definition"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/steps"
	"podsg/steps/intent"
	"podsg/steps/world"
	"podsg/ui/panes"
)

// The size of the large cluster, and what the whole process may take there.
const (
	largeNodes, largePods = 5_000, 50_000
	largeLimitMB          = 250
)

// variableViewer tells the test program to be the viewer of a large cluster.
const variableViewer = "PODSG_TEST_VIEWER"

// BenchmarkMemoryOfALargeCluster runs the live views of a cluster of 5,000
// nodes and 50,000 pods, each with a branch ENI, in a process of its own, and
// tells how much memory that process takes as a whole when all is on the screen.
func BenchmarkMemoryOfALargeCluster(b *testing.B) {
	server, ca := largeCluster(b)
	for b.Loop() {
		resident, peak, took := viewerMemory(b, server, ca)
		b.ReportMetric(resident, "MB-resident")
		b.ReportMetric(peak, "MB-peak")
		b.ReportMetric(took.Seconds(), "s-to-all-rows")
		if peak > largeLimitMB {
			b.Errorf("the process took %.0f MB; %d MB are allowed", peak, largeLimitMB)
		}
	}
}

// viewerMemory starts the viewer on a terminal and reads its memory once all
// rows are there.
func viewerMemory(b *testing.B, server, ca string) (resident, peak float64, took time.Duration) {
	b.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = master.Close() }()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 50, Cols: 160}); err != nil {
		b.Fatal(err)
	}
	viewer := exec.Command(os.Args[0], "-test.run=^TestViewerOfALargeCluster$")
	viewer.Env = append(os.Environ(), variableViewer+"="+server+" "+ca, "TERM=xterm-256color")
	viewer.Stdin, viewer.Stdout, viewer.Stderr = slave, slave, slave
	viewer.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begin := time.Now()
	err = viewer.Start()
	_ = slave.Close() // the viewer has it; its end is then an end of the input here
	if err != nil {
		b.Fatal(err)
	}
	watchdog := time.AfterFunc(2*time.Minute, func() { _ = viewer.Process.Kill() })
	defer watchdog.Stop()
	wanted := fmt.Sprintf("%d of %d branch ENIs", largePods, largeNodes*50)
	screen := vt.NewEmulator(160, 50)
	go func() { _, _ = io.Copy(master, screen) }() // its answers to what the viewer asks
	for buffer := make([]byte, 64<<10); !strings.Contains(screen.String(), wanted); {
		n, err := master.Read(buffer)
		if err != nil {
			b.Fatalf("the viewer has ended: %v\n%s", err, screen)
		}
		_, _ = screen.Write(buffer[:n])
	}
	took = time.Since(begin)
	resident, peak = memoryOf(b, viewer.Process.Pid)
	_, _ = master.WriteString("q")
	go func() { _, _ = io.Copy(io.Discard, master) }()
	if err := viewer.Wait(); err != nil {
		b.Fatal(err)
	}
	return resident, peak, took
}

// memoryOf reads how much memory a process has, and had at most, in MB.
func memoryOf(b *testing.B, pid int) (resident, peak float64) {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skipf("this system does not tell: %v", err)
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
		switch name {
		case "VmRSS":
			resident = kb / 1024
		case "VmHWM":
			peak = kb / 1024
		}
	}
	return resident, peak
}

// TestViewerOfALargeCluster is the process that the benchmark measures; in an
// ordinary run of the tests there is nothing to view.
func TestViewerOfALargeCluster(t *testing.T) {
	where := os.Getenv(variableViewer)
	if where == "" {
		t.Skip("this is the viewer's part of a benchmark")
	}
	server, ca, _ := strings.Cut(where, " ")
	kubeconfig := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := panes.Watch(t.Context(), panes.Screen{}, func(ctx context.Context) (*panes.Board, error) {
		opened, err := kube.NewConnector(kube.Settings{
			Kubeconfig: kubeconfig,
			Token:      func(context.Context, string) (string, time.Time, error) { return "token", time.Time{}, nil },
		}).Connect(ctx, world.Cluster{Name: "large", Endpoint: server, CAData: ca})
		if err != nil {
			return nil, err
		}
		s := &session{Clients: &clients.Clients{Interfaces: largeAccount{}}, options: &options{}}
		return s.board(ctx, &steps.Observation{Snapshot: &world.Snapshot{}, Kube: opened}, &intent.Target{Namespace: "shop"}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// largeAccount has a trunk ENI for each node and a branch ENI for each pod.
type largeAccount struct{}

func (largeAccount) PodInterfaces(_ context.Context, _ string, each func(world.Interface)) error {
	for i := range largeNodes {
		each(world.Interface{ID: fmt.Sprintf("eni-t%016x", i), Type: world.InterfaceTrunk, InstanceID: instanceOf(i)})
	}
	for i := range largePods {
		each(world.Interface{
			ID: fmt.Sprintf("eni-%017x", i), Type: world.InterfaceBranch, TrunkID: fmt.Sprintf("eni-t%016x", i%largeNodes), PrivateIP: addressOf(i),
			VLAN: i%100 + 1, Status: "in-use", SubnetID: "subnet-0123456789abcdef0", Groups: []string{"sg-0123456789abcdef0"},
		})
	}
	return nil
}

func (largeAccount) SecurityGroups(context.Context, string) ([]world.SecurityGroup, error) {
	return []world.SecurityGroup{{ID: "sg-0123456789abcdef0", Name: "orders"}}, nil
}

func instanceOf(i int) string { return fmt.Sprintf("i-%017x", i) }
func nodeOf(i int) string {
	return fmt.Sprintf("ip-10-%d-%d-%d.us-west-2.compute.internal", i>>16, i>>8&255, i&255)
}
func addressOf(i int) string { return fmt.Sprintf("10.%d.%d.%d", 100+i>>16, i>>8&255, i&255) }

// largeCluster serves the API of a large cluster and returns where, and its
// authority.
func largeCluster(b *testing.B) (server, caData string) {
	b.Helper()
	store := storage.NewStore(storage.Config{})
	api := kubeapi.NewServer(kubeapi.Config{Store: store, Tokens: map[string]access.User{"token": {Name: "admin"}}})
	for _, name := range []string{"default", "kube-system", "shop"} {
		create(b, store, gvr.Namespaces, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	definitions, err := definition.EKS()
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range definitions {
		create(b, store, gvr.CustomResourceDefinitions, d)
	}
	create(b, store, gvr.DaemonSets, &appsv1.DaemonSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "aws-node"},
		Spec: appsv1.DaemonSetSpec{
			Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"k8s-app": "aws-node"}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"k8s-app": "aws-node"}},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "aws-node", Image: "cni"}}},
			},
		},
	})
	for i := range largeNodes {
		createRunning(b, store, gvr.Nodes, largeNode(i))
		createRunning(b, store, gvr.Pods, largePod("kube-system", fmt.Sprintf("aws-node-%05d", i), i, map[string]string{"k8s-app": "aws-node"}, false))
	}
	for i := range largePods {
		createRunning(b, store, gvr.Pods, largePod("shop", fmt.Sprintf("orders-7f9c6d5b8-%05d", i), i, map[string]string{"app": "orders", "pod-template-hash": "7f9c6d5b8"}, true))
	}
	ca, err := authority.NewAuthority("large cluster")
	if err != nil {
		b.Fatal(err)
	}
	certificate, err := ca.Issue("kubernetes", "127.0.0.1")
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, l, certificate) }()
	b.Cleanup(func() {
		cancel()
		<-served
	})
	return "https://" + l.Addr().String(), base64.StdEncoding.EncodeToString(ca.PEM())
}

func create[T storage.Object](b *testing.B, store *storage.Store, resource schema.GroupVersionResource, object T) T {
	b.Helper()
	made, err := storage.NewClient[T](store, resource, "test").Create(object)
	if err != nil {
		b.Fatalf("create %s %s: %v", resource.Resource, object.GetName(), err)
	}
	return made
}

// createRunning makes an object and gives it its status, which the API server, as in
// life, drops when an object is made.
func createRunning[T storage.Object](b *testing.B, store *storage.Store, resource schema.GroupVersionResource, object T) {
	b.Helper()
	made := create(b, store, resource, object)
	object.SetResourceVersion(made.GetResourceVersion())
	object.SetUID(made.GetUID())
	if _, err := storage.NewClient[T](store, resource, "test").UpdateStatus(object); err != nil {
		b.Fatalf("update the status of %s %s: %v", resource.Resource, object.GetName(), err)
	}
}

// largeNode is a node with the labels, images and conditions that a real one
// has, most of which the views do not show.
func largeNode(i int) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: nodeOf(i), Labels: map[string]string{
			corev1.LabelInstanceTypeStable: "m5.24xlarge", corev1.LabelTopologyZone: "us-west-2a", "eks.amazonaws.com/nodegroup": "workers",
		}},
		Spec: corev1.NodeSpec{ProviderID: "aws:///us-west-2a/" + instanceOf(i)},
		Status: corev1.NodeStatus{
			Conditions:  []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Message: "kubelet is posting ready status"}},
			Allocatable: corev1.ResourceList{facts.PodENI: resource.MustParse("50")},
		},
	}
	for k := range 40 {
		n.Status.Images = append(n.Status.Images, corev1.ContainerImage{Names: []string{fmt.Sprintf("registry.example/image-%d:v1.2.3", k)}, SizeBytes: 1 << 26})
	}
	return n
}

// largePod is a running pod with the environment and status that a real one has.
func largePod(namespace, name string, i int, labels map[string]string, branch bool) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels, Annotations: map[string]string{"kubernetes.io/config.seen": "2026-11-23T12:00:00Z"}},
		Spec: corev1.PodSpec{NodeName: nodeOf(i % largeNodes), Containers: []corev1.Container{{
			Name: "main", Image: "registry.example/orders:v1.2.3", Env: []corev1.EnvVar{{Name: "REGION", Value: "us-west-2"}, {Name: "LOG", Value: "info"}},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: addressOf(i),
			Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "main", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}},
		},
	}
	if branch {
		p.Spec.Containers[0].Resources.Limits = corev1.ResourceList{facts.PodENI: resource.MustParse("1")}
		p.Annotations[facts.PodENI] = fmt.Sprintf(`[{"eniId":"eni-%017x","ifAddress":"06:4c:34:7a:4e:b8","privateIp":"%s","vlanId":%d,"subnetCidr":"10.0.0.0/8"}]`, i, addressOf(i), i%100+1)
	}
	return p
}
