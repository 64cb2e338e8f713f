package parity

import (
	"context"
	"net/http/httptest"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"podsg/sandbox/cloud"
)

// attachControllerPolicy attaches the policy of the VPC resource controller to
// the cluster role, as a user does.
func attachControllerPolicy(ctx context.Context, a *cloud.Account) error {
	endpoint := httptest.NewServer(a.Handler())
	defer endpoint.Close()
	key, secret, token := a.Credentials()
	client := iam.New(iam.Options{
		Region: a.Region(), BaseEndpoint: awssdk.String(endpoint.URL), Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
	})
	_, err := client.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
		RoleName: awssdk.String(a.ClusterRole("workshop")), PolicyArn: awssdk.String("arn:" + a.Partition() + ":iam::aws:policy/AmazonEKSVPCResourceController"),
	})
	return err
}
