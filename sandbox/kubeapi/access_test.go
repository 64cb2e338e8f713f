package kubeapi_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"podsg/sandbox/kubeapi"
	"podsg/sandbox/kubeapi/access"
	"podsg/sandbox/kubeapi/storage"
)

// eksToken is what "aws eks get-token" prints, without a valid signature.
func eksToken(accessKey string, signed time.Time, headers string) string {
	query := url.Values{
		"Action":              {"GetCallerIdentity"},
		"Version":             {"2011-06-15"},
		"X-Amz-Algorithm":     {"AWS4-HMAC-SHA256"},
		"X-Amz-Credential":    {accessKey + "/20261101/us-west-2/sts/aws4_request"},
		"X-Amz-Date":          {signed.UTC().Format("20060102T150405Z")},
		"X-Amz-Expires":       {"60"},
		"X-Amz-SignedHeaders": {headers},
		"X-Amz-Signature":     {"0"},
	}
	return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte("https://sts.us-west-2.amazonaws.com/?"+query.Encode()))
}

func TestTokensDecideWhoIsLetIn(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.AccessKeys = map[string]access.User{"AKIAWORKSHOP": {Name: "arn:aws:iam::111122223333:user/ada"}}
	})
	const headers = "host;x-k8s-aws-id"
	now := time.Now()
	tests := map[string]struct {
		token string
		user  string // "" is 401
	}{
		"a known bearer token":                     {adminToken, "admin"},
		"an EKS token of a known access key":       {eksToken("AKIAWORKSHOP", now, headers), "arn:aws:iam::111122223333:user/ada"},
		"an EKS token of an unknown access key":    {eksToken("AKIAOTHER", now, headers), ""},
		"an EKS token of twenty minutes ago":       {eksToken("AKIAWORKSHOP", now.Add(-20*time.Minute), headers), ""},
		"an EKS token that is bound to no cluster": {eksToken("AKIAWORKSHOP", now, "host"), ""},
		"an unknown token":                         {"nonsense", ""},
		"an EKS token that is no URL":              {"k8s-aws-v1.!!!", ""},
		"no token":                                 {"", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			review, err := w.as(test.token).AuthenticationV1().SelfSubjectReviews().Create(context5(t), &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
			if test.user == "" {
				if !apierrors.IsUnauthorized(err) {
					t.Errorf("error = %v, want Unauthorized", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			info := review.Status.UserInfo
			if info.Username != test.user || !slices.Contains(info.Groups, "system:authenticated") {
				t.Errorf("user = %+v, want %s, authenticated", info, test.user)
			}
		})
	}
}

func TestEKSTokenServesOneClusterOnly(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.AccessKeys = map[string]access.User{"AKIAWORKSHOP": {Name: "ada"}}
		c.SecretKeys = map[string]string{"AKIAWORKSHOP": secret}
		c.ClusterName = "workshop"
	})
	token := func(secret, cluster, session string) string {
		request, err := http.NewRequest(http.MethodGet, "https://sts.us-west-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("x-k8s-aws-id", cluster)
		credentials := aws.Credentials{AccessKeyID: "AKIAWORKSHOP", SecretAccessKey: secret, SessionToken: session}
		const emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
		signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), credentials, request, emptyBody, "sts", "us-west-2", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return "k8s-aws-v1." + base64.RawURLEncoding.EncodeToString([]byte(signed))
	}
	tests := map[string]struct {
		token string
		ok    bool
	}{
		"signed for this cluster":     {token(secret, "workshop", ""), true},
		"signed with a session token": {token(secret, "workshop", "FwoGZXIvYXdzE+/="), true},
		"signed for another cluster":  {token(secret, "production", ""), false},
		"signed with another secret":  {token("other", "workshop", ""), false},
		"not signed at all":           {eksToken("AKIAWORKSHOP", time.Now(), "host;x-k8s-aws-id"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.as(test.token).CoreV1().Namespaces().List(context5(t), metav1.ListOptions{})
			if test.ok && err != nil || !test.ok && !apierrors.IsUnauthorized(err) {
				t.Errorf("error = %v, want success %v", err, test.ok)
			}
		})
	}
}

func TestVersionAndHealthNeedNoToken(t *testing.T) {
	w := newWorld(t)
	client, err := rest.HTTPClientFor(&rest.Config{TLSClientConfig: w.config.TLSClientConfig})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/version": 200, "/healthz": 200, "/readyz": 200, "/api": 401, "/api/v1/pods": 401} {
		response, err := client.Get(w.config.Host + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, response.StatusCode, want)
		}
	}
}

func TestDeniedCallsAreRefusedAndReviewsAgree(t *testing.T) {
	w := newWorld(t, func(_ *storage.Config, c *kubeapi.Config) {
		c.Authorize = access.Deny(
			access.DenyRule{User: "guest", Verb: "patch", Resource: "daemonsets.apps", Namespace: "kube-system"},
			access.DenyRule{User: "guest", Verb: "*", Resource: "*.vpcresources.k8s.aws"},
			access.DenyRule{User: "guest", Verb: "get", Resource: "pods/log"},
		)
	})
	ctx := context5(t)
	must(t)(w.typed.AppsV1().DaemonSets("kube-system").Create(ctx, daemonSet(), metav1.CreateOptions{}))
	visitor := w.as(guestToken)
	_, err := visitor.AppsV1().DaemonSets("kube-system").Patch(ctx, "aws-node", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	const sentence = `daemonsets.apps "aws-node" is forbidden: User "guest" cannot patch resource "daemonsets" in API group "apps" in the namespace "kube-system"`
	if !apierrors.IsForbidden(err) || err.Error() != sentence {
		t.Errorf("error = %v\nwant    %s", err, sentence)
	}
	if _, err := w.typed.AppsV1().DaemonSets("kube-system").Patch(ctx, "aws-node", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{}); err != nil {
		t.Errorf("system:masters are bound by a rule: %v", err)
	}
	tests := map[string]struct {
		asked   authorizationv1.ResourceAttributes
		allowed bool
	}{
		"patching the DaemonSet":    {authorizationv1.ResourceAttributes{Verb: "patch", Group: "apps", Resource: "daemonsets", Namespace: "kube-system"}, false},
		"reading the DaemonSet":     {authorizationv1.ResourceAttributes{Verb: "get", Group: "apps", Resource: "daemonsets", Namespace: "kube-system"}, true},
		"patching another":          {authorizationv1.ResourceAttributes{Verb: "patch", Group: "apps", Resource: "daemonsets", Namespace: "workshop"}, true},
		"listing policies":          {authorizationv1.ResourceAttributes{Verb: "list", Group: "vpcresources.k8s.aws", Resource: "securitygrouppolicies"}, false},
		"reading pods":              {authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods", Namespace: "workshop"}, true},
		"reading the logs of a pod": {authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods", Subresource: "log", Namespace: "workshop"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			review, err := visitor.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
				Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &test.asked},
			}, metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if review.Status.Allowed != test.allowed {
				t.Errorf("allowed = %v, want %v", review.Status.Allowed, test.allowed)
			}
		})
	}
	rules, err := visitor.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: "kube-system"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules.Status.ResourceRules {
		switch {
		case slices.Contains(rule.Resources, "securitygrouppolicies"):
			t.Errorf("rules list %v, which is denied", rule)
		case slices.Equal(rule.Resources, []string{"daemonsets"}) && (slices.Contains(rule.Verbs, "patch") || !slices.Contains(rule.Verbs, "get")):
			t.Errorf("rules say %v of daemonsets, want get without patch", rule.Verbs)
		}
	}
}

func TestCallsTellWhatWouldChangeTheCluster(t *testing.T) {
	w := newWorld(t)
	ctx := context5(t)
	seedMaps(t, w, 2)
	maps := w.typed.CoreV1().ConfigMaps("workshop")
	already := len(w.server.Calls())

	must(t)(maps.Create(ctx, configMap("new", nil), metav1.CreateOptions{}))
	must(t)(maps.Create(ctx, configMap("dry", nil), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}))
	must(t)(maps.Get(ctx, "new", metav1.GetOptions{}))
	must(t)(maps.List(ctx, metav1.ListOptions{}))
	watched, err := maps.Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	watched.Stop()
	must(t)(w.typed.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "get", Resource: "pods"}},
	}, metav1.CreateOptions{}))
	must(t)(maps.Patch(ctx, "new", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}))
	if err := maps.Delete(ctx, "new", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	_ = maps.Delete(ctx, "nope", metav1.DeleteOptions{})

	var got []string
	for _, c := range w.server.Calls()[already:] {
		text := c.User + " " + c.Verb + " " + c.Resource
		if c.Mutating {
			text += " mutating"
		}
		if c.Status >= 400 {
			text += " " + http.StatusText(c.Status)
		}
		got = append(got, text)
	}
	want := []string{
		"admin create configmaps mutating",
		"admin create configmaps",
		"admin get configmaps",
		"admin list configmaps",
		"admin watch configmaps",
		"admin create selfsubjectaccessreviews.authorization.k8s.io",
		"admin patch configmaps mutating",
		"admin delete configmaps mutating",
		"admin delete configmaps mutating Not Found",
	}
	if !slices.Equal(got, want) {
		t.Errorf("calls:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
