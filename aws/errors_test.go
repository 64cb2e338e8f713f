package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// testConfig signs with made-up credentials and sends everything to endpoint.
// Attempts are made once, so that a refused call is refused at once.
func testConfig(endpoint string) awssdk.Config {
	return awssdk.Config{
		Region:       "us-west-2",
		BaseEndpoint: &endpoint,
		Credentials:  awssdk.NewCredentialsCache(credentials.NewStaticCredentialsProvider("AKIDTEST", "secret", "")),
		Retryer:      func() awssdk.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 1) },
		HTTPClient:   newHTTPClient(),
	}
}

// answering serves one literal answer to every request.
func answering(t *testing.T, status int, contentType, body string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Amzn-Requestid", "00000000-1111-2222-3333-444444444444")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return New(testConfig(server.URL))
}

// ec2Error is an error answer of EC2.
func ec2Error(code, message string) string {
	return fmt.Sprintf(`<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors><RequestID>00000000-1111</RequestID></Response>`, code, message)
}

// queryError is an error answer of RDS, IAM and STS.
func queryError(code, message string) string {
	return fmt.Sprintf(`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>00000000-1111</RequestId></ErrorResponse>`, code, message)
}

func TestAnswersOfAWSBecomeProblems(t *testing.T) {
	const xml = "text/xml"
	createGroup := func(c *Client) error {
		_, err := c.CreateSecurityGroup(t.Context(), plan.NewSecurityGroup{Name: "POD_SG", Description: "pods", VPCID: "vpc-1"})
		return err
	}
	createDatabase := func(c *Client) error {
		return c.CreateDatabase(t.Context(), plan.NewDatabase{Identifier: "rds-workshop", Class: "db.t4g.micro"}, world.NewPassword("kept-to-itself"))
	}
	tests := []struct {
		name    string
		status  int
		content string
		body    string
		call    func(*Client) error
		kind    world.ProblemKind
		says    string // exact
		action  string // Permission
		hint    string // part of it
		command string
	}{
		{
			name: "EC2 denies a call: the action is named and the encoded message is left out", status: 403, content: xml,
			body: ec2Error("UnauthorizedOperation", "You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/x is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:us-west-2:111122223333:security-group/* because no identity-based policy allows the ec2:CreateTags action. Encoded authorization failure message: AbCdEf"),
			call: createGroup, kind: world.ProblemPermission, action: "ec2:CreateTags",
			says:    `create security group "POD_SG": You are not authorized to perform this operation. User: arn:aws:iam::111122223333:user/x is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:us-west-2:111122223333:security-group/* because no identity-based policy allows the ec2:CreateTags action (UnauthorizedOperation)`,
			command: "podsg permissions -o iam --mode write",
		},
		{
			name: "a service control policy is the organization's", status: 403, content: xml,
			body: ec2Error("UnauthorizedOperation", "You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:CreateSecurityGroup with an explicit deny in a service control policy"),
			call: createGroup, kind: world.ProblemPermission, action: "ec2:CreateSecurityGroup", hint: "only an administrator of the organization",
			says: `create security group "POD_SG": You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:CreateSecurityGroup with an explicit deny in a service control policy (UnauthorizedOperation)`,
		},
		{
			name: "so is one that allows nothing", status: 403, content: xml,
			body: queryError("AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: rds:CreateDBInstance because no service control policy allows the rds:CreateDBInstance action"),
			call: createDatabase, kind: world.ProblemPermission, action: "rds:CreateDBInstance", hint: "only an administrator of the organization",
			says: `create RDS instance "rds-workshop": User: arn:aws:iam::1:user/x is not authorized to perform: rds:CreateDBInstance because no service control policy allows the rds:CreateDBInstance action (AccessDenied)`,
		},
		{
			name: "a permissions boundary is named", status: 403, content: xml,
			body: queryError("AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: rds:CreateDBInstance because no permissions boundary allows the rds:CreateDBInstance action"),
			call: createDatabase, kind: world.ProblemPermission, action: "rds:CreateDBInstance", hint: "permissions boundary",
			says: `create RDS instance "rds-workshop": User: arn:aws:iam::1:user/x is not authorized to perform: rds:CreateDBInstance because no permissions boundary allows the rds:CreateDBInstance action (AccessDenied)`,
		},
		{
			name: "a denial that names no action is of the operation's", status: 403, content: xml,
			body: queryError("AccessDenied", "Access denied"), kind: world.ProblemPermission, action: "rds:CreateDBInstance",
			call: createDatabase, says: `create RDS instance "rds-workshop": Access denied (AccessDenied)`,
		},
		{
			name: "EKS denies a read: the read policy is enough", status: 403, content: "application/json",
			body: `{"__type":"AccessDeniedException","message":"User: arn:aws:iam::1:user/x is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:us-west-2:1:cluster/*"}`,
			call: func(c *Client) error { _, err := c.Clusters(t.Context()); return err },
			kind: world.ProblemPermission, action: "eks:ListClusters", command: "podsg permissions -o iam --mode read",
			says: `list EKS clusters "us-west-2": User: arn:aws:iam::1:user/x is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:us-west-2:1:cluster/* (AccessDeniedException)`,
		},
		{
			name: "an expired token is a matter of credentials", status: 403, content: xml,
			body: queryError("ExpiredToken", "The security token included in the request is expired"),
			call: func(c *Client) error { _, err := c.Identity(t.Context()); return err },
			kind: world.ProblemCredentials, command: "aws configure",
			says: "identify the caller: The security token included in the request is expired (ExpiredToken)",
		},
		{
			name: "a signature of another second points at the clock", status: 403, content: xml,
			body: queryError("SignatureDoesNotMatch", "Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z"),
			call: func(c *Client) error { _, err := c.Identity(t.Context()); return err },
			kind: world.ProblemCredentials, hint: "clock",
			says: "identify the caller: Signature expired: 20260101T000000Z is now earlier than 20260101T001500Z (SignatureDoesNotMatch)",
		},
		{
			name: "a group of that name that is not podsg's: the world has changed", status: 400, content: xml,
			body: ec2Error("InvalidGroup.Duplicate", "The security group 'POD_SG' already exists for VPC 'vpc-1'"),
			call: createGroup, kind: world.ProblemChanged, hint: "run podsg again",
			says: `create security group "POD_SG": The security group 'POD_SG' already exists for VPC 'vpc-1' (InvalidGroup.Duplicate)`,
		},
		{
			name: "an instance of that identifier that this call did not make", status: 400, content: xml,
			body: queryError("DBInstanceAlreadyExists", "DB instance already exists"),
			call: createDatabase, kind: world.ProblemChanged,
			says: `create RDS instance "rds-workshop": DB instance already exists (DBInstanceAlreadyExists)`,
		},
		{
			name: "a role that is gone at apply", status: 404, content: xml,
			body: queryError("NoSuchEntity", "The role with name workshop-cluster cannot be found."),
			call: func(c *Client) error {
				return c.AttachRolePolicy(t.Context(), "arn:aws:iam::1:role/eks/workshop-cluster", controllerPolicy("aws"))
			},
			kind: world.ProblemChanged,
			says: `attach policy AmazonEKSVPCResourceController to IAM role "workshop-cluster": The role with name workshop-cluster cannot be found (NoSuchEntity)`,
		},
		{
			name: "what is to be deleted and is gone needs no deleting", status: 404, content: xml,
			body: queryError("DBInstanceNotFound", "DBInstance rds-workshop not found."),
			call: func(c *Client) error { return c.DeleteDatabase(t.Context(), "rds-workshop") },
		},
		{
			name: "deletion protection is told with the command that lifts it", status: 400, content: xml,
			body: queryError("InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again."),
			call: func(c *Client) error { return c.DeleteDatabase(t.Context(), "rds-workshop") },
			kind: world.ProblemFailed, command: "aws rds modify-db-instance --db-instance-identifier rds-workshop --no-deletion-protection --apply-immediately --region us-west-2",
			says: `delete RDS instance "rds-workshop": Cannot delete protected DB Instance, please disable deletion protection and try again (InvalidParameterCombination)`,
		},
		{
			name: "throttling says to wait", status: 503, content: xml,
			body: ec2Error("RequestLimitExceeded", "Request limit exceeded."), call: createGroup, kind: world.ProblemFailed, hint: "AWS_MAX_ATTEMPTS",
			says: `create security group "POD_SG": Request limit exceeded (RequestLimitExceeded)`,
		},
		{
			name: "a subnet group with instances in it is in use", status: 400, content: xml,
			body: queryError("InvalidDBSubnetGroupStateFault", "Cannot delete the subnet group 'g' because at least one database instance: rds-workshop is still using it."),
			call: func(c *Client) error { return c.DeleteDBSubnetGroup(t.Context(), "g") }, kind: world.ProblemInUse,
			says: `delete DB subnet group "g": Cannot delete the subnet group 'g' because at least one database instance: rds-workshop is still using it (InvalidDBSubnetGroupStateFault)`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.call(answering(t, tt.status, tt.content, tt.body))
			if tt.says == "" {
				if err != nil {
					t.Fatalf("error = %v, want none", err)
				}
				return
			}
			var p *world.Problem
			if !errors.As(err, &p) {
				t.Fatalf("error = %v, want a problem", err)
			}
			if p.Kind != tt.kind || p.Permission != tt.action {
				t.Errorf("kind = %v, permission = %q, want %v, %q", p.Kind, p.Permission, tt.kind, tt.action)
			}
			if err.Error() != tt.says {
				t.Errorf("says\n     %s\nwant %s", err, tt.says)
			}
			if !strings.Contains(p.Hint, tt.hint) || tt.command != "" && p.Command != tt.command {
				t.Errorf("hint = %q, command = %q, want %q, %q", p.Hint, p.Command, tt.hint, tt.command)
			}
			if text := fmt.Sprintf("%v %+v %s", err, p, p.Hint); strings.Contains(text, "00000000-1111") || strings.Contains(text, "kept-to-itself") {
				t.Errorf("a request id or the password is in %s", text)
			}
		})
	}
}

func TestAnEndpointThatRefusesIsNamed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	endpoint := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = New(testConfig(endpoint)).Identity(t.Context())
	if world.KindOf(err) != world.ProblemUnreachable || !strings.Contains(err.Error(), "no connection to "+endpoint) {
		t.Errorf("error = %v, want unreachable and %s", err, endpoint)
	}
	if hint, _ := world.HintOf(err); !strings.Contains(hint, "AWS_ENDPOINT_URL") {
		t.Errorf("hint = %q", hint)
	}
}

func TestAnEndpointThatHangsEndsInATimeout(t *testing.T) {
	released := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-released }))
	defer server.Close()
	defer close(released)

	t.Run("after the time for the response header", func(t *testing.T) {
		cfg := testConfig(server.URL)
		cfg.HTTPClient = newHTTPClient().WithTransportOptions(func(tr *http.Transport) { tr.ResponseHeaderTimeout = 50 * time.Millisecond })
		_, err := New(cfg).Identity(t.Context())
		if world.KindOf(err) != world.ProblemTimeout || !strings.Contains(err.Error(), server.URL) {
			t.Errorf("error = %v, want a time-out that names %s", err, server.URL)
		}
	})
	t.Run("at the caller's deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := New(testConfig(server.URL)).Identity(ctx)
		if world.KindOf(err) != world.ProblemTimeout {
			t.Errorf("error = %v, want a time-out", err)
		}
	})
	t.Run("at once when interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := New(testConfig(server.URL)).Identity(ctx)
		if world.KindOf(err) != world.ProblemInterrupted {
			t.Errorf("error = %v, want an interruption", err)
		}
	})
}
