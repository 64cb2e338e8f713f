package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"podsg/aws/answer"
	"podsg/steps/shell"
	"podsg/steps/world"
)

// reason is an error in the words a user should read; the SDK's error, with its
// request ids and attempts, stays underneath.
type reason struct {
	text  string
	cause error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.cause }

// problem turns an error of a read into a [*steps.Problem]; nil stays nil.
func (c *Client) problem(err error, doing, object string) error {
	if err == nil {
		return nil
	}
	return translate(err, doing, object, c.login)
}

// changeProblem is problem for a change; nil stays nil.
func (c *Client) changeProblem(err error, doing, object string) error {
	if err == nil {
		return nil
	}
	return c.refusal(err, doing, object)
}

// refusal is why a change was not made. An object that the plan counted on and
// that is not there means that the world has changed.
func (c *Client) refusal(err error, doing, object string) *world.Problem {
	p := translate(err, doing, object, c.login)
	if p.Kind == world.ProblemNotFound {
		p.Kind = world.ProblemChanged
	}
	if p.Kind == world.ProblemChanged && p.Hint == "" {
		p.Hint = "run podsg again: it observes the account anew and plans what is missing"
	}
	return p
}

// translate classifies an error of the SDK.
func translate(err error, doing, object string, l login) *world.Problem {
	var already *world.Problem
	if errors.As(err, &already) {
		return already
	}
	p := &world.Problem{Doing: doing, Object: object, Err: &reason{text: plainText(err), cause: err}}
	var (
		apiErr     smithy.APIError
		netErr     net.Error
		dnsErr     *net.DNSError
		opErr      *net.OpError
		unreadable *smithy.DeserializationError
	)
	var strange *answer.Strange
	switch {
	case errors.As(err, &strange):
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: strange.Error(), cause: err}
		p.Hint = strangeHint
	case isCredentialFailure(err):
		p.Kind = world.ProblemCredentials
		p.Hint, p.Command = l.mend()
	case errors.Is(err, context.Canceled):
		p.Kind = world.ProblemInterrupted
		p.Err = &reason{text: "interrupted", cause: err}
	case errors.As(err, &apiErr):
		classifyAPIError(p, apiErr, err, l)
		sayWhoDenies(p, apiErr.ErrorMessage())
	case errors.Is(err, context.DeadlineExceeded):
		p.Kind = world.ProblemTimeout
		p.Err = &reason{text: "timed out" + endpointText(err, "waiting for"), cause: err}
		p.Hint = networkHint
	case errors.As(err, &dnsErr), errors.As(err, &opErr):
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: "no connection" + endpointText(err, "to") + ": " + innermost(err).Error(), cause: err}
		p.Hint = networkHint
	case errors.As(err, &netErr) && netErr.Timeout():
		p.Kind = world.ProblemTimeout
		p.Err = &reason{text: "no answer" + endpointText(err, "from") + ": " + innermost(err).Error(), cause: err}
		p.Hint = networkHint
	case errors.Is(err, answer.ErrNoContent):
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: answer.ErrNoContent.Error(), cause: err}
		p.Hint = strangeHint
	case errors.As(err, &unreadable):
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: "the answer" + endpointText(err, "from") + " cannot be read: " + innermost(err).Error(), cause: err}
		p.Hint = strangeHint
	case endpointOf(err) != "":
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: "no answer" + endpointText(err, "from") + ": " + innermost(err).Error(), cause: err}
		p.Hint = networkHint
	}
	return p
}

// strangeHint is for answers that are not AWS's.
const strangeHint = "look at HTTPS_PROXY and NO_PROXY, and AWS_ENDPOINT_URL if it is set; log in to the network, if it asks for that, in a browser"

const networkHint = "check the network, HTTPS_PROXY, the region, and AWS_ENDPOINT_URL if it is set"

// classifyAPIError reads the code that a service answered. Codes follow a
// pattern in every service (InvalidGroup.Duplicate, DBInstanceAlreadyExists,
// ResourceNotFoundException), which says more than a list would.
func classifyAPIError(p *world.Problem, apiErr smithy.APIError, err error, l login) {
	code := apiErr.ErrorCode()
	var response *smithyhttp.ResponseError
	switch {
	case code == "UnknownError" && errors.As(err, &response):
		// The SDK's word for an answer that no service gives.
		p.Kind = world.ProblemUnreachable
		p.Err = &reason{text: fmt.Sprintf("the answer is HTTP %d without an error of AWS's: a proxy or a captive portal?", response.HTTPStatusCode()), cause: err}
		p.Hint = strangeHint
	case strings.Contains(apiErr.ErrorMessage(), "scoped to a valid region"):
		p.Kind = world.ProblemUsage
		p.Hint = "the endpoint is of another region: choose it with --region or AWS_REGION, or unset AWS_ENDPOINT_URL"
	case isCredentialCode(code):
		p.Kind = world.ProblemCredentials
		p.Hint, p.Command = l.mend()
		if strings.HasPrefix(code, "Signature") || code == "RequestExpired" || code == "InvalidSignatureException" {
			p.Hint = "check this machine's clock and the secret access key; " + p.Hint
		}
	case isDeniedCode(code):
		p.Kind = world.ProblemPermission
		p.Permission = deniedAction(apiErr.ErrorMessage(), err)
		p.Hint = fmt.Sprintf("ask an administrator of the account to allow %s; podsg permissions prints the whole policy", p.Permission)
		p.Command = shell.Command("podsg permissions -o iam --mode %s", string(modeOf(p.Permission)))
	case isThrottleCode(code):
		p.Hint = "AWS limits how often this may be called; run podsg again in a minute, or raise AWS_MAX_ATTEMPTS"
	case strings.Contains(code, "Duplicate"), strings.Contains(code, "AlreadyExists"):
		p.Kind = world.ProblemChanged
	case strings.Contains(code, "NotFound"), code == "NoSuchEntity":
		p.Kind = world.ProblemNotFound
	case code == "DependencyViolation", code == "DeleteConflict", code == "ResourceInUseException",
		strings.HasPrefix(code, "InvalidDBInstanceState"), strings.HasPrefix(code, "InvalidDBSubnetGroupState"):
		p.Kind = world.ProblemInUse
	}
}

// deniedBy is whose policy denies a call, in the words with which AWS says so: "with
// an explicit deny in a service control policy", "because no permissions boundary
// allows the … action". Empty: a policy of the account is missing, or it does not say.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func deniedBy(message string) string {
	message = strings.ToLower(message)
	for _, x := range []struct{ policy, by string }{
		{"service control policy", world.DeniedByOrganization},
		{"resource control policy", world.DeniedByOrganization},
		{"permissions boundary", world.DeniedByBoundary},
	} {
		if strings.Contains(message, "in a "+x.policy) || strings.Contains(message, "no "+x.policy+" allows") {
			return x.by
		}
	}
	if strings.Contains(message, "explicit deny") {
		return world.DeniedExplicitly
	}
	return ""
}

// sayWhoDenies says of a denial whose policy it is, and who can allow it where a
// policy of the account does not help.
func sayWhoDenies(p *world.Problem, message string) {
	if p.Kind != world.ProblemPermission {
		return
	}
	p.DeniedBy = deniedBy(message)
	switch p.DeniedBy {
	case world.DeniedByOrganization:
		p.Hint = fmt.Sprintf("a policy of the AWS organization denies %s: only an administrator of the organization can allow it, no policy of this account does", p.Permission)
	case world.DeniedByBoundary:
		p.Hint = fmt.Sprintf("the permissions boundary of this identity does not allow %s: ask whoever sets it", p.Permission)
	case world.DeniedExplicitly:
		p.Hint = fmt.Sprintf("a policy denies %s explicitly, and no other policy outweighs that: ask an administrator of the account to change it", p.Permission)
	default:
		return
	}
	p.Command = ""
}

func isCredentialCode(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException",
		"AuthFailure", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
		"IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException":
		return true
	}
	return false
}

func isDeniedCode(code string) bool {
	switch code {
	case "UnauthorizedOperation", "AccessDenied", "AccessDeniedException", "NotAuthorized", "AuthorizationError":
		return true
	}
	return false
}

func isThrottleCode(code string) bool {
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	return throttled
}

// isCredentialFailure reports whether a call failed before it was sent, because
// there were no credentials to sign it with. The SDK has a type for an expired
// SSO session only; the rest it tells in words.
func isCredentialFailure(err error) bool {
	var sso *ssocreds.InvalidTokenError
	if errors.As(err, &sso) {
		return true
	}
	text := err.Error()
	return !errors.Is(err, context.Canceled) &&
		(strings.Contains(text, "get identity: get credentials") || strings.Contains(text, "failed to refresh cached credentials"))
}

// hasCode reports whether a service answered with one of these error codes.
func hasCode(err error, codes ...string) bool {
	var apiErr smithy.APIError
	if !errors.As(err, &apiErr) {
		return false
	}
	for _, code := range codes {
		// RDS has codes with and without "Fault" at the end.
		if strings.TrimSuffix(apiErr.ErrorCode(), "Fault") == strings.TrimSuffix(code, "Fault") {
			return true
		}
	}
	return false
}

// encodedMessage is EC2's encoded reason of a denial: noise to a reader.
var encodedMessage = regexp.MustCompile(`\s*Encoded authorization failure message:.*`)

// plainText is the service's own message with its code, or, when no service
// answered, the innermost error.
func plainText(err error) string {
	var apiErr smithy.APIError
	if errors.As(err, &apiErr) {
		message := strings.TrimSpace(encodedMessage.ReplaceAllString(apiErr.ErrorMessage(), ""))
		if message == "" {
			return apiErr.ErrorCode()
		}
		return fmt.Sprintf("%s (%s)", strings.TrimSuffix(message, "."), apiErr.ErrorCode())
	}
	return innermost(err).Error()
}

// innermost is the first error that is not a wrapper of the SDK, the HTTP
// client or the retryer.
func innermost(err error) error {
	for {
		switch err.(type) {
		case *net.OpError, *net.DNSError:
			return err
		}
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// endpointOf is the address that a failed request was sent to.
func endpointOf(err error) string {
	var urlErr *url.Error
	if !errors.As(err, &urlErr) {
		return ""
	}
	u, parseErr := url.Parse(urlErr.URL)
	if parseErr != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

func endpointText(err error, preposition string) string {
	if endpoint := endpointOf(err); endpoint != "" {
		return " " + preposition + " " + endpoint
	}
	return ""
}

// performAction finds the action in the sentence of a denial: "User: … is not
// authorized to perform: rds:CreateDBInstance on resource: …".
var performAction = regexp.MustCompile(`authorized to perform:? ([a-zA-Z0-9-]+:[a-zA-Z0-9]+)`)

// deniedAction is the IAM action that was denied: the one that the message
// names, which for tags given at creation is not the operation's, or else the
// operation's.
func deniedAction(message string, err error) string {
	if m := performAction.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return actionOf(err)
}

// actionOf is the IAM action of the operation that failed, such as
// ec2:DescribeVpcs.
func actionOf(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return ""
	}
	return actionName(op.Service(), op.Operation())
}

// actionName is the IAM action of an SDK operation: the service's prefix is its
// SDK id in lower case without spaces, for every service used here.
func actionName(service, operation string) string {
	return strings.ToLower(strings.ReplaceAll(service, " ", "")) + ":" + operation
}
