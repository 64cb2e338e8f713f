package acceptance

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// ec2 is a client of the world's account, as somebody else may use one.
func (l *lab) ec2() *ec2.Client { return ec2.NewFromConfig(l.config()) }

// config is the configuration of such a client.
func (l *lab) config() aws.Config {
	key, secret, token := l.Account().Credentials()
	return aws.Config{
		Region: l.Account().Region(), BaseEndpoint: aws.String(l.variable("AWS_ENDPOINT_URL")),
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
	}
}

func filtered(name, value string) *ec2.DescribeSecurityGroupRulesInput {
	return &ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{{Name: &name, Values: []string{value}}}}
}

func revocation(group string, rules []string) *ec2.RevokeSecurityGroupIngressInput {
	return &ec2.RevokeSecurityGroupIngressInput{GroupId: &group, SecurityGroupRuleIds: rules}
}
