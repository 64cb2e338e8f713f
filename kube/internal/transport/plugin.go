package transport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/clock"

	"podsg/steps/world"
)

// PluginTokens prepares a configuration whose credentials come from a plugin,
// such as `aws eks get-token`. client-go runs it and gives requests what it
// returns; but it does so within a request whatever the request's context, and
// to every request that fails again. So requests first wait for the tokens that
// are returned: they can give up, all wait for one run, and a failure is
// explained. They are nil if the configuration does not need its plugin.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
func PluginTokens(config *rest.Config, stderr *Stderr) (*Tokens, error) {
	plugin := config.ExecProvider
	plugin.StdinUnavailable = true
	// client-go runs equal plugins once for all, with one standard error. This
	// one is to be equal to those of the same connector only.
	plugin.StdinUnavailableMessage = fmt.Sprintf("podsg has the terminal (%p)", stderr)
	if plugin.InteractiveMode == clientcmdapi.AlwaysExecInteractiveMode {
		// It may know the answers from the last time. If not, it says so itself.
		plugin.InteractiveMode = clientcmdapi.IfAvailableExecInteractiveMode
	}
	var provider http.RoundTripper
	var err error
	stderr.capture(func() {
		transport, failed := config.TransportConfig()
		if err = failed; err == nil && transport.WrapTransport != nil {
			provider = transport.WrapTransport(unsent{})
		}
	})
	if err != nil {
		return nil, &world.Problem{
			Kind: world.ProblemCredentials, Doing: "use the credential plugin", Object: plugin.Command, Err: err,
			Hint: "Make the kubeconfig anew, as with aws eks update-kubeconfig.",
		}
	}
	if provider == nil { // there is another credential, which goes first
		return nil, nil
	}
	return &Tokens{clock: clock.RealClock{}, source: func(ctx context.Context) (string, time.Time, error) {
		return pluginToken(ctx, plugin, provider, stderr)
	}}, nil
}

// pluginToken is the token that client-go's provider adds to requests now; it is
// empty if the plugin gives a client certificate only. It expires at once:
// client-go knows until when it is good.
func pluginToken(ctx context.Context, plugin *clientcmdapi.ExecConfig, provider http.RoundTripper, stderr *Stderr) (string, time.Time, error) {
	request := (&http.Request{Header: http.Header{}}).WithContext(ctx)
	_, err := InTime(ctx, func() (io.ReadCloser, error) {
		response, err := provider.RoundTrip(request)
		if err != nil {
			return nil, err
		}
		return response.Body, nil
	})
	switch {
	case err == nil:
		return request.Header.Get("Authorization"), time.Now(), nil
	case ctx.Err() != nil:
		err = fmt.Errorf("it gave none within %s: %w", tokenTimeout, err)
	default:
		err = pluginFailure(plugin, err, stderr.last())
	}
	return "", time.Time{}, pluginProblem(plugin, err)
}

// unsent answers requests without sending them.
type unsent struct{}

// RoundTrip implements [http.RoundTripper].
func (unsent) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

// pluginFailure is why there are no credentials. client-go says it in a text,
// which may hold what the plugin printed; complaint is the plugin's own last
// line.
func pluginFailure(plugin *clientcmdapi.ExecConfig, err error, complaint string) error {
	if _, missing := exec.LookPath(plugin.Command); missing != nil {
		return missing
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	for _, prefix := range []string{"getting credentials: ", "exec: ", "executable " + plugin.Command + " ", "exec plugin "} {
		text = strings.TrimPrefix(text, prefix)
	}
	if strings.HasPrefix(text, "decoding stdout") {
		text = "its output is no ExecCredential"
	}
	if complaint != "" {
		text += ": " + complaint
	}
	return errors.New(text)
}

func pluginProblem(plugin *clientcmdapi.ExecConfig, err error) *world.Problem {
	p := &world.Problem{
		Kind: world.ProblemCredentials, Doing: "get credentials from", Object: plugin.Command, Err: err,
		Hint:    "The kubeconfig's credential plugin failed; run it by hand to see more.",
		Command: strings.Join(append([]string{plugin.Command}, plugin.Args...), " "),
	}
	switch text := strings.ToLower(err.Error()); {
	case errors.Is(err, exec.ErrNotFound):
		p.Hint, p.Command = cmp.Or(plugin.InstallHint, "Install it, or add its folder to PATH."), ""
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
