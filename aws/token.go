package aws

import (
	"context"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// The bearer token of EKS: a presigned sts:GetCallerIdentity request that names
// the cluster in a signed header. The API server takes it for 15 minutes, no
// matter what expiry is signed, but no longer than the session credentials that
// signed it last; a minute is left for clocks that differ.
// https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html
const (
	tokenPrefix        = "k8s-aws-v1."
	tokenClusterHeader = "x-k8s-aws-id"
	tokenSignedExpiry  = 60 * time.Second
	tokenLifetime      = 14 * time.Minute
)

// ClusterToken makes a bearer token for a cluster's API server, with the time
// until which it may be used. Nothing is called: the request is only signed.
func (c *Client) ClusterToken(ctx context.Context, cluster string) (token string, expires time.Time, err error) {
	// Credentials that are renewed between this and the signature only last longer.
	credentials, err := c.sts.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return "", time.Time{}, c.problem(err, "sign a token for EKS cluster", cluster)
	}
	expires = c.clock.Now().Add(tokenLifetime)
	if credentials.CanExpire && credentials.Expires.Before(expires) {
		expires = credentials.Expires
	}
	presign := sts.NewPresignClient(c.sts)
	request, err := presign.PresignGetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}, sts.WithPresignClientFromClientOptions(
		sts.WithAPIOptions(
			smithyhttp.SetHeaderValue(tokenClusterHeader, cluster),
			smithyhttp.SetHeaderValue("X-Amz-Expires", strconv.Itoa(int(tokenSignedExpiry.Seconds()))),
		)))
	if err != nil {
		return "", time.Time{}, c.problem(err, "sign a token for EKS cluster", cluster)
	}
	return tokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(request.URL)), expires, nil
}
