package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"

	"podsg/sandbox/cluster"
	"podsg/sandbox/cluster/manifests"
)

const (
	systemNamespace = "kube-system"
	cniDaemonSet    = "aws-node"
	// addonManager is the field manager by which EKS applies add-ons.
	addonManager   = "eks"
	kubectlManager = "kubectl-client-side-apply"

	// How long the controller keeps the branch interface of a deleted pod: by
	// default, and at least.
	coolDown         = `branch-eni-cooldown: "60"`
	shortestCoolDown = `branch-eni-cooldown: "30"`

	retryInterval = 200 * time.Millisecond
	createRetries = 100
)

// seed creates what EKS puts into a new cluster: the definitions of the VPC
// resource controller, and the same objects that the practice world has, which
// the real API server judges here.
func (r *Rig) seed(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(r.options.Definitions, "*.yaml"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no definitions in %q", r.options.Definitions)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := r.create(ctx, string(data)); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
	}
	seeds, err := r.manifests()
	if err != nil {
		return err
	}
	for _, m := range seeds {
		for _, document := range m.Documents {
			if r.options.Speed > 1 {
				document = strings.Replace(document, coolDown, shortestCoolDown, 1)
			}
			if err := r.create(ctx, document); err != nil {
				return fmt.Errorf("%s: %w", m.File, err)
			}
		}
	}
	return nil
}

// manifests are the objects of a new cluster.
func (r *Rig) manifests() ([]manifests.Manifest, error) {
	cni := cluster.DefaultCNIVersion
	if !r.options.SelfManagedCNI {
		cni += "-eksbuild.1"
	}
	return manifests.List(manifests.Values{
		Cluster: ClusterName, Region: r.account.Region(), VPCID: r.network.VPC, Version: kubernetesVersion, CNIVersion: cni,
	})
}

// create creates the objects of YAML documents.
func (r *Rig) create(ctx context.Context, documents string) error {
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(r.client.Discovery()))
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(documents), 4096)
	for {
		obj := &unstructured.Unstructured{}
		if err := decoder.Decode(obj); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if len(obj.Object) == 0 || obj.GetKind() == "Service" && obj.GetNamespace() == metav1.NamespaceDefault {
			continue // the API server makes its own Service itself
		}
		r.trustWebhooks(obj)
		if err := r.createObject(ctx, mapper, obj); err != nil {
			return fmt.Errorf("create %s %q: %w", obj.GetKind(), obj.GetName(), err)
		}
	}
}

func (r *Rig) createObject(ctx context.Context, mapper meta.RESTMapper, obj *unstructured.Unstructured) error {
	gvk := obj.GroupVersionKind()
	mapping, err := mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if err != nil {
		return err
	}
	var api dynamic.ResourceInterface = r.dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		api = r.dynamic.Resource(mapping.Resource).Namespace(obj.GetNamespace())
	}
	// A fresh server refuses some kinds for a moment: it makes namespaces and
	// priority classes in the background.
	for try := 0; ; try++ {
		if obj.GetKind() == "DaemonSet" && obj.GetName() == cniDaemonSet && !r.options.SelfManagedCNI {
			_, err = api.Apply(ctx, obj.GetName(), obj, metav1.ApplyOptions{FieldManager: addonManager, Force: true})
		} else {
			_, err = api.Create(ctx, obj, metav1.CreateOptions{FieldManager: kubectlManager})
		}
		if err == nil || apierrors.IsAlreadyExists(err) {
			return nil
		}
		if try == createRetries {
			return err
		}
		if err := pause(ctx, retryInterval); err != nil {
			return err
		}
	}
}

// trustWebhooks makes the API server trust the webhooks' certificate.
func (r *Rig) trustWebhooks(obj *unstructured.Unstructured) {
	hooks, _, _ := unstructured.NestedSlice(obj.Object, "webhooks")
	for _, h := range hooks {
		if hook, ok := h.(map[string]any); ok {
			_ = unstructured.SetNestedField(hook, base64Text(r.pki.caPEM), "clientConfig", "caBundle")
		}
	}
	if len(hooks) > 0 {
		_ = unstructured.SetNestedSlice(obj.Object, hooks, "webhooks")
	}
}

// settle waits until the system pods are ready.
func (r *Rig) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	want := len(r.account.Nodes(ClusterName))
	last := ""
	for {
		if last = r.unsettled(ctx, want); last == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", last, ctx.Err())
		case err := <-r.processes.died:
			return err
		case <-time.After(pollInterval):
		}
	}
}

// unsettled says what is not ready yet.
func (r *Rig) unsettled(ctx context.Context, nodes int) string {
	ds, err := r.client.AppsV1().DaemonSets(systemNamespace).Get(ctx, cniDaemonSet, metav1.GetOptions{})
	if err != nil {
		return err.Error()
	}
	if s := ds.Status; int(s.NumberAvailable) != nodes || s.ObservedGeneration < ds.Generation {
		return fmt.Sprintf("aws-node is available on %d of %d nodes", s.NumberAvailable, nodes)
	}
	dns, err := r.client.AppsV1().Deployments(systemNamespace).Get(ctx, "coredns", metav1.GetOptions{})
	if err != nil {
		return err.Error()
	}
	if dns.Status.AvailableReplicas != *dns.Spec.Replicas {
		return fmt.Sprintf("%d of %d CoreDNS pods are available", dns.Status.AvailableReplicas, *dns.Spec.Replicas)
	}
	return ""
}

// pause waits, or ends with ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
