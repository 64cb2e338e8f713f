package cli

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// worldAWS is the AWS configuration of a practice world: nothing of the user's
// own configuration, so that no call can leave the world.
func worldAWS(world environment) awssdk.Config {
	return awssdk.Config{
		Region:       world.get(variableRegion),
		BaseEndpoint: awssdk.String(world.get(variableEndpoint)),
		Credentials: awssdk.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			world.get(variableKeyID), world.get(variableKey), world.get(variableToken))),
	}
}
