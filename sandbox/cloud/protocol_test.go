package cloud_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"podsg/sandbox/cloud"
)

// post sends a signed form that no SDK would send.
func (w *world) post(t *testing.T, service, form string) (status int, body string) {
	t.Helper()
	r := try(http.NewRequest(http.MethodPost, w.url, strings.NewReader(form)))(t)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return w.send(t, service, r, form)
}

func (w *world) send(t *testing.T, service string, r *http.Request, body string) (int, string) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	region := w.Region()
	if service == "iam" {
		region = "us-east-1"
	}
	check(t, v4.NewSigner().SignHTTP(context.Background(), try(w.config.Credentials.Retrieve(context.Background()))(t), r,
		hex.EncodeToString(sum[:]), service, region, time.Now()))
	response := try(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	return response.StatusCode, string(try(io.ReadAll(response.Body))(t))
}

// oneCall makes one reading call to every service.
func (w *world) oneCall() map[string]error {
	ctx := context.Background()
	errs := map[string]error{}
	_, errs["ec2"] = w.ec2.DescribeVpcs(ctx, nil)
	_, errs["rds"] = w.rds.DescribeDBInstances(ctx, nil)
	_, errs["iam"] = w.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(w.ClusterRole(clusterName))})
	_, errs["sts"] = w.sts.GetCallerIdentity(ctx, nil)
	_, errs["eks"] = w.eks.ListClusters(ctx, nil)
	_, errs["secretsmanager"] = w.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("app")})
	return errs
}

func TestEveryServiceAnswersInItsOwnProtocol(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	w.AddSecret("app", `{"password":"x"}`, nil)
	for service, err := range w.oneCall() {
		if err != nil {
			t.Errorf("%s: %v", service, err)
		}
	}
}

func TestEveryServiceRefusesInItsOwnWords(t *testing.T) {
	tests := map[string]struct {
		stage func(w *world)
		codes map[string]string
	}{
		"an unknown access key": {
			func(w *world) {
				w.config.Credentials = credentials.NewStaticCredentialsProvider("AKIAUNKNOWN", "sandbox", "")
				w.dial()
			},
			map[string]string{
				"ec2": "AuthFailure", "rds": "InvalidClientTokenId", "iam": "InvalidClientTokenId", "sts": "InvalidClientTokenId",
				"eks": "UnrecognizedClientException", "secretsmanager": "UnrecognizedClientException",
			},
		},
		"a wrong secret key": {
			func(w *world) {
				key, _, _ := w.Credentials()
				w.config.Credentials = credentials.NewStaticCredentialsProvider(key, "wrong", "")
				w.dial()
			},
			map[string]string{
				"ec2": "AuthFailure", "rds": "SignatureDoesNotMatch", "iam": "SignatureDoesNotMatch", "sts": "SignatureDoesNotMatch",
				"eks": "InvalidSignatureException", "secretsmanager": "InvalidSignatureException",
			},
		},
		"expired credentials": {
			func(w *world) { w.ExpireCredentials() },
			map[string]string{
				"ec2": "RequestExpired", "rds": "ExpiredToken", "iam": "ExpiredToken", "sts": "ExpiredToken",
				"eks": "ExpiredTokenException", "secretsmanager": "ExpiredTokenException",
			},
		},
		"a denied action": {
			func(w *world) { w.Deny("*") },
			map[string]string{
				"ec2": "UnauthorizedOperation", "rds": "AccessDenied", "iam": "AccessDenied", "sts": "",
				"eks": "AccessDeniedException", "secretsmanager": "AccessDeniedException",
			},
		},
		"throttling": {
			func(w *world) { w.InjectFault(cloud.Fault{Code: "Throttling"}) },
			map[string]string{
				"ec2": "RequestLimitExceeded", "rds": "Throttling", "iam": "Throttling", "sts": "Throttling",
				"eks": "ThrottlingException", "secretsmanager": "ThrottlingException",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cloud.Config{})
			w.AddSecret("app", "x", nil)
			test.stage(w)
			for service, err := range w.oneCall() {
				if got := code(err); got != test.codes[service] {
					t.Errorf("%s: code %q, want %q (%v)", service, got, test.codes[service], err)
				}
			}
		})
	}
}

func TestADeniedCallNamesWhoMayNotDoWhat(t *testing.T) {
	w := newWorld(t, cloud.Config{Denied: []string{"iam:Attach*"}})
	_, err := w.iam.AttachRolePolicy(context.Background(), &iam.AttachRolePolicyInput{
		RoleName: aws.String(w.ClusterRole(clusterName)), PolicyArn: aws.String("arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"),
	})
	wantCode(t, err, "AccessDenied")
	want := "User: arn:aws:iam::111122223333:user/workshop is not authorized to perform: iam:AttachRolePolicy on resource: arn:aws:iam::111122223333:role/"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v does not say %q", err, want)
	}
}

func TestUnknownActionsAndParametersFailLoudly(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	tests := map[string]struct{ service, form, want string }{
		"EC2, unknown action":               {"ec2", "Action=RunInstances&Version=2016-11-15", "<Code>InvalidAction</Code>"},
		"EC2, unknown version":              {"ec2", "Action=DescribeVpcs&Version=2015-01-01", "<Code>InvalidAction</Code>"},
		"EC2, unknown parameter":            {"ec2", "Action=DescribeVpcs&Version=2016-11-15&VpcIds.1=vpc-1", "The parameter VpcIds.1 is not recognized"},
		"EC2, unknown member of a list":     {"ec2", "Action=DescribeVpcs&Version=2016-11-15&Filter.1.Values.1=a&Filter.1.Name=vpc-id", "The parameter Filter.1.Values.1 is not recognized"},
		"EC2, a number that is none":        {"ec2", "Action=DescribeVpcs&Version=2016-11-15&MaxResults=many", "Value (many) for parameter MaxResults is invalid."},
		"EC2, a missing parameter":          {"ec2", "Action=DescribeVpcAttribute&Version=2016-11-15&Attribute=enableDnsSupport", "The request must contain the parameter VpcId"},
		"RDS, unknown action":               {"rds", "Action=RebootDBInstance&Version=2014-10-31", "Could not find operation RebootDBInstance for version 2014-10-31"},
		"RDS, unknown parameter":            {"rds", "Action=DescribeDBInstances&Version=2014-10-31&Identifier=x", "The parameter Identifier is not recognized"},
		"IAM, unknown action":               {"iam", "Action=CreateUser&Version=2010-05-08", "<Code>InvalidAction</Code>"},
		"IAM, unknown parameter":            {"iam", "Action=GetRole&Version=2010-05-08&RoleName=x&Path=y", "<Code>ValidationError</Code>"},
		"a service that is not served here": {"s3", "Action=ListBuckets", "The service s3 is not served here."},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if status, body := w.post(t, test.service, test.form); status != http.StatusBadRequest || !strings.Contains(body, test.want) {
				t.Errorf("answer %d %s, want 400 with %q", status, body, test.want)
			}
		})
	}
	for name, test := range map[string]struct{ method, path, body, want string }{
		"EKS, unknown path":      {"GET", "/clusters/workshop/insights", "", "is not known"},
		"EKS, unknown parameter": {"GET", "/clusters?max=3", "", "The parameter max is not recognized"},
		"EKS, unknown member":    {"POST", "/clusters/workshop/addons/vpc-cni/update", `{"version":"1"}`, "The parameter version is not recognized"},
	} {
		t.Run(name, func(t *testing.T) {
			r := try(http.NewRequest(test.method, w.url+test.path, bytes.NewBufferString(test.body)))(t)
			if _, body := w.send(t, "eks", r, test.body); !strings.Contains(body, test.want) {
				t.Errorf("answer %s, want %q", body, test.want)
			}
		})
	}
}

func TestDryRunChangesNothingAndTellsBothVerdicts(t *testing.T) {
	w := newWorld(t, cloud.Config{Denied: []string{"ec2:DeleteSecurityGroup"}})
	ctx := context.Background()
	before := try(w.Snapshot())(t)
	_, err := w.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		DryRun: aws.Bool(true), GroupName: aws.String("POD_SG"), Description: aws.String("POD SG"), VpcId: &w.VPC,
	})
	wantCode(t, err, "DryRunOperation")
	_, err = w.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{DryRun: aws.Bool(true), GroupId: &w.clusterGroup})
	wantCode(t, err, "UnauthorizedOperation")
	if diff := difference(before, try(w.Snapshot())(t)); len(diff) > 0 {
		t.Errorf("a dry run changed %v", diff)
	}
	for _, c := range w.Calls() {
		if c.Mutating {
			t.Errorf("%s with DryRun is logged as mutating", c.Action)
		}
	}
}

func TestTheCallLogTellsReadsFromChanges(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	group := w.createGroup(t, "POD_SG")
	_, err := w.ec2.CreateSecurityGroup(context.Background(), &ec2.CreateSecurityGroupInput{
		GroupName: aws.String("POD_SG"), Description: aws.String("again"), VpcId: &w.VPC,
	})
	wantCode(t, err, "InvalidGroup.Duplicate")
	try(w.ec2.DescribeSecurityGroups(context.Background(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{group}}))(t)
	var got []string
	for _, c := range w.Calls() {
		line := c.Service + ":" + c.Action + " " + c.ErrorCode
		if c.Mutating {
			line += " mutating"
		}
		got = append(got, line)
	}
	want := "ec2:CreateSecurityGroup  mutating|ec2:CreateSecurityGroup InvalidGroup.Duplicate mutating|ec2:DescribeSecurityGroups "
	if strings.Join(got, "|") != want {
		t.Errorf("calls %q, want %q", strings.Join(got, "|"), want)
	}
}

func TestFaultsHitTheCallsTheyAreMeantFor(t *testing.T) {
	ctx := context.Background()
	describe := func(w *world) error { _, err := w.ec2.DescribeVpcs(ctx, nil); return err }

	t.Run("a number of times", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{Action: "DescribeVpcs", Code: "InternalError", Times: 2})
		wantCode(t, describe(w), "InternalError")
		wantCode(t, describe(w), "InternalError")
		check(t, describe(w))
	})
	t.Run("from call N on, with a reset connection", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{Action: "ec2:*", Reset: true, StopAtCall: 2})
		check(t, describe(w))
		for range 2 {
			if err := describe(w); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("error %v, want a connection reset", err)
			}
		}
		w.ClearFaults()
		check(t, describe(w))
	})
	t.Run("only changes", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{MutatingOnly: true, Code: "ServiceUnavailable"})
		check(t, describe(w))
		_, err := w.ec2.CreateTags(ctx, &ec2.CreateTagsInput{
			Resources: []string{w.VPC}, Tags: []ec2types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
		})
		wantCode(t, err, "ServiceUnavailable")
	})
	t.Run("a hang that ends with the client's patience", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{Action: "DescribeVpcs", Hang: true})
		short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		if _, err := w.ec2.DescribeVpcs(short, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want a timeout", err)
		}
	})
	t.Run("a latency of the world's clock", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{Action: "DescribeVpcs", Latency: time.Minute})
		answered := make(chan error, 1)
		go func() { answered <- describe(w) }()
		eventually(t, "the call waits", w.clock.HasWaiters)
		w.clock.Step(time.Minute)
		check(t, <-answered)
	})
	t.Run("the SDK's retries overcome throttling", func(t *testing.T) {
		w := newWorld(t, cloud.Config{})
		w.InjectFault(cloud.Fault{Code: "Throttling", Times: 1})
		w.config.RetryMaxAttempts = 3
		w.dial()
		check(t, describe(w))
	})
}

func TestPresignedIdentityIsABearerTokenForKubernetes(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	signed := try(sts.NewPresignClient(w.sts).PresignGetCallerIdentity(context.Background(), nil, func(o *sts.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *sts.Options) {
			o.APIOptions = append(o.APIOptions, smithyhttp.SetHeaderValue("x-k8s-aws-id", clusterName), smithyhttp.SetHeaderValue("X-Amz-Expires", "60"))
		})
	}))(t)
	token := "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(signed.URL))
	if arn := try(w.IdentityFromToken(clusterName, token))(t); arn != w.CallerARN() {
		t.Errorf("token is of %q, want %q", arn, w.CallerARN())
	}
	if _, err := w.IdentityFromToken("another", token); err == nil {
		t.Error("a token for workshop is accepted by another cluster")
	}
	r := try(http.NewRequest(http.MethodGet, signed.URL, nil))(t)
	r.Header.Set("x-k8s-aws-id", clusterName)
	response := try(http.DefaultClient.Do(r))(t)
	defer response.Body.Close()
	if body := string(try(io.ReadAll(response.Body))(t)); !strings.Contains(body, "<Arn>"+w.CallerARN()+"</Arn>") {
		t.Errorf("the presigned URL answers %s", body)
	}
}

func TestOtherRegionsAreNotServed(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	w.config.Region = "eu-west-1"
	w.dial()
	_, err := w.eks.ListClusters(context.Background(), nil)
	wantCode(t, err, "InvalidSignatureException")
}

func TestPartitionsShowInNamesAndARNs(t *testing.T) {
	for _, test := range []struct{ partition, region, host string }{
		{"aws-cn", "cn-north-1", ".rds.cn-north-1.amazonaws.com.cn"},
		{"aws-us-gov", "us-gov-west-1", ".us-gov-west-1.rds.amazonaws.com"},
	} {
		t.Run(test.partition, func(t *testing.T) {
			w := newWorld(t, cloud.Config{Partition: test.partition, Region: test.region})
			ctx := context.Background()
			identity := try(w.sts.GetCallerIdentity(ctx, nil))(t)
			if !strings.HasPrefix(*identity.Arn, "arn:"+test.partition+":iam::") {
				t.Errorf("caller is %s", *identity.Arn)
			}
			role := w.ClusterRole(clusterName)
			list := try(w.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &role}))(t)
			for _, p := range list.AttachedPolicies {
				if !strings.HasPrefix(*p.PolicyArn, "arn:"+test.partition+":iam::aws:policy/") {
					t.Errorf("policy %s", *p.PolicyArn)
				}
			}
			check(t, w.AddDBSubnetGroup("db", w.PrivateSubnets, nil))
			host := try(w.AddDatabase(cloud.DatabaseSpec{Identifier: "x", SubnetGroup: "db", Username: "app", Password: "long-enough"}))(t)
			if !strings.HasSuffix(host, test.host) {
				t.Errorf("endpoint %s, want suffix %s", host, test.host)
			}
			cluster := try(w.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(clusterName)}))(t).Cluster
			if !strings.HasPrefix(*cluster.Arn, "arn:"+test.partition+":eks:"+test.region+":") {
				t.Errorf("cluster is %s", *cluster.Arn)
			}
		})
	}
}

func TestSmallPagesAreHonouredEverywhere(t *testing.T) {
	w := newWorld(t, cloud.Config{PageSize: 1})
	ctx := context.Background()
	check(t, w.AddAddon(clusterName, cloud.AddonSpec{Name: "coredns"}))
	count := func(name string, want int, next func() (int, bool, error)) {
		t.Helper()
		got, pages := 0, 0
		for {
			n, more, err := next()
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, pages = got+n, pages+1
			if !more {
				break
			}
		}
		if got != want || pages != want {
			t.Errorf("%s: %d in %d pages, want %d in as many", name, got, pages, want)
		}
	}
	subnets := ec2.NewDescribeSubnetsPaginator(w.ec2, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(5)})
	count("subnets", 6, func() (int, bool, error) {
		p, err := subnets.NextPage(ctx)
		if err != nil {
			return 0, false, err
		}
		return len(p.Subnets), subnets.HasMorePages(), nil
	})
	addons := eks.NewListAddonsPaginator(w.eks, &eks.ListAddonsInput{ClusterName: aws.String(clusterName)})
	count("add-ons", 2, func() (int, bool, error) {
		p, err := addons.NextPage(ctx)
		if err != nil {
			return 0, false, err
		}
		return len(p.Addons), addons.HasMorePages(), nil
	})
	role := w.ClusterRole(clusterName)
	policies := iam.NewListAttachedRolePoliciesPaginator(w.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	count("policies", 2, func() (int, bool, error) {
		p, err := policies.NextPage(ctx)
		if err != nil {
			return 0, false, err
		}
		return len(p.AttachedPolicies), policies.HasMorePages(), nil
	})
	versions := rds.NewDescribeDBEngineVersionsPaginator(w.rds, &rds.DescribeDBEngineVersionsInput{Engine: aws.String("postgres"), EngineVersion: aws.String("16")})
	count("engine versions", 2, func() (int, bool, error) {
		p, err := versions.NextPage(ctx)
		if err != nil {
			return 0, false, err
		}
		return len(p.DBEngineVersions), versions.HasMorePages(), nil
	})
	_, err := w.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{MaxResults: aws.Int32(2)})
	wantCode(t, err, "InvalidParameterValue")
}

func TestWithoutASignatureNothingIsAnswered(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	response := try(http.PostForm(w.url, url.Values{"Action": {"DescribeVpcs"}, "Version": {"2016-11-15"}}))(t)
	defer response.Body.Close()
	if body := string(try(io.ReadAll(response.Body))(t)); response.StatusCode != http.StatusForbidden || !strings.Contains(body, "MissingAuthenticationToken") {
		t.Errorf("answer %d %s", response.StatusCode, body)
	}
}
