package api

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/steps/shell"
	"podsg/steps/world"
)

// Problem turns an error of client-go into one that a user can act on: nil, or
// a [*steps.Problem].
func (c *Client) Problem(doing, object string, err error) error {
	if err == nil {
		return nil
	}
	p := &world.Problem{Doing: doing, Object: object, Err: Plain(err)}
	var status apierrors.APIStatus
	var known *world.Problem
	switch {
	case errors.As(err, &known): // of the token's source
		p.Kind, p.Err, p.Permission = known.Kind, known, known.Permission
	case errors.Is(err, context.Canceled):
		p.Kind = world.ProblemInterrupted
	case errors.As(err, &status):
		c.classify(p, err, status.Status())
	case deny(p, err.Error()): // the refusal of an upgrade
	default:
		c.unreachable(p, err)
	}
	return p
}

// UnlessMissing is the problem of a read, or nil when the object does not exist.
func (c *Client) UnlessMissing(doing, object string, err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return c.Problem(doing, object, err)
}

// deny makes p a problem of permission if a message says which is missing.
func deny(p *world.Problem, message string) bool {
	permission, denied := deniedPermission(message)
	if denied {
		p.Kind, p.Permission = world.ProblemPermission, permission
		p.Hint, p.Command = "Ask for this permission in the cluster; the command prints the roles with all that are needed.", "podsg permissions -o rbac --mode write"
	}
	return denied
}

// classify sorts an answer of the API server.
func (c *Client) classify(p *world.Problem, err error, status metav1.Status) {
	switch {
	case apierrors.IsUnauthorized(err):
		p.Kind = world.ProblemCredentials
		if c.answered() {
			p.Err = fmt.Errorf("the API server at %s does not accept these credentials any more: they have expired", c.host())
			p.Hint = "Renew the credentials, and run podsg again: it goes on from where it stopped."
			return
		}
		if at, expired := c.expired(); expired {
			p.Err = fmt.Errorf("the API server at %s does not accept these credentials: they expired at %s", c.host(), at.UTC().Format(time.RFC3339))
			p.Hint = "Renew the credentials of the kubeconfig, or let podsg use those of AWS."
			p.Command = c.aws(shell.Command("aws eks update-kubeconfig --name %s", c.cluster.Name))
			return
		}
		p.Err = fmt.Errorf("the API server at %s does not accept these credentials", c.host())
		p.Hint = "The IAM identity needs an access entry of the cluster (or a row in the aws-auth ConfigMap)."
		p.Command = c.aws(shell.Command("aws eks list-access-entries --cluster-name %s", c.cluster.Name))
	case apierrors.IsForbidden(err):
		deny(p, status.Message)
	case apierrors.IsNotFound(err):
		p.Kind = world.ProblemNotFound
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		p.Kind = world.ProblemChanged
	case apierrors.IsTimeout(err), apierrors.IsServerTimeout(err):
		p.Kind = world.ProblemTimeout
	}
}

// unreachable sorts an error that came before any answer.
func (c *Client) unreachable(p *world.Problem, err error) {
	var dial *net.OpError
	var dns *net.DNSError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var timeout net.Error
	switch {
	case errors.As(err, &authority), errors.As(err, &name):
		p.Kind = world.ProblemUnreachable
		p.Err = fmt.Errorf("the certificate of %s is not the cluster's: %w", c.host(), innermost(err))
		p.Hint = "The kubeconfig may be of an earlier cluster of that name, or a proxy may open the connection."
		p.Command = c.aws(shell.Command("aws eks update-kubeconfig --name %s", c.cluster.Name))
	case errors.As(err, &dns), errors.As(err, &dial) && dial.Op == "dial", errors.As(err, &timeout) && timeout.Timeout() && !c.answered():
		p.Kind = world.ProblemUnreachable
		p.Err = fmt.Errorf("the API server at %s does not answer: %w", c.host(), innermost(err))
		p.Hint = "Check the network, VPN and proxy settings of this machine."
		if !c.cluster.PublicEndpoint {
			p.Hint = "The cluster's public endpoint is off: its API server can be reached from inside the VPC only (VPN, bastion host)."
		}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		p.Kind = world.ProblemTimeout
		p.Err = fmt.Errorf("the API server at %s did not answer in time: %w", c.host(), innermost(err))
	}
}

// answered reports whether the API server has answered before.
func (c *Client) answered() bool { return c.Version != nil }

// host is the API server's address, for messages.
func (c *Client) host() string { return c.Config.Host }

// Plain drops the request's method and URL that net/http puts before an error:
// the problem itself says what was being done.
func Plain(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
}

// innermost is the error at the end of a chain.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// deniedPermission reads verb and resource from the authorizer's sentence, such
// as: User "x" cannot patch resource "daemonsets" in API group "apps" in the
// namespace "kube-system". Other refusals, of quotas or webhooks, have none.
func deniedPermission(message string) (permission string, denied bool) {
	_, rest, found := strings.Cut(message, " cannot ")
	verb, rest, more := strings.Cut(rest, " resource ")
	if !found || !more {
		return "", false
	}
	resource := Quoted(rest)
	if _, group, found := strings.Cut(rest, "in API group "); found && Quoted(group) != "" {
		resource += "." + Quoted(group)
	}
	permission = verb + " " + resource
	if _, namespace, found := strings.Cut(rest, "in the namespace "); found {
		permission += " in " + Quoted(namespace)
	}
	return permission, true
}

// Quoted returns the text between the first pair of double quotes.
func Quoted(s string) string {
	_, s, _ = strings.Cut(s, `"`)
	s, _, _ = strings.Cut(s, `"`)
	return s
}
