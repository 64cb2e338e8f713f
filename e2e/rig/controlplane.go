package rig

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

//go:embed kwok.yaml
var kwokStages string

// users are the client certificates: file name, user, groups.
var users = []struct {
	name, user string
	groups     []string
}{
	{"admin", "kubernetes-admin", []string{"system:masters"}},
	{"controller-manager", "system:kube-controller-manager", nil},
	{"scheduler", "system:kube-scheduler", nil},
	{"kwok", "system:kwok", []string{"system:masters"}},
	{"vpc-resource-controller", "eks:vpc-resource-controller", nil},
}

func (r *Rig) path(elem ...string) string {
	return filepath.Join(append([]string{r.options.Dir}, elem...)...)
}

func (r *Rig) kubeconfig(user string) string { return r.path("pki", user+".kubeconfig") }

// makeCertificates makes the authority, the server's certificate and a
// kubeconfig for each user.
func (r *Rig) makeCertificates() (err error) {
	if r.pki, err = newPKI(r.path("pki")); err != nil {
		return err
	}
	if _, _, err = r.pki.newKey("sa.key"); err != nil {
		return err
	}
	if _, _, err = r.pki.issue("server", "kube-apiserver"); err != nil {
		return err
	}
	for _, u := range users {
		cert, key, err := r.pki.issue(u.name, u.user, u.groups...)
		if err != nil {
			return err
		}
		config := clientcmdapi.NewConfig()
		config.Clusters[ClusterName] = &clientcmdapi.Cluster{Server: r.apiURL(), CertificateAuthorityData: r.pki.caPEM}
		config.AuthInfos[ClusterName] = &clientcmdapi.AuthInfo{ClientCertificateData: cert, ClientKeyData: key}
		config.Contexts[ClusterName] = &clientcmdapi.Context{Cluster: ClusterName, AuthInfo: ClusterName}
		config.CurrentContext = ClusterName
		if err := clientcmd.WriteToFile(*config, r.kubeconfig(u.name)); err != nil {
			return err
		}
	}
	return nil
}

// freePort is a port of loopback that nobody listens on. The namespace is the
// rig's own, so nobody else takes it in between.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func local(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

func (r *Rig) apiURL() string { return "https://" + local(r.ports.api) }

// component starts one of the control plane's components.
func (r *Rig) component(name string, args ...string) error {
	cmd := exec.Command(r.options.ControlPlane, append([]string{name}, args...)...)
	cmd.Dir = r.options.Dir
	_, err := r.processes.start(name, cmd)
	return err
}

func (r *Rig) startControlPlane(ctx context.Context) error {
	pki := func(name string) string { return r.path("pki", name) }
	etcd := "http://" + local(r.ports.etcd)
	if err := r.component("etcd", "-data-dir", r.path("etcd"), "-client", local(r.ports.etcd), "-peer", local(r.ports.etcdPeer)); err != nil {
		return err
	}
	if err := r.processes.await(ctx, nil, etcd+"/health"); err != nil {
		return err
	}
	authentication, err := r.writeAuthenticatorConfig()
	if err != nil {
		return err
	}
	if err := r.component("kube-apiserver",
		"--etcd-servers="+etcd,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port="+strconv.Itoa(r.ports.api),
		// No other host ever joins, and endpoints may not hold a loopback address.
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.100.0.0/16",
		"--authorization-mode=RBAC",
		"--authentication-token-webhook-config-file="+authentication,
		"--authentication-token-webhook-version=v1", "--authentication-token-webhook-cache-ttl=10s",
		"--client-ca-file="+pki("ca.crt"),
		"--tls-cert-file="+pki("server.crt"), "--tls-private-key-file="+pki("server.key"),
		"--service-account-issuer=https://oidc.eks."+r.account.Region()+".amazonaws.com/id/E2E",
		"--service-account-key-file="+pki("sa.key"), "--service-account-signing-key-file="+pki("sa.key"),
		"--kubelet-client-certificate="+pki("admin.crt"), "--kubelet-client-key="+pki("admin.key"),
		"--kubelet-certificate-authority="+pki("ca.crt"),
		// Nodes show VPC addresses; only this one leads to the simulated kubelets.
		"--kubelet-preferred-address-types=ExternalDNS",
		"--allow-privileged=true", "--profiling=false",
		"--cert-dir="+r.path("tmp"),
	); err != nil {
		return err
	}
	if err := r.processes.await(ctx, r.pki.transport(), r.apiURL()+"/readyz"); err != nil {
		return err
	}
	if err := r.component("kube-controller-manager",
		"--kubeconfig="+r.kubeconfig("controller-manager"), "--leader-elect=false", "--secure-port=0",
		"--service-account-private-key-file="+pki("sa.key"), "--root-ca-file="+pki("ca.crt"),
		"--use-service-account-credentials=true",
		"--controllers=*,-node-ipam-controller,-node-route-controller,-cloud-node-lifecycle-controller,-service-lb-controller,-certificatesigningrequest-signing-controller",
		"--node-monitor-grace-period="+(2*time.Duration(r.options.LeaseSeconds)*time.Second).String(),
		"--kube-api-qps=500", "--kube-api-burst=1000", "--profiling=false",
	); err != nil {
		return err
	}
	return r.component("kube-scheduler",
		"--kubeconfig="+r.kubeconfig("scheduler"), "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=500", "--kube-api-burst=1000", "--profiling=false",
	)
}

var stageDelay = regexp.MustCompile(`([dD]urationMilliseconds): (\d+)`)

// startKwok starts the kubelets that keep the nodes and the system pods alive.
func (r *Rig) startKwok() error {
	scaled := stageDelay.ReplaceAllStringFunc(kwokStages, func(s string) string {
		m := stageDelay.FindStringSubmatch(s)
		ms, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return s
		}
		return fmt.Sprintf("%s: %d", m[1], int(ms/r.options.Speed))
	})
	header := fmt.Sprintf("apiVersion: config.kwok.x-k8s.io/v1alpha1\nkind: KwokConfiguration\n"+
		"options: {podPlayStageParallelism: 16, nodePlayStageParallelism: 8, nodeLeaseDurationSeconds: %d, nodeLeaseParallelism: 4, nodePort: %d}\n---\n",
		r.options.LeaseSeconds, r.ports.kubelet)
	if err := os.WriteFile(r.path("kwok.yaml"), []byte(header+scaled), 0o600); err != nil {
		return err
	}
	return r.component("kwok", "--config="+r.path("kwok.yaml"), "--kubeconfig="+r.kubeconfig("kwok"),
		"--manage-all-nodes=true", "--cidr=192.168.128.0/17", "--server-address="+local(r.ports.kwok))
}
