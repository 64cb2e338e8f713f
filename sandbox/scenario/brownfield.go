package scenario

import (
	"context"
	_ "embed" // of the manifest
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"podsg/sandbox/cloud"
	"podsg/sandbox/cluster"
	"podsg/sandbox/kubeapi/gvr"
)

// This file makes the world brownfield: a shop that was there before podsg. Its
// nodes carry the cluster's security group, and database, cache and load balancer
// know that group alone, as in most clusters: so everything works, and whatever
// takes the group away from a pod breaks what the pod has with the others.

//go:embed brownfield.yaml
var shopManifest string

const (
	shopNamespace = "shop"
	shopPort      = 8080
	cachePort     = 6379
	balancerName  = "k8s-shop-shop-3f1c9a7d52"
)

// shopFlows are the requests that the shop is busy with.
var shopFlows = []string{
	"clients → web", "web → api", "api → cache", "api → orders-db", "worker → cache", "worker → orders-db", "invoices → api",
}

// A shop is the shop while it is being made.
type shop struct {
	*Builder
	network      cloud.Network
	clusterGroup string

	database string // host names
	cache    Server
	balancer Balancer
}

func buildBrownfield(b *Builder) (Built, error) {
	s := &shop{Builder: b}
	if err := s.makeAccount(); err != nil {
		return Built{}, err
	}
	return Built{
		VPCID: s.network.VPC, privateSubnets: s.network.PrivateSubnets, Servers: []Server{s.cache}, Balancers: []Balancer{s.balancer},
		Stages: []cluster.Stage{func(*cluster.Staging) error { return nil }, s.install},
		Await:  awaitShop,
	}, nil
}

func (s *shop) makeAccount() error {
	var err error
	if s.network, err = s.cluster3x3(cloud.NodeGroupSpec{Name: "ng-m5", InstanceType: "m5.large", Count: 3}); err != nil {
		return err
	}
	if err := s.Account.AddAddon(s.Cluster, cloud.AddonSpec{Name: "vpc-cni"}); err != nil {
		return err
	}
	s.clusterGroup = s.Account.Nodes(s.Cluster)[0].SecurityGroups[0]
	for _, make := range []func() error{s.makeDatabase, s.makeCache, s.makeBalancer} {
		if err := make(); err != nil {
			return err
		}
	}
	return nil
}

// group makes a security group that admits another one to a port.
func (s *shop) group(name, description string, port int, peer string) (string, error) {
	id, err := s.Account.AddSecurityGroup(s.network.VPC, name, description, nil)
	if err != nil {
		return "", err
	}
	_, err = s.Account.AddRule(id, cloud.Rule{Protocol: "tcp", FromPort: port, Peer: peer})
	return id, err
}

func (s *shop) makeDatabase() error {
	group, err := s.group("orders-db", "PostgreSQL of the shop", databasePort, s.clusterGroup)
	if err != nil {
		return err
	}
	if err := s.Account.AddDBSubnetGroup("shop", s.network.PrivateSubnets, nil); err != nil {
		return err
	}
	s.Account.AddSecret("orders-db", `{"username":"orders","password":"`+ordersPassword+`"}`, nil)
	s.database, err = s.Account.AddDatabase(cloud.DatabaseSpec{
		Identifier: "orders-db", SubnetGroup: "shop", Groups: []string{group}, DBName: "orders", Username: "orders", Password: ordersPassword,
	})
	return err
}

func (s *shop) makeCache() error {
	group, err := s.group("shop-cache", "Redis of the shop", cachePort, s.clusterGroup)
	if err != nil {
		return err
	}
	_, address, err := s.Account.AddInterface(cloud.InterfaceSpec{
		Subnet: s.network.PrivateSubnets[0], Description: "ElastiCache shop-cache-001", Groups: []string{group}, InUse: true,
	})
	s.cache = Server{Host: "shop-cache.x7k2fq.0001.usw2.cache.amazonaws.com", Address: address, Port: cachePort}
	return err
}

// makeBalancer makes what the AWS Load Balancer Controller leaves for an Ingress:
// a group that the internet may reach, and one by which the nodes' group knows
// all its balancers.
func (s *shop) makeBalancer() error {
	front, err := s.group(balancerName, "[k8s] Managed SecurityGroup for LoadBalancer", 80, "0.0.0.0/0")
	if err != nil {
		return err
	}
	shared, err := s.Account.AddSecurityGroup(s.network.VPC, "k8s-traffic-"+s.Cluster+"-6d0e1b7c44", "[k8s] Shared Backend SecurityGroup for LoadBalancer",
		map[string]string{"elbv2.k8s.aws/cluster": s.Cluster, "elbv2.k8s.aws/resource": "backend-sg"})
	if err != nil {
		return err
	}
	if _, err := s.Account.AddRule(s.clusterGroup, cloud.Rule{
		Protocol: "tcp", FromPort: shopPort, Peer: shared, Description: "elbv2.k8s.aws/targetGroupBinding=shared",
	}); err != nil {
		return err
	}
	var address netip.Addr
	for _, subnet := range s.network.PublicSubnets[:2] {
		_, address, err = s.Account.AddInterface(cloud.InterfaceSpec{
			Subnet: subnet, Description: "ELB app/" + balancerName + "/50dc6c495c0c9188", Groups: []string{front, shared}, InUse: true,
		})
		if err != nil {
			return err
		}
	}
	s.balancer = Balancer{Address: address, Namespace: shopNamespace, Service: "web", Port: "http", Host: "shop.example.com", Flow: shopFlows[0]}
	return nil
}

// install puts the shop into the cluster, as its people did.
func (s *shop) install(staging *cluster.Staging) error {
	objects, err := s.objects()
	if err != nil {
		return err
	}
	if err := staging.As("kubectl-client-side-apply").Create(objects...); err != nil {
		return err
	}
	_, err = cluster.Client[*networkingv1.Ingress](staging, gvr.Ingresses).MutateStatus(shopNamespace, "shop", func(i *networkingv1.Ingress) error {
		i.Status.LoadBalancer.Ingress = []networkingv1.IngressLoadBalancerIngress{{
			Hostname: balancerName + "-1463204873." + s.Account.Region() + ".elb.amazonaws.com",
		}}
		return nil
	})
	return err
}

// objects are those of the manifest.
func (s *shop) objects() ([]runtime.Object, error) {
	// No text/template: it looks methods up by name, and then the linker keeps
	// every method of the program.
	manifest := strings.NewReader(strings.NewReplacer(
		"{{.DatabaseHost}}", s.database, "{{.Password}}", ordersPassword, "{{.CacheHost}}", s.cache.Host,
	).Replace(shopManifest))
	var objects []runtime.Object
	for documents := yaml.NewDocumentDecoder(io.NopCloser(manifest)); ; {
		document := make([]byte, manifestLimit)
		n, err := documents.Read(document)
		if errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(document[:n], nil, nil)
		if err != nil {
			return nil, fmt.Errorf("read the shop's manifest: %w", err)
		}
		objects = append(objects, object)
	}
}

// manifestLimit is the most that a document of the manifest takes.
const manifestLimit = 8 << 10

// How long the shop may take to become busy, in the machine's time, and how
// often that is asked.
const (
	busyLimit    = 30 * time.Second
	busyInterval = 20 * time.Millisecond
)

// awaitShop returns when every flow of the shop has gone well.
func awaitShop(ctx context.Context, w Running) error {
	ctx, cancel := context.WithTimeout(ctx, busyLimit)
	defer cancel()
	again := time.NewTicker(busyInterval)
	defer again.Stop()
	for _, flow := range shopFlows {
		for w.Good(flow) == 0 {
			select {
			case <-again.C:
			case <-ctx.Done():
				return fmt.Errorf("the shop has no good request %q", flow)
			}
		}
	}
	return nil
}
