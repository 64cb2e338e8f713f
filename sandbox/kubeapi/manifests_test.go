package kubeapi_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/restmapper"
)

// create makes the objects of a manifest with the strictness of kubectl, and
// returns what was made.
func create(t *testing.T, w *world, manifest string) ([]*unstructured.Unstructured, error) {
	t.Helper()
	groups, err := restmapper.GetAPIGroupResources(discovery.NewDiscoveryClientForConfigOrDie(w.config))
	if err != nil {
		t.Fatal(err)
	}
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	var made []*unstructured.Unstructured
	for documents := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096); ; {
		object := &unstructured.Unstructured{}
		if err := documents.Decode(&object.Object); errors.Is(err, io.EOF) {
			return made, nil
		} else if err != nil {
			t.Fatal(err)
		}
		mapping, err := mapper.RESTMapping(object.GroupVersionKind().GroupKind(), object.GroupVersionKind().Version)
		if err != nil {
			return made, err
		}
		if object.GetNamespace() == "" && mapping.Scope.Name() == meta.RESTScopeNameNamespace {
			object.SetNamespace("workshop")
		}
		created, err := w.untyped.Resource(mapping.Resource).Namespace(object.GetNamespace()).Create(context5(t), object,
			metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
		if err != nil {
			return made, err
		}
		made = append(made, created)
	}
}

const pods = `{metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: "example.invalid/c:1"}]}}`

const onePod = `{metadata: {labels: {app: x}}, spec: {restartPolicy: Never, containers: [{name: c, image: "example.invalid/c:1"}]}}`

func TestManifestsAreTakenOrRefusedAsByARealAPIServer(t *testing.T) {
	tests := map[string]struct {
		manifest string
		refused  string // a part of why; empty: it is not
	}{
		"a StatefulSet": {`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: worker}
spec: {serviceName: worker, replicas: 2, selector: {matchLabels: {app: x}}, template: ` + pods + `}`, ""},
		"a StatefulSet with volumes": {`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: worker}
spec:
  selector: {matchLabels: {app: x}}
  template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: "c:1", volumeMounts: [{name: data, mountPath: /data}]}]}}
  volumeClaimTemplates: [{metadata: {name: data}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]`, ""},
		"a StatefulSet whose selector misses its pods": {`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: worker}
spec: {selector: {matchLabels: {app: other}}, template: ` + pods + `}`, "`selector` does not match template `labels`"},
		"a StatefulSet of no policy": {`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: worker}
spec: {podManagementPolicy: Random, selector: {matchLabels: {app: x}}, template: ` + pods + `}`, "must be 'OrderedReady' or 'Parallel'"},
		"a CronJob": {`
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: ` + onePod + `}}}`, ""},
		"a CronJob that restarts for ever": {`
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "0 3 * * *", jobTemplate: {spec: {template: ` + pods + `}}}`, "spec.jobTemplate.spec.template.spec.restartPolicy"},
		"a CronJob of no schedule": {`
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec: {schedule: "at three", jobTemplate: {spec: {template: ` + onePod + `}}}`, "expected exactly 5 fields, found 2"},
		"a Job of a generated name": {`
apiVersion: batch/v1
kind: Job
metadata: {generateName: migrate-}
spec: {template: ` + onePod + `}`, ""},
		"a disruption budget": {`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 25%, selector: {matchLabels: {app: x}}}`, ""},
		"a disruption budget of two minds": {`
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {maxUnavailable: 1, minAvailable: 1, selector: {matchLabels: {app: x}}}`, "minAvailable and maxUnavailable cannot be both set"},
		"an autoscaler": {`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {minReplicas: 2, maxReplicas: 6, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}`, ""},
		"an autoscaler without a bound": {`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}`, "spec.maxReplicas: Required value"},
		"an Ingress": {`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, annotations: {alb.ingress.kubernetes.io/target-type: ip}}
spec:
  ingressClassName: alb
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]`, ""},
		"an Ingress of the older kind": {`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec: {rules: [{http: {paths: [{path: /, backend: {service: {name: web, port: {number: 80}}}}]}}]}`, "pathType must be specified"},
		"an Ingress that leads nowhere": {`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec: {ingressClassName: alb}`, "either `defaultBackend` or `rules` must be specified"},
		"a claim": {`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`, ""},
		"a claim for nothing": {`
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce]}`, "spec.resources[storage]: Required value"},
		"a policy with two selectors": {`
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: both}
spec: {podSelector: {matchLabels: {app: web}}, serviceAccountSelector: {matchLabels: {app: web}}, securityGroups: {groupIds: [sg-1]}}`, ""},
		"a policy for everything": {`
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: all}
spec: {podSelector: {}, securityGroups: {groupIds: [my_pod_security_group_id]}}`, ""},
		"a policy with an operator that there is not": {`
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: badop}
spec: {podSelector: {matchExpressions: [{key: app, operator: Equals, values: [x]}]}, securityGroups: {groupIds: [sg-1]}}`, ""},
		"a policy with a key that there is not": {`
apiVersion: vpcresources.k8s.aws/v1beta1
kind: SecurityGroupPolicy
metadata: {name: misspelt}
spec: {podSelector: {matchLabels: {app: x}}, securityGroups: {groupIDs: [sg-1]}}`, `unknown field "spec.securityGroups.groupIDs"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			made, err := create(t, w, test.manifest)
			switch {
			case test.refused == "" && err != nil:
				t.Fatal(err)
			case test.refused != "" && (err == nil || !strings.Contains(err.Error(), test.refused)):
				t.Fatalf("made %d objects, %v; want an error that says %q", len(made), err, test.refused)
			case test.refused == "":
				w.rewrites(t, made[0])
			}
		})
	}
}

// rewrites fails the test unless an object can be listed, watched and patched.
func (w *world) rewrites(t *testing.T, made *unstructured.Unstructured) {
	t.Helper()
	kind := made.GroupVersionKind()
	resource, _ := meta.UnsafeGuessKindToResource(kind)
	client := w.untyped.Resource(resource).Namespace(made.GetNamespace())
	list, err := client.List(context5(t), metav1.ListOptions{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("listed %v, %v", list, err)
	}
	seen, err := client.Watch(context5(t), metav1.ListOptions{ResourceVersion: list.GetResourceVersion()})
	if err != nil {
		t.Fatal(err)
	}
	defer seen.Stop()
	patch := `{"metadata":{"labels":{"patched":"yes"}}}`
	if _, err := client.Patch(context5(t), made.GetName(), types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	if e := <-seen.ResultChan(); e.Object.(*unstructured.Unstructured).GetLabels()["patched"] != "yes" {
		t.Errorf("watched %v", e)
	}
	applied := &unstructured.Unstructured{Object: runtime.DeepCopyJSON(made.Object)}
	applied.SetManagedFields(nil)
	applied.SetResourceVersion("")
	if _, err := client.Apply(context5(t), made.GetName(), applied, metav1.ApplyOptions{FieldManager: "tool", Force: true}); err != nil {
		t.Errorf("apply: %v", err)
	}
}

// kubectl asks for it before it sends the items of a List.
func TestTheOlderDescriptionOfTheAPIDescribesNothing(t *testing.T) {
	w := newWorld(t)
	document, err := discovery.NewDiscoveryClientForConfigOrDie(w.config).OpenAPISchema()
	if err != nil || document.GetSwagger() != "2.0" || document.GetDefinitions() != nil {
		t.Errorf("%v, %v", document, err)
	}
	raw, err := w.typed.RESTClient().Get().AbsPath("/openapi/v2").SetHeader("Accept", "application/json").DoRaw(context5(t))
	if err != nil || !bytes.Contains(raw, []byte(`"swagger":"2.0"`)) {
		t.Errorf("%s, %v", raw, err)
	}
}
