package kube_test

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podsg/kube"
	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/faults"
	"podsg/steps/plan"
	"podsg/steps/world"
)

// emptyKubeconfig is a kubeconfig without contexts, so that tests never see the
// user's own.
func emptyKubeconfig(t *testing.T) string {
	t.Helper()
	return writeKubeconfig(t, "apiVersion: v1\nkind: Config\n")
}

func writeKubeconfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// entry is one context of a kubeconfig with its cluster and user.
type entry struct {
	name, server, tlsServerName, token string
	exec                               string // what a credential plugin does, in the shell
	execField                          string // one more field of the plugin, in YAML
}

func (w *testWorld) kubeconfig(t *testing.T, current string, entries ...entry) string {
	t.Helper()
	var clusters, users, contexts strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&clusters, "- name: %[1]s\n  cluster: {server: %[2]q, certificate-authority-data: %[3]s, tls-server-name: %[4]q}\n",
			e.name, e.server, base64.StdEncoding.EncodeToString(w.ca), e.tlsServerName)
		user := "{token: " + e.token + "}"
		if e.exec != "" {
			user = "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: IfAvailable, command: sh, args: [-c, '" + e.exec + "']" + e.execField + "}}"
		}
		fmt.Fprintf(&users, "- name: %s\n  user: %s\n", e.name, user)
		fmt.Fprintf(&contexts, "- name: %[1]s\n  context: {cluster: %[1]s, user: %[1]s}\n", e.name)
	}
	return writeKubeconfig(t, "apiVersion: v1\nkind: Config\ncurrent-context: "+current+"\nclusters:\n"+clusters.String()+
		"users:\n"+users.String()+"contexts:\n"+contexts.String())
}

func TestConnectTakesTheContextThatPointsAtTheCluster(t *testing.T) {
	w := newWorld(t)
	elsewhere := entry{name: "elsewhere", server: "https://127.0.0.1:1", token: adminToken}
	first := entry{name: "a-here", server: strings.ToUpper(w.cluster.Endpoint[:5]) + w.cluster.Endpoint[5:] + "/", token: adminToken}
	second := entry{name: "b-here", server: w.cluster.Endpoint, token: adminToken}

	tests := map[string]struct {
		kubeconfig string
		context    string
		want       string
	}{
		"the current one, when it does":           {w.kubeconfig(t, "b-here", elsewhere, first, second), "", "b-here"},
		"another, when the current one does not":  {w.kubeconfig(t, "elsewhere", elsewhere, first, second), "", "a-here"},
		"the one that was asked for":              {w.kubeconfig(t, "a-here", elsewhere, first, second), "b-here", "b-here"},
		"one of the second file of a list":        {w.kubeconfig(t, "elsewhere", elsewhere) + string(filepath.ListSeparator) + w.kubeconfig(t, "", second), "", "b-here"},
		"none, and then builds its own access":    {w.kubeconfig(t, "elsewhere", elsewhere), "", "built from DescribeCluster"},
		"and leaves out files that are not there": {filepath.Join(t.TempDir(), "missing") + string(filepath.ListSeparator) + w.kubeconfig(t, "", first), "", "a-here"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client := w.connect(t, adminToken, func(s *kube.Settings) { s.Kubeconfig, s.Context = tt.kubeconfig, tt.context })
			facts, _ := client.Observe(t.Context(), plan.KubeScope{})
			if facts.Context != tt.want || facts.Version != kubeapi.DefaultVersion {
				t.Errorf("connected through %q to version %q, want %q", facts.Context, facts.Version, tt.want)
			}
		})
	}
}

func TestConnectTakesATunnelToTheCluster(t *testing.T) {
	w := newWorld(t)
	tunnelled := w.cluster
	tunnelled.Endpoint = "https://kubernetes" // the name in the server's certificate; the tunnel ends at the listener
	settings := kube.Settings{Kubeconfig: w.kubeconfig(t, "", entry{name: "tunnel", server: w.cluster.Endpoint, tlsServerName: "kubernetes", token: adminToken})}
	if _, err := kube.NewConnector(settings).Connect(t.Context(), tunnelled); err != nil {
		t.Fatal(err)
	}
}

func TestConnectSaysWhatIsWrong(t *testing.T) {
	w := newWorld(t)
	elsewhere := entry{name: "elsewhere", server: "https://old.example.com", token: adminToken}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	private := w.cluster
	private.Endpoint, private.PublicEndpoint = "https://"+closed.Addr().String(), false
	stranger := newWorld(t).cluster
	stranger.CAData = w.cluster.CAData
	starting := w.cluster
	starting.Endpoint, starting.Status = "", "CREATING"

	tests := map[string]struct {
		cluster    world.Cluster
		kubeconfig string
		context    string
		token      string
		kind       world.ProblemKind
		says       []string
	}{
		"a context of another cluster is refused by both names": {
			cluster: w.cluster, kubeconfig: w.kubeconfig(t, "elsewhere", elsewhere), context: "elsewhere",
			kind: world.ProblemUsage, says: []string{"elsewhere", "old.example.com", "workshop", w.cluster.Endpoint},
		},
		"a context that does not exist is refused with those that do": {
			cluster: w.cluster, kubeconfig: w.kubeconfig(t, "elsewhere", elsewhere), context: "nowhere",
			kind: world.ProblemUsage, says: []string{"nowhere", "elsewhere"},
		},
		"a kubeconfig that was named must exist": {
			cluster: w.cluster, kubeconfig: filepath.Join(t.TempDir(), "missing"),
			kind: world.ProblemUsage, says: []string{"missing", "no such file"},
		},
		"a kubeconfig that is no YAML is named": {
			cluster: w.cluster, kubeconfig: writeKubeconfig(t, "}{"),
			kind: world.ProblemUsage, says: []string{"read kubeconfig"},
		},
		"a token that the cluster does not know is a problem of credentials": {
			cluster: w.cluster, token: "nobody", kind: world.ProblemCredentials, says: []string{w.cluster.Endpoint},
		},
		"an endpoint where nobody listens is unreachable": {
			cluster: private, token: adminToken, kind: world.ProblemUnreachable, says: []string{private.Endpoint, "refused", "public endpoint is off"},
		},
		"another server's certificate is not trusted": {
			cluster: stranger, token: adminToken, kind: world.ProblemUnreachable, says: []string{stranger.Endpoint, "certificate"},
		},
		"a cluster that is being created has no endpoint": {
			cluster: starting, token: adminToken, kind: world.ProblemFailed, says: []string{"CREATING"},
		},
		"without a context and without a token there is no way": {
			cluster: w.cluster, kind: world.ProblemCredentials, says: []string{"no kubeconfig context", "aws eks update-kubeconfig --name workshop"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			settings := kube.Settings{Kubeconfig: tt.kubeconfig, Context: tt.context}
			if settings.Kubeconfig == "" {
				settings.Kubeconfig = emptyKubeconfig(t)
			}
			if tt.token != "" {
				settings.Token = fixedToken(tt.token)
			}
			_, err := kube.NewConnector(settings).Connect(t.Context(), tt.cluster)
			if err == nil {
				t.Fatal("it connected")
			}
			if kind := world.KindOf(err); kind != tt.kind {
				t.Errorf("the problem is of kind %d, want %d: %v", kind, tt.kind, err)
			}
			hint, command := world.HintOf(err)
			for _, text := range tt.says {
				if whole := err.Error() + " " + hint + " " + command; !strings.Contains(whole, text) {
					t.Errorf("%q does not say %q", whole, text)
				}
			}
		})
	}
}

func TestSuggestedAWSCommandsAskTheSameAccount(t *testing.T) {
	w := newWorld(t)
	elsewhere := w.kubeconfig(t, "elsewhere", entry{name: "elsewhere", server: "https://old.example.com", token: adminToken})
	for name, c := range map[string]struct {
		settings kube.Settings
		want     string
	}{
		"without access":     {kube.Settings{Kubeconfig: emptyKubeconfig(t)}, "aws eks update-kubeconfig --name workshop"},
		"of another cluster": {kube.Settings{Kubeconfig: elsewhere, Context: "elsewhere"}, "aws eks update-kubeconfig --name workshop"},
		"that is not known":  {kube.Settings{Kubeconfig: emptyKubeconfig(t), Token: fixedToken("nobody")}, "aws eks list-access-entries --cluster-name workshop"},
	} {
		t.Run(name, func(t *testing.T) {
			c.settings.AWSFlags = "--region us-west-2 --profile work"
			_, err := kube.NewConnector(c.settings).Connect(t.Context(), w.cluster)
			if _, command := world.HintOf(err); command != c.want+" --region us-west-2 --profile work" {
				t.Errorf("the command is %q", command)
			}
		})
	}
}

func TestConnectGivesUpOnAServerThatDoesNotAnswer(t *testing.T) {
	w := newWorld(t)
	w.server.InjectFault(faults.Fault{Resource: "/version", Hang: true})
	_, err := kube.NewConnector(kube.Settings{
		Kubeconfig: emptyKubeconfig(t), Token: fixedToken(adminToken), CallTimeout: 100 * time.Millisecond,
	}).Connect(t.Context(), w.cluster)
	if kind := world.KindOf(err); kind != world.ProblemUnreachable {
		t.Errorf("the problem is of kind %d: %v", kind, err)
	}
}
