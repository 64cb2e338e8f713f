package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The tokens of "aws eks get-token" are a presigned URL of STS's
// GetCallerIdentity, in unpadded base64url behind a prefix. A real cluster
// sends the URL to STS, with its own name in a header that is part of the
// signature, so that a token serves one cluster only.
const (
	eksTokenPrefix    = "k8s-aws-v1."
	clusterNameHeader = "x-k8s-aws-id"
	// eksTokenLifetime is how long after it was signed a token is accepted.
	eksTokenLifetime = 15 * time.Minute
)

// An eksToken is a token, taken apart.
type eksToken struct {
	url       *url.URL
	query     url.Values
	accessKey string
	region    string
	signed    time.Time
}

func parseEKSToken(token string) (*eksToken, error) {
	encoded, ok := strings.CutPrefix(token, eksTokenPrefix)
	if !ok {
		return nil, errors.New("read EKS token: unknown kind of token")
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(encoded, "="))
	if err != nil {
		return nil, fmt.Errorf("decode EKS token: %w", err)
	}
	t := &eksToken{}
	if t.url, err = url.Parse(string(text)); err != nil {
		return nil, fmt.Errorf("parse URL of EKS token: %w", err)
	}
	t.query = t.url.Query()
	if action := t.query.Get("Action"); action != "GetCallerIdentity" {
		return nil, fmt.Errorf("read EKS token: action is %q", action)
	}
	if !slices.Contains(strings.Split(strings.ToLower(t.query.Get("X-Amz-SignedHeaders")), ";"), clusterNameHeader) {
		return nil, fmt.Errorf("read EKS token: header %q is not signed", clusterNameHeader)
	}
	if t.signed, err = time.Parse("20060102T150405Z", t.query.Get("X-Amz-Date")); err != nil {
		return nil, fmt.Errorf("read date of EKS token: %w", err)
	}
	// access key / date / region / service / "aws4_request"
	scope := strings.Split(t.query.Get("X-Amz-Credential"), "/")
	if len(scope) != 5 {
		return nil, fmt.Errorf("read EKS token: credential is %q", t.query.Get("X-Amz-Credential"))
	}
	t.accessKey, t.region = scope[0], scope[2]
	return t, nil
}

// checkSignature signs the URL once more and compares.
func (t *eksToken) checkSignature(ctx context.Context, secret, cluster string) error {
	unsigned := *t.url
	query := t.url.Query()
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Security-Token", "X-Amz-Signature"} {
		query.Del(name)
	}
	unsigned.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, unsigned.String(), nil)
	if err != nil {
		return fmt.Errorf("check signature of EKS token: %w", err)
	}
	request.Header.Set(clusterNameHeader, cluster)
	credentials := aws.Credentials{
		AccessKeyID:     t.accessKey,
		SecretAccessKey: secret,
		SessionToken:    t.query.Get("X-Amz-Security-Token"),
	}
	nothing := sha256.Sum256(nil)
	again, _, err := v4.NewSigner().PresignHTTP(ctx, credentials, request, hex.EncodeToString(nothing[:]), "sts", t.region, t.signed)
	if err != nil {
		return fmt.Errorf("check signature of EKS token: %w", err)
	}
	signed, err := url.Parse(again)
	if err != nil {
		return fmt.Errorf("check signature of EKS token: %w", err)
	}
	want, got := signed.Query().Get("X-Amz-Signature"), t.query.Get("X-Amz-Signature")
	if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
		return fmt.Errorf("check EKS token: the signature is not of access key %q for cluster %q", t.accessKey, cluster)
	}
	return nil
}
