package clients

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"podsg/cli/environment"
	"podsg/cli/practice"
)

// worldAWS is the AWS configuration of a practice world: nothing of the user's
// own configuration, so that no call can leave the world.
func worldAWS(world environment.Variables) awssdk.Config {
	return awssdk.Config{
		Region:       world.Get(practice.VariableRegion),
		BaseEndpoint: awssdk.String(world.Get(practice.VariableEndpoint)),
		Credentials: awssdk.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			world.Get(practice.VariableKeyID), world.Get(practice.VariableKey), world.Get(practice.VariableToken))),
	}
}
