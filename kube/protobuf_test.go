package kube_test

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"

	"podsg/kube"
	"podsg/steps/world"
)

func TestPodsAreReadAsProtobufFromAServerThatHasIt(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"gitVersion":"v1.36.0"}`)
			return
		}
		if !strings.HasPrefix(r.Header.Get("Accept"), "application/vnd.kubernetes.protobuf") {
			http.Error(w, "not asked for protobuf", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Type", "application/vnd.kubernetes.protobuf")
		pods := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}, Items: []corev1.Pod{{ObjectMeta: metav1.ObjectMeta{Name: "green", Namespace: "shop"}}}}
		if err := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme).Encode(pods, w); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	client, err := kube.NewConnector(kube.Settings{Kubeconfig: emptyKubeconfig(t), Token: fixedToken(adminToken)}).
		Connect(t.Context(), world.Cluster{Name: "workshop", Endpoint: server.URL, CAData: base64.StdEncoding.EncodeToString(ca)})
	if err != nil {
		t.Fatal(err)
	}
	pods, err := client.Pods(t.Context(), "shop", nil)
	if err != nil || len(pods) != 1 || pods[0].Name != "green" {
		t.Errorf("got %v, %v", pods, err)
	}
}
