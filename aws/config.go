package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// Limits of one attempt of a call; of those without an answer there are three,
// or what AWS_MAX_ATTEMPTS says, so that even an endpoint that hangs is given up
// within two minutes.
const (
	connectTimeout  = 5 * time.Second
	responseTimeout = 20 * time.Second // until the response header
	attemptTimeout  = 30 * time.Second // until the end of the response body
)

// Limits of finding the configuration itself.
const (
	credentialsTimeout    = 60 * time.Second // a credential_process may ask its user
	instanceRegionTimeout = 2 * time.Second
)

// Settings are the choices of the command line. What is empty is looked for
// where the AWS CLI looks: environment, shared configuration files, and the
// metadata of the instance that podsg runs on.
type Settings struct {
	Region  string
	Profile string
}

// LoadConfig finds region and credentials, and proves that both can be had
// before anything else is done. A missing region is a [world.ProblemUsage],
// missing or expired credentials are a [world.ProblemCredentials]; both say
// where they were looked for.
//
// The SDK's own environment variables apply: AWS_PROFILE, AWS_REGION,
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>, AWS_RETRY_MODE,
// AWS_MAX_ATTEMPTS, AWS_CA_BUNDLE, HTTPS_PROXY and the rest of
// https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
func LoadConfig(ctx context.Context, s Settings) (awssdk.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(newHTTPClient()),
		config.WithLogger(logging.Nop{}), // nothing but podsg writes to the screen
		config.WithAPIOptions([]func(*middleware.Stack) error{awsmiddleware.AddUserAgentKey("podsg")}),
	}
	if s.Region != "" {
		options = append(options, config.WithRegion(s.Region))
	}
	if s.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.Profile))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return awssdk.Config{}, configurationProblem(err, s.Profile)
	}
	if cfg.Region == "" {
		cfg.Region = instanceRegion(ctx, cfg)
	}
	if cfg.Region == "" {
		return awssdk.Config{}, missingRegion(loginOf(cfg))
	}
	ctx, cancel := context.WithTimeout(ctx, credentialsTimeout)
	defer cancel()
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return awssdk.Config{}, missingCredentials(ctx, err, loginOf(cfg))
	}
	return cfg, nil
}

// newHTTPClient bounds every phase of a call. It stays a BuildableClient, so
// that the SDK can add AWS_CA_BUNDLE, and goes through HTTPS_PROXY.
func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithTimeout(attemptTimeout).
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = connectTimeout
			t.ResponseHeaderTimeout = responseTimeout
		})
}

// instanceRegion asks the metadata service, for a podsg that runs on an EC2
// instance; elsewhere nobody answers, and it is given up soon.
func instanceRegion(ctx context.Context, cfg awssdk.Config) string {
	ctx, cancel := context.WithTimeout(ctx, instanceRegionTimeout)
	defer cancel()
	out, err := imds.NewFromConfig(cfg).GetRegion(ctx, &imds.GetRegionInput{})
	if err != nil {
		return ""
	}
	return out.Region
}

func configurationProblem(err error, profile string) error {
	p := &world.Problem{Kind: world.ProblemCredentials, Doing: "load the AWS configuration", Err: err}
	var missing config.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		p.Err = fmt.Errorf("there is no profile %q in %s or %s", missing.Profile, configFile(), credentialsFile())
		p.Hint = "name a profile that is there with --profile or AWS_PROFILE, or make this one"
		p.Command = "aws configure list-profiles"
		return p
	}
	var wantsCode config.AssumeRoleTokenProviderNotSetError
	if errors.As(err, &wantsCode) {
		// The code would have to be asked for again when the session expires, in the
		// middle of a run that owns the screen: the AWS CLI asks once, before it.
		// https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html
		name := cmp.Or(profile, os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"), config.DefaultSharedConfigProfile)
		p.Err = &reason{text: fmt.Sprintf("the role of profile %q wants a code of an MFA device (mfa_serial), which podsg does not ask for", name), cause: err}
		p.Hint = "let the AWS CLI ask for it and export temporary credentials; then run podsg again in the same shell, with --region instead of --profile"
		p.Command = shell.Command(`eval "$(aws configure export-credentials --profile %s --format env)"`, name)
		return p
	}
	p.Hint = fmt.Sprintf("look at %s and %s", configFile(), credentialsFile())
	p.Command = login{profile: profile}.command("aws configure list")
	return p
}

func missingRegion(l login) error {
	return &world.Problem{
		Kind: world.ProblemUsage, Doing: "find the AWS region",
		Err: fmt.Errorf("no region in --region, AWS_REGION, AWS_DEFAULT_REGION, profile %q of %s, or the metadata of an EC2 instance",
			l.profileName(), configFile()),
		Hint:    "pass --region, or set a default for the profile",
		Command: l.command("aws configure set region us-west-2"),
	}
}

func missingCredentials(ctx context.Context, err error, l login) error {
	if errors.Is(context.Cause(ctx), context.Canceled) {
		return &world.Problem{Kind: world.ProblemInterrupted, Doing: "find AWS credentials", Err: context.Canceled}
	}
	p := translate(err, "find AWS credentials", "", l)
	p.Kind = world.ProblemCredentials
	p.Hint, p.Command = l.mend()
	if !l.known() {
		p.Err = &reason{cause: err, text: fmt.Sprintf(
			"none in the environment (AWS_ACCESS_KEY_ID), profile %q of %s and %s, a container's credentials endpoint, or the metadata of an EC2 instance",
			l.profileName(), credentialsFile(), configFile())}
	}
	return p
}

func configFile() string {
	if f := os.Getenv("AWS_CONFIG_FILE"); f != "" {
		return f
	}
	return config.DefaultSharedConfigFilename()
}

func credentialsFile() string {
	if f := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); f != "" {
		return f
	}
	return config.DefaultSharedCredentialsFilename()
}

// login is how the caller logged in: what a hint needs that says how to mend it.
type login struct {
	profile string
	sources []awssdk.CredentialSource
}

func loginOf(cfg awssdk.Config) login {
	var l login
	for _, source := range cfg.ConfigSources {
		if shared, ok := source.(config.SharedConfig); ok {
			l.profile = shared.Profile
		}
	}
	if p, ok := cfg.Credentials.(awssdk.CredentialProviderSource); ok {
		l.sources = p.ProviderSources()
	}
	return l
}

func (l login) profileName() string {
	if l.profile == "" {
		return config.DefaultSharedConfigProfile
	}
	return l.profile
}

// command adds the profile to a command of the AWS CLI.
func (l login) command(text string) string {
	if name := l.profileName(); name != config.DefaultSharedConfigProfile {
		return text + shell.Command(" --profile %s", name)
	}
	return text
}

// from reports whether the credentials came from one of these sources.
func (l login) from(sources ...awssdk.CredentialSource) bool {
	return slices.ContainsFunc(l.sources, func(s awssdk.CredentialSource) bool { return slices.Contains(sources, s) })
}

// known reports whether a source was configured; otherwise the SDK ended with
// its last resort, the metadata of an instance.
func (l login) known() bool {
	return len(l.sources) > 0 && !l.from(awssdk.CredentialSourceIMDS)
}

// mend says how to get good credentials, by where the bad ones came from.
func (l login) mend() (hint, command string) {
	switch {
	case l.from(awssdk.CredentialSourceSSO, awssdk.CredentialSourceSSOLegacy, awssdk.CredentialSourceProfileSSO, awssdk.CredentialSourceProfileSSOLegacy):
		return "log in again", l.command("aws sso login")
	case l.from(awssdk.CredentialSourceLogin, awssdk.CredentialSourceProfileLogin):
		return "log in again", l.command("aws login")
	case l.from(awssdk.CredentialSourceEnvVars):
		return "the credentials come from AWS_ACCESS_KEY_ID and its companions in the environment: export fresh ones, or unset them to use a profile",
			"unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN"
	case l.from(awssdk.CredentialSourceProcess, awssdk.CredentialSourceProfileProcess):
		return fmt.Sprintf("run the credential_process of profile %q by hand to see why it fails", l.profileName()),
			l.command("aws configure get credential_process")
	default:
		return "configure credentials, or name a profile that has them with --profile or AWS_PROFILE", l.command("aws configure")
	}
}
