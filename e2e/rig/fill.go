package rig

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podsPerDeployment keeps the Deployments that fill a cluster manageable.
const podsPerDeployment = 500

// Fill creates idle pods and waits until all of them are ready.
func (r *Rig) Fill(ctx context.Context, pods int) error {
	if pods == 0 {
		return nil
	}
	_, err := r.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: FillNamespace}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	for i := 0; i*podsPerDeployment < pods; i++ {
		if err := r.idle(ctx, fmt.Sprintf("fill-%d", i), int32(min(podsPerDeployment, pods-i*podsPerDeployment))); err != nil {
			return err
		}
	}
	begin := time.Now()
	for {
		list, err := r.client.AppsV1().Deployments(FillNamespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		var ready int32
		for _, d := range list.Items {
			ready += d.Status.ReadyReplicas
		}
		fmt.Fprintf(r.options.Log, "%6.1fs  %d of %d idle pods ready\n", time.Since(begin).Seconds(), ready, pods)
		if int(ready) >= pods {
			return nil
		}
		if err := pause(ctx, 5*time.Second); err != nil {
			return err
		}
	}
}

func (r *Rig) idle(ctx context.Context, name string, pods int32) error {
	label := map[string]string{"app": name}
	_, err := r.client.AppsV1().Deployments(FillNamespace).Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: label},
		Spec: appsv1.DeploymentSpec{
			Replicas: &pods, Selector: &metav1.LabelSelector{MatchLabels: label},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: label},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "idle", Image: "registry.k8s.io/pause:3.10",
					Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")}},
				}}},
			},
		},
	}, metav1.CreateOptions{})
	return err
}
