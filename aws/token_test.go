package aws

import (
	"context"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
)

func TestClusterTokenIsAPresignedCallerIdentityForTheCluster(t *testing.T) {
	now := time.Now()
	client := New(testConfig("https://sts.us-west-2.amazonaws.com"))
	token, expires, err := client.ClusterToken(t.Context(), "workshop")
	if err != nil {
		t.Fatal(err)
	}
	encoded, ok := strings.CutPrefix(token, "k8s-aws-v1.")
	if !ok || strings.Contains(encoded, "=") {
		t.Fatalf("token = %q, want k8s-aws-v1. and unpadded base64", token)
	}
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(string(decoded))
	if err != nil {
		t.Fatal(err)
	}
	if u.Scheme != "https" || u.Host != "sts.us-west-2.amazonaws.com" {
		t.Errorf("address = %s", u)
	}
	query := u.Query()
	for key, want := range map[string]string{
		"Action":              "GetCallerIdentity",
		"Version":             "2011-06-15",
		"X-Amz-Expires":       "60",
		"X-Amz-Algorithm":     "AWS4-HMAC-SHA256",
		"X-Amz-SignedHeaders": "host;x-k8s-aws-id",
	} {
		if query.Get(key) != want {
			t.Errorf("%s = %q, want %q", key, query.Get(key), want)
		}
	}
	if query.Get("X-Amz-Signature") == "" {
		t.Error("the request is not signed")
	}
	if d := expires.Sub(now); d < 13*time.Minute || d > 15*time.Minute {
		t.Errorf("expires in %s, want 14 minutes", d)
	}
}

func TestClusterTokenExpiresWithTheCredentialsThatSignedIt(t *testing.T) {
	for name, c := range map[string]struct{ session, want time.Duration }{
		"a session that ends before":  {5 * time.Minute, 5 * time.Minute},
		"a session that ends later":   {time.Hour, 14 * time.Minute},
		"a session that ended before": {-time.Minute, -time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			config := testConfig("https://sts.us-west-2.amazonaws.com")
			config.Credentials = awssdk.CredentialsProviderFunc(func(context.Context) (awssdk.Credentials, error) {
				return awssdk.Credentials{AccessKeyID: "ASIATEST", SecretAccessKey: "secret", SessionToken: "session", CanExpire: true, Expires: now.Add(c.session)}, nil
			})
			_, expires, err := New(config).ClusterToken(t.Context(), "workshop")
			if err != nil {
				t.Fatal(err)
			}
			if d := expires.Sub(now); d < c.want || d > c.want+time.Minute {
				t.Errorf("expires in %s, want %s", d, c.want)
			}
		})
	}
}

func TestTheAPIServerTakesTheTokenForThatClusterOnly(t *testing.T) {
	w := newWorld(t, worldOptions{})
	token, _, err := w.client.ClusterToken(t.Context(), workshop)
	if err != nil {
		t.Fatal(err)
	}
	if arn, err := w.account.IdentityFromToken(workshop, token); err != nil || arn != w.account.CallerARN() {
		t.Errorf("caller = %q, error = %v", arn, err)
	}
	if arn, err := w.account.IdentityFromToken("another", token); err == nil {
		t.Errorf("another cluster took it as %q", arn)
	}
}
