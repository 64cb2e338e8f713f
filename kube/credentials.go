package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	clientauthentication "k8s.io/client-go/pkg/apis/clientauthentication/v1"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/clock"

	"podsg/steps/world"
)

// tokenSource makes a bearer token. A zero expiry means that it is good until
// it is refused.
type tokenSource func(ctx context.Context) (token string, expires time.Time, err error)

const (
	// tokenLeeway is how long before its expiry a token is renewed.
	tokenLeeway = time.Minute
	// tokenTimeout bounds the making of a token: a plugin may ask in a browser.
	tokenTimeout = time.Minute
	// tokenRetry is how long a failure stands for all who ask: many watches that
	// try again must not run a plugin every second.
	tokenRetry = 10 * time.Second
	// pluginGrace is how long a plugin that has ended may leave its output open:
	// a program that it started in the background may hold it.
	pluginGrace = 2 * time.Second
)

// withBearerToken makes the configuration's requests carry a token of a source.
func withBearerToken(config *rest.Config, clk clock.PassiveClock, source tokenSource) {
	tokens := &tokens{source: source, clock: clk}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return bearer{next, tokens} })
}

// tokens keeps the current token of a source, or why there is none.
type tokens struct {
	source tokenSource
	clock  clock.PassiveClock

	mu       sync.Mutex
	token    string
	expires  time.Time
	failure  error
	failedAt time.Time
	asking   *asking // nil: nobody is
}

// asking is one question to a source, which all wait for who need a token.
type asking struct {
	done  chan struct{} // closed with the answer
	token string
	err   error
}

func (t *tokens) get(ctx context.Context) (string, error) {
	token, asking, err := t.current(ctx)
	if asking == nil {
		return token, err
	}
	select {
	case <-asking.done:
		return asking.token, asking.err
	case <-ctx.Done():
		return "", fmt.Errorf("wait for a token: %w", ctx.Err())
	}
}

// current is the token or the failure that stands, or else the question that is
// being asked.
func (t *tokens) current(ctx context.Context) (string, *asking, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	switch {
	case t.token != "" && (t.expires.IsZero() || now.Add(tokenLeeway).Before(t.expires)):
		return t.token, nil, nil
	case t.failure != nil && now.Sub(t.failedAt) < tokenRetry:
		return "", nil, t.failure
	case t.asking == nil:
		t.asking = &asking{done: make(chan struct{})}
		go t.ask(context.WithoutCancel(ctx), t.asking) // the others wait for it too
	}
	return "", t.asking, nil
}

func (t *tokens) ask(ctx context.Context, a *asking) {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	token, expires, err := t.source(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	a.token, a.err = token, err
	t.token, t.expires, t.failure, t.failedAt, t.asking = token, expires, err, t.clock.Now(), nil
	close(a.done)
}

// refused forgets a token that the server did not accept.
func (t *tokens) refused(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == token {
		t.token = ""
	}
}

// bearer adds the current token to requests.
type bearer struct {
	next   http.RoundTripper
	tokens *tokens
}

// RoundTrip implements [http.RoundTripper]. A token may end before its time,
// with the session behind it, so a request that is refused is repeated once with
// a new one.
func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	token, err := b.tokens.get(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err := b.send(req, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	b.tokens.refused(token)
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return resp, nil
	}
	fresh, err := b.tokens.get(req.Context())
	if err != nil || fresh == token {
		return resp, nil
	}
	repeated, err := again(req)
	if err != nil {
		return resp, nil
	}
	discard(resp)
	resp, err = b.send(repeated, fresh)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		b.tokens.refused(fresh)
	}
	return resp, err
}

func (b bearer) send(req *http.Request, token string) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+token)
	return b.next.RoundTrip(req)
}

// WrappedRoundTripper lets apimachinery find the transport below.
func (b bearer) WrappedRoundTripper() http.RoundTripper { return b.next }

// execToken runs a kubeconfig's credential plugin, such as `aws eks get-token`.
// client-go's own runner gives the plugin the terminal, for its questions and
// its errors; here it has none, and what it says on standard error becomes part
// of the error.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
func execToken(plugin *clientcmdapi.ExecConfig) tokenSource {
	return func(ctx context.Context) (string, time.Time, error) {
		cmd := exec.CommandContext(ctx, plugin.Command, plugin.Args...)
		cmd.Env = append(os.Environ(), "KUBERNETES_EXEC_INFO="+execInfo(plugin))
		for _, v := range plugin.Env {
			cmd.Env = append(cmd.Env, v.Name+"="+v.Value)
		}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.WaitDelay = pluginGrace
		if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
			if ctx.Err() != nil {
				err = fmt.Errorf("it gave none within %s: %w", tokenTimeout, ctx.Err())
			}
			return "", time.Time{}, pluginProblem(plugin, pluginFailure(err, stderr.String()))
		}
		var credential clientauthentication.ExecCredential
		if err := json.Unmarshal(stdout.Bytes(), &credential); err != nil {
			return "", time.Time{}, pluginProblem(plugin, errors.New("its output is no ExecCredential"))
		}
		if credential.Status == nil || credential.Status.Token == "" {
			return "", time.Time{}, pluginProblem(plugin, errors.New("it gave no token"))
		}
		var expires time.Time
		if at := credential.Status.ExpirationTimestamp; at != nil {
			expires = at.Time
		}
		return credential.Status.Token, expires, nil
	}
}

func execInfo(plugin *clientcmdapi.ExecConfig) string {
	info, _ := json.Marshal(map[string]any{ // strings and a bool: cannot fail
		"apiVersion": plugin.APIVersion, "kind": "ExecCredential", "spec": map[string]any{"interactive": false},
	})
	return string(info)
}

// pluginFailure joins how a plugin ended with the last line that it wrote.
func pluginFailure(err error, stderr string) error {
	lines := strings.FieldsFunc(stderr, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(lines) == 0 {
		return err
	}
	return fmt.Errorf("%w: %s", err, strings.TrimSpace(lines[len(lines)-1]))
}

func pluginProblem(plugin *clientcmdapi.ExecConfig, err error) *world.Problem {
	p := &world.Problem{
		Kind: world.ProblemCredentials, Doing: "get a token from", Object: plugin.Command, Err: err,
		Hint:    "The kubeconfig's credential plugin failed; run it by hand to see more.",
		Command: strings.Join(append([]string{plugin.Command}, plugin.Args...), " "),
	}
	switch text := strings.ToLower(err.Error()); {
	case errors.Is(err, exec.ErrNotFound):
		p.Hint, p.Command = orDefault(plugin.InstallHint, "Install it, or add its folder to PATH."), ""
	case strings.Contains(text, "sso"):
		p.Hint, p.Command = "The login of IAM Identity Center has ended.", "aws sso login"
		if profile := pluginProfile(plugin); profile != "" {
			p.Command += " --profile " + profile
		}
	}
	return p
}

// pluginProfile is the AWS profile that a plugin was told to use.
func pluginProfile(plugin *clientcmdapi.ExecConfig) string {
	for _, v := range plugin.Env {
		if v.Name == "AWS_PROFILE" {
			return v.Value
		}
	}
	for i, arg := range plugin.Args {
		if value, found := strings.CutPrefix(arg, "--profile="); found {
			return value
		}
		if arg == "--profile" && i+1 < len(plugin.Args) {
			return plugin.Args[i+1]
		}
	}
	return ""
}
