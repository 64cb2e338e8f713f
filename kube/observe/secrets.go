package observe

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podsg/kube/facts"
	"podsg/steps/world"
)

// The keys of the connection Secret.
const (
	keyHost     = "host"
	keyPort     = "port"
	keyDatabase = "dbname"
	keyUsername = "username"
	keyPassword = "password"
	keySSLMode  = "sslmode"
)

// secret observes the connection Secret, but not its password.
func (o *observation) secret(ctx context.Context) error {
	if o.scope.Namespace == "" || o.scope.Secret == "" {
		return nil
	}
	secret, err := o.Calls.CoreV1().Secrets(o.scope.Namespace).Get(ctx, o.scope.Secret, metav1.GetOptions{})
	if err != nil {
		return o.UnlessMissing("read secret", o.scope.Secret, err)
	}
	o.facts.Secret = secretFacts(secret)
	return nil
}

func secretFacts(s *corev1.Secret) *world.SecretFacts {
	return &world.SecretFacts{
		ObjectFacts: facts.Object(s),
		Keys:        slices.Sorted(maps.Keys(s.Data)),
		Host:        string(s.Data[keyHost]),
		Port:        string(s.Data[keyPort]),
		Database:    string(s.Data[keyDatabase]),
		Username:    string(s.Data[keyUsername]),
		SSLMode:     string(s.Data[keySSLMode]),
		HasPassword: len(s.Data[keyPassword]) > 0,
	}
}

// SecretPassword implements [plan.Kube].
func (c Reader) SecretPassword(ctx context.Context, namespace, name, key string) (world.Password, error) {
	secret, err := c.Calls.CoreV1().Secrets(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return world.Password{}, c.Problem("read secret", namespace+"/"+name, err)
	}
	value, found := secret.Data[key]
	if !found || len(value) == 0 {
		return world.Password{}, &world.Problem{
			Kind: world.ProblemNotFound, Doing: "read the password from secret", Object: namespace + "/" + name,
			Err:  fmt.Errorf("it has no key %q; its keys are %s", key, cmp.Or(strings.Join(slices.Sorted(maps.Keys(secret.Data)), ", "), "none")),
			Hint: "Name the key that holds the password as secret:NAMESPACE/NAME#KEY.",
		}
	}
	return world.NewPassword(string(value)), nil
}
