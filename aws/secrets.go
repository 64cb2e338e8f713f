package aws

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"podsg/steps/world"
)

// SecretString reads a secret of AWS Secrets Manager. One that is a JSON object
// with a "password" key, as RDS writes it, yields that key; any other text is
// the password itself.
func (c *Client) SecretString(ctx context.Context, arn string) (world.Password, error) {
	const doing = "read secret"
	out, err := c.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return world.Password{}, c.problem(err, doing, arn)
	}
	if out.SecretString == nil {
		return world.Password{}, &world.Problem{Doing: doing, Object: arn, Err: errors.New("it is binary, not text")}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(*out.SecretString), &object); err != nil {
		return world.NewPassword(*out.SecretString), nil // plain text
	}
	var password string
	if err := json.Unmarshal(object["password"], &password); err != nil {
		// The error of the decoder might quote the secret.
		return world.Password{}, &world.Problem{
			Doing: doing, Object: arn, Err: errors.New(`it is a JSON object without a text under the key "password"`),
			Hint: "name a secret as RDS writes it, or one that is the password alone",
		}
	}
	return world.NewPassword(password), nil
}
