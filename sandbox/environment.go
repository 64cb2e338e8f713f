package sandbox

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// EnvVar is one variable of the environment that a client of the world needs.
type EnvVar struct{ Name, Value string }

// Env is the environment by which podsg, kubectl, psql and the AWS CLI reach
// the world. The files that it names are in a folder of the world's own and go
// with it; the user's kubeconfig and AWS files are not touched.
func (w *World) Env() []EnvVar {
	key, secret, _ := w.account.Credentials()
	_, psqlPort, _ := net.SplitHostPort(w.bastion.Addr().String())
	return []EnvVar{
		{"AWS_ENDPOINT_URL", "http://" + w.aws.Addr().String()},
		{"AWS_REGION", w.account.Region()},
		{"AWS_DEFAULT_REGION", w.account.Region()},
		{"AWS_ACCESS_KEY_ID", key},
		{"AWS_SECRET_ACCESS_KEY", secret},
		{"AWS_EC2_METADATA_DISABLED", "true"},
		{"KUBECONFIG", w.kubeconfig},
		{"PODSG_DB_PROXY", "socks5h://" + w.socks.Addr().String()},
		{"PODSG_RDS_CA", w.caFile},
		{"PODSG_CLUSTER", w.scenario.Cluster},
		{"PODSG_SANDBOX_URL", "http://" + w.control.Addr().String()},
		{"PGHOSTADDR", "127.0.0.1"},
		{"PGPORT", psqlPort},
		{"PGSSLROOTCERT", w.caFile},
	}
}

// writeFiles writes the kubeconfig and the certificate authority into the
// world's own folder.
func (w *World) writeFiles(host string) error {
	var err error
	if w.dir, err = os.MkdirTemp("", "podsg-sandbox-"); err != nil {
		return fmt.Errorf("make the practice world's folder: %w", err)
	}
	w.caFile = filepath.Join(w.dir, "ca.pem")
	if err := os.WriteFile(w.caFile, w.authority.PEM(), 0o600); err != nil {
		return fmt.Errorf("write the practice world's certificate authority: %w", err)
	}
	w.kubeconfig = filepath.Join(w.dir, "kubeconfig")
	name := w.scenario.Cluster
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: host, CertificateAuthorityData: w.authority.PEM()}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: w.token}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	if err := clientcmd.WriteToFile(*config, w.kubeconfig); err != nil {
		return fmt.Errorf("write the practice world's kubeconfig: %w", err)
	}
	return nil
}

// indent is JSON for people.
func indent(v any) []byte {
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return []byte(err.Error())
	}
	return append(out, '\n')
}
