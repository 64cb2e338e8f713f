package kube_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"podsg/kube"
	"podsg/sandbox/authority"
	"podsg/steps/world"
)

// credential is the shell command that prints an ExecCredential.
func credential(t *testing.T, status map[string]string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the plugins of these tests are shell commands")
	}
	text, err := json.Marshal(map[string]any{
		"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status,
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "credential.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return `cat "` + file + `"`
}

// through makes the settings use a kubeconfig whose plugin runs a command.
func (w *testWorld) through(t *testing.T, command, field string) func(*kube.Settings) {
	path := w.kubeconfig(t, "", entry{name: "eks", server: w.cluster.Endpoint, exec: command, execField: field})
	return func(s *kube.Settings) { s.Kubeconfig, s.Token = path, nil }
}

// edited replaces a text in the kubeconfig of settings.
func edited(t *testing.T, configure func(*kube.Settings), from, to string) func(*kube.Settings) {
	t.Helper()
	var settings kube.Settings
	configure(&settings)
	text, err := os.ReadFile(settings.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(settings.Kubeconfig, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return configure
}

func (w *testWorld) connectProblem(t *testing.T, configure func(*kube.Settings)) error {
	t.Helper()
	var settings kube.Settings
	configure(&settings)
	_, err := kube.NewConnector(settings).Connect(t.Context(), w.cluster)
	if err == nil {
		t.Fatal("it connected")
	}
	return err
}

func TestACredentialPluginGivesAToken(t *testing.T) {
	w := newWorld(t)
	w.connect(t, "", w.through(t, credential(t, map[string]string{"token": adminToken}), ""))
}

func TestACredentialPluginGivesAClientCertificate(t *testing.T) {
	w := newWorld(t)
	ca, err := authority.NewAuthority("practice cluster")
	if err != nil {
		t.Fatal(err)
	}
	serving, err := ca.Issue("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	users, err := ca.Issue("admin")
	if err != nil {
		t.Fatal(err)
	}
	// The API server behind a door that wants the certificate.
	door := httptest.NewUnstartedServer(http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if sent := request.TLS.PeerCertificates; len(sent) > 0 && sent[0].Equal(users.Leaf) {
			request.Header.Set("Authorization", "Bearer "+adminToken)
		}
		w.server.ServeHTTP(response, request)
	}))
	door.TLS = &tls.Config{Certificates: []tls.Certificate{serving}, ClientAuth: tls.RequestClientCert}
	door.StartTLS()
	t.Cleanup(door.Close)
	w.cluster.Endpoint, w.ca = door.URL, ca.PEM()

	key, err := x509.MarshalPKCS8PrivateKey(users.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	c := w.connect(t, "", w.through(t, credential(t, map[string]string{
		"clientCertificateData": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: users.Certificate[0]})),
		"clientKeyData":         string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
	}), ""))
	if _, err := c.Pods(t.Context(), "workshop", nil); err != nil {
		t.Error(err)
	}
}

func TestACredentialPluginIsToldAboutTheCluster(t *testing.T) {
	w := newWorld(t)
	knows := `case "$KUBERNETES_EXEC_INFO" in *"\"server\":\"` + w.cluster.Endpoint + `\""*) ;; *) echo no cluster >&2; exit 1;; esac; `
	command := knows + credential(t, map[string]string{"token": adminToken})
	w.connect(t, "", w.through(t, command, ", provideClusterInfo: true"))
	if err := w.connectProblem(t, w.through(t, command, "")); !strings.Contains(err.Error(), "no cluster") {
		t.Errorf("without asking for it, the plugin says %v", err)
	}
}

func TestACredentialPluginThatFailsIsExplained(t *testing.T) {
	w := newWorld(t)
	credential(t, nil) // not on Windows
	const secret = "k8s-aws-v1.secret"
	for name, c := range map[string]struct {
		configure     func(*kube.Settings)
		says          []string
		hint, command string
	}{
		"by its exit code and its last words": {
			configure: w.through(t, "echo Traceback >&2; echo The plugin is sad >&2; exit 7", ""),
			says:      []string{"exit code 7", "The plugin is sad"}, hint: "The kubeconfig's credential plugin failed; run it by hand to see more.",
			command: "sh -c echo Traceback >&2; echo The plugin is sad >&2; exit 7",
		},
		"a login that has ended": {
			configure: w.through(t, "printf \"waiting\\rThe SSO session has expired\" >&2; exit 255", ", env: [{name: AWS_PROFILE, value: work}]"),
			says:      []string{"exit code 255: The SSO session has expired"},
			hint:      "The login of IAM Identity Center has ended.", command: "aws sso login --profile work",
		},
		"output that is something else": {
			configure: w.through(t, "echo "+secret, ""), says: []string{"no ExecCredential"},
			hint: "The kubeconfig's credential plugin failed; run it by hand to see more.", command: "sh -c echo " + secret,
		},
		"a credential that is empty": {
			configure: w.through(t, credential(t, map[string]string{}), ""), says: []string{"didn't return a token or cert/key pair"},
		},
		"a program that is not there": {
			configure: edited(t, w.through(t, "x", ", installHint: brew install it"), "command: sh", "command: podsg-has-no-such-plugin"),
			says:      []string{"podsg-has-no-such-plugin", "executable file not found"}, hint: "brew install it",
		},
		"a version that no client knows any more": {
			configure: edited(t, w.through(t, "true", ""), "k8s.io/v1,", "k8s.io/v1alpha1,"), says: []string{"v1alpha1"},
			hint: "Make the kubeconfig anew, as with aws eks update-kubeconfig.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := w.connectProblem(t, c.configure)
			if world.KindOf(err) != world.ProblemCredentials {
				t.Errorf("it is of kind %d", world.KindOf(err))
			}
			for _, want := range c.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it says %q", err)
			}
			hint, command := world.HintOf(err)
			if c.hint != "" && (hint != c.hint || command != c.command) {
				t.Errorf("the hint is %q with %q", hint, command)
			}
		})
	}
}

func TestACredentialPluginHasNoTerminal(t *testing.T) {
	print := credential(t, map[string]string{"token": adminToken})
	terminal, stdin, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	defer terminal.Close()
	defer stdin.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	standardIn, standardErr := os.Stdin, os.Stderr
	os.Stdin, os.Stderr = stdin, write
	defer func() { os.Stdin, os.Stderr = standardIn, standardErr }()

	w := newWorld(t)
	for _, mode := range []string{"Never", "IfAvailable", "Always"} {
		command := "echo Password: >&2; read answer; " + print
		c := w.connect(t, "", edited(t, w.through(t, command, ""), "IfAvailable", mode))
		if _, err := c.Pods(t.Context(), "workshop", nil); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
	}
	write.Close()
	if text, err := io.ReadAll(read); err != nil || len(text) > 0 {
		t.Errorf("standard error got %q, %v", text, err)
	}
}

func TestWhoGivesUpDoesNotWaitForACredentialPlugin(t *testing.T) {
	w := newWorld(t)
	print := credential(t, map[string]string{"token": adminToken})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	var settings kube.Settings
	w.through(t, "exec sleep 20 # "+print, "")(&settings)
	begun := time.Now()
	_, err := kube.NewConnector(settings).Connect(ctx, w.cluster)
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > 10*time.Second {
		t.Errorf("after %s: %v", time.Since(begun), err)
	}
}

func TestACredentialThatIsRefusedIsRenewed(t *testing.T) {
	w := newWorld(t)
	counter := filepath.Join(t.TempDir(), "runs")
	first, second := credential(t, map[string]string{"token": "ended"}), credential(t, map[string]string{"token": adminToken})
	w.connect(t, "", w.through(t, `echo x >> "`+counter+`"; if [ $(wc -l < "`+counter+`") = 1 ]; then `+first+`; else `+second+`; fi`, ""))
	if runs, err := os.ReadFile(counter); err != nil || string(runs) != "x\nx\n" {
		t.Errorf("it ran %q times, %v", runs, err)
	}
}

func TestAConnectorRunsAPluginOnceForAllConnections(t *testing.T) {
	w := newWorld(t)
	counter := filepath.Join(t.TempDir(), "runs")
	var settings kube.Settings
	w.through(t, `echo x >> "`+counter+`"; `+credential(t, map[string]string{"token": adminToken}), "")(&settings)
	connector := kube.NewConnector(settings)
	for range 3 {
		if _, err := connector.Connect(t.Context(), w.cluster); err != nil {
			t.Fatal(err)
		}
	}
	if runs, err := os.ReadFile(counter); err != nil || string(runs) != "x\n" {
		t.Errorf("it ran %q times, %v", runs, err)
	}
}
