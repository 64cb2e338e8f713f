package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// serveAuthenticator plays the IAM authenticator of EKS's control plane: the API
// server asks it whose a token is, and the account verifies the signature in it.
func (r *Rig) serveAuthenticator(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /authenticate", func(w http.ResponseWriter, q *http.Request) {
		var review authenticationv1.TokenReview
		if err := json.NewDecoder(q.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		arn, err := r.account.IdentityFromToken(ClusterName, review.Spec.Token)
		review.Status = authenticationv1.TokenReviewStatus{}
		if err != nil {
			review.Status.Error = err.Error()
		} else {
			review.Status.Authenticated = true
			review.Status.User = authenticationv1.UserInfo{Username: arn, UID: arn, Groups: r.groupsOf(arn)}
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(review)
	})
	return r.serve(ctx, &http.Server{Addr: local(r.ports.authenticator), Handler: mux, ReadHeaderTimeout: time.Minute}, true)
}

// groupsOf are the groups of a principal: who has an access entry is an
// administrator of the cluster.
func (r *Rig) groupsOf(arn string) []string {
	for _, principal := range r.account.AccessEntries(ClusterName) {
		if principal == arn {
			return []string{"system:masters"}
		}
	}
	return nil
}

// writeAuthenticatorConfig tells the API server how to reach the authenticator.
func (r *Rig) writeAuthenticatorConfig() (file string, err error) {
	config := clientcmdapi.NewConfig()
	config.Clusters["aws"] = &clientcmdapi.Cluster{
		Server: fmt.Sprintf("https://%s/authenticate", local(r.ports.authenticator)), CertificateAuthorityData: r.pki.caPEM,
	}
	config.AuthInfos["apiserver"] = &clientcmdapi.AuthInfo{}
	config.Contexts["webhook"] = &clientcmdapi.Context{Cluster: "aws", AuthInfo: "apiserver"}
	config.CurrentContext = "webhook"
	file = r.path("pki", "authenticator.kubeconfig")
	return file, clientcmd.WriteToFile(*config, file)
}
