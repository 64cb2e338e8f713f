package cloud_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"podsg/sandbox/cloud"
)

// TestTheAWSCLICarriesOutTheOldProcedure runs the commands of the procedure
// that podsg replaces, as they are written for the shell.
func TestTheAWSCLICarriesOutTheOldProcedure(t *testing.T) {
	if testing.Short() {
		t.Skip("each command starts an interpreter, which takes half a second")
	}
	cli, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("no aws command here")
	}
	w := newWorld(t, cloud.Config{})
	key, secret, _ := w.Credentials()
	aws := func(args ...string) string {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, cli, args...)
		cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+w.url, "AWS_DEFAULT_REGION="+w.Region(), "AWS_ACCESS_KEY_ID="+key,
			"AWS_SECRET_ACCESS_KEY="+secret, "AWS_PAGER=", "HOME="+t.TempDir())
		var out, problem bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &problem
		if err := cmd.Run(); err != nil {
			t.Fatalf("aws %s: %v: %s", strings.Join(args, " "), err, problem.String())
		}
		return strings.TrimSpace(out.String())
	}
	vpc := aws("eks", "describe-cluster", "--name", clusterName, "--query", "cluster.resourcesVpcConfig.vpcId", "--output", "text")
	if vpc != w.VPC {
		t.Fatalf("VPC %q, want %q", vpc, w.VPC)
	}
	pod := aws("ec2", "create-security-group", "--description", "POD SG", "--group-name", "POD_SG", "--vpc-id", vpc, "--query", "GroupId", "--output", "text")
	aws("ec2", "authorize-security-group-ingress", "--group-id", w.clusterGroup, "--protocol", "udp", "--port", "53", "--source-group", pod)
	aws(append([]string{"rds", "create-db-subnet-group", "--db-subnet-group-name", "rds-workshop", "--db-subnet-group-description", "rds-workshop",
		"--subnet-ids"}, w.PublicSubnets...)...)
	aws("rds", "create-db-instance", "--db-instance-identifier", "rds-workshop", "--db-name", "workshop", "--db-instance-class", "db.t3.micro",
		"--engine", "postgres", "--db-subnet-group-name", "rds-workshop", "--vpc-security-group-ids", pod, "--master-username", "workshop",
		"--publicly-accessible", "--master-user-password", "0123456789abcdef", "--backup-retention-period", "0", "--allocated-storage", "20")
	if early := aws("rds", "describe-db-instances", "--query", "DBInstances[0].Endpoint.Address", "--output", "text"); early != "None" {
		t.Errorf("the endpoint of a database being created is %q, want None", early)
	}
	if none := aws("ec2", "describe-subnets", "--filters", "Name=tag:Name,Values=other*", "--query", "Subnets[*].SubnetId", "--output", "json"); none != "[]" {
		t.Errorf("no subnet is told as %s", none)
	}
	aws("iam", "attach-role-policy", "--policy-arn", controllerPolicy, "--role-name", w.ClusterRole(clusterName))
}
