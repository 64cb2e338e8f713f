package api

import (
	"encoding/base64"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	clocktesting "k8s.io/utils/clock/testing"
)

func TestCredentialsSayThatTheyHaveExpired(t *testing.T) {
	t.Parallel()
	now := time.Unix(2_000_000_000, 0)
	token := func(claims string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	for _, c := range []struct {
		name, token string
		want        bool
	}{
		{"an old token", token(`{"exp":1999999999}`), true},
		{"a good token", token(`{"exp":2000000001}`), false},
		{"a token that does not say", token(`{}`), false},
		{"a token of another form", "k8s-aws-v1.aHR0cHM6Ly9zdHM", false},
		{"none", "", false},
	} {
		client := &Client{Config: &rest.Config{BearerToken: c.token}, Clock: clocktesting.NewFakeClock(now)}
		if _, expired := client.expired(); expired != c.want {
			t.Errorf("%s: expired %t, want %t", c.name, expired, c.want)
		}
	}
}
