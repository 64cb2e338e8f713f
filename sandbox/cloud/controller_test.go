package cloud_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"podsg/sandbox/cloud"
)

func TestAControllerThatCallsTheEndpointHasTheClusterRolesPermissions(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	ctx := context.Background()
	key, secret, token, err := w.ControllerCredentials(clusterName)
	check(t, err)
	controller := ec2.New(w.ec2.Options(), func(o *ec2.Options) {
		o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: token}, nil
		})
	})
	subnet := w.Nodes(clusterName)[0].SubnetID
	create := func() error {
		_, err := controller.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: &subnet})
		return err
	}
	role, policy := w.ClusterRole(clusterName), controllerPolicy
	try(w.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &policy}))(t)
	wantCode(t, create(), "UnauthorizedOperation")
	try(w.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &policy}))(t)
	check(t, create())

	// What EKS does with permissions of its own is refused for another reason.
	_, err = controller.AssociateTrunkInterface(ctx, &ec2.AssociateTrunkInterfaceInput{
		BranchInterfaceId: aws.String("eni-0"), TrunkInterfaceId: aws.String("eni-1"), VlanId: aws.Int32(1),
	})
	wantCode(t, err, "InvalidNetworkInterfaceID.NotFound")

	w.InjectFault(cloud.Fault{Action: "CreateNetworkInterface", Controller: true, Code: "InsufficientFreeAddressesInSubnet"})
	wantCode(t, create(), "InsufficientFreeAddressesInSubnet")
	try(w.ec2.CreateNetworkInterface(ctx, &ec2.CreateNetworkInterfaceInput{SubnetId: &subnet}))(t)
}
