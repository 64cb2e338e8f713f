package cluster_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
)

func waiting(p *corev1.Pod) corev1.ContainerStateWaiting {
	for _, s := range p.Status.ContainerStatuses {
		if s.State.Waiting != nil {
			return *s.State.Waiting
		}
	}
	return corev1.ContainerStateWaiting{}
}

func fromSecret(name, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: "PASSWORD", ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: name}, Key: key,
	}}}
}

func shell(script string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Spec.Containers[0].Command = []string{"sh", "-c", script} }
}

func (w *world) secret(namespace, name string, data map[string]string) {
	w.Helper()
	_, err := storage.NewClient[*corev1.Secret](w.store, gvr.Secrets, "kubectl").Create(&corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}, StringData: data,
	})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) logs(p *corev1.Pod, opts corev1.PodLogOptions) string {
	w.Helper()
	var out strings.Builder
	if err := w.cluster.Logs(w.ctx, p, &opts, &out); err != nil {
		w.Fatalf("logs: %v", err)
	}
	return out.String()
}

func TestAContainerGetsItsEnvironmentAndFiles(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.secret("default", "rds", map[string]string{"password": "s3cret", "host": "db"})
		w.run("default", "p", "x", shell(`echo "$NODE $PASSWORD $URL $(cat /etc/rds/host) $(cat /var/run/secrets/kubernetes.io/serviceaccount/namespace)"; sleep 86400`), func(p *corev1.Pod) {
			c := &p.Spec.Containers[0]
			c.Env = []corev1.EnvVar{
				{Name: "NODE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "spec.nodeName"}}},
				fromSecret("rds", "password"),
				{Name: "URL", Value: "pg://$(PASSWORD)@$$(NOT)/$(UNKNOWN)"},
			}
			c.VolumeMounts = []corev1.VolumeMount{{Name: "rds", MountPath: "/etc/rds"}}
			p.Spec.Volumes = []corev1.Volume{{Name: "rds", VolumeSource: corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "rds"}}}}
		})
		w.until("it is ready", func() bool { return ready(w.pod("default", "p")) })
		w.pass(time.Second)
		p := w.pod("default", "p")
		want := p.Spec.NodeName + " s3cret pg://s3cret@$(NOT)/$(UNKNOWN) db default\n"
		if got := w.logs(p, corev1.PodLogOptions{}); got != want {
			w.Errorf("log is %q, want %q", got, want)
		}
		reasons := w.events("p")
		for _, reason := range []string{"Scheduled", "Pulling", "Pulled", "Created", "Started"} {
			if len(reasons[reason]) != 1 {
				w.Errorf("event %s: %q", reason, reasons[reason])
			}
		}
	})
}

func TestAMissingKeyKeepsTheContainerFromStarting(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.secret("default", "rds", map[string]string{"host": "db"})
		w.run("default", "p", "x", func(p *corev1.Pod) { p.Spec.Containers[0].Env = []corev1.EnvVar{fromSecret("rds", "password")} })
		w.until("it waits", func() bool { return waiting(w.pod("default", "p")).Reason == "CreateContainerConfigError" })
		want := "couldn't find key password in Secret default/rds"
		if got := waiting(w.pod("default", "p")).Message; got != want {
			w.Errorf("message is %q", got)
		}
		if got := w.events("p")["Failed"]; !slices.Equal(got, []string{"Error: " + want}) {
			w.Errorf("event Failed: %q", got)
		}
		_, err := storage.NewClient[*corev1.Secret](w.store, gvr.Secrets, "kubectl").Mutate("default", "rds", func(s *corev1.Secret) error {
			s.Data["password"] = []byte("x")
			return nil
		})
		if err != nil {
			w.Fatal(err)
		}
		w.until("it starts once the key is there", func() bool { return ready(w.pod("default", "p")) })
	})
}

func TestAnUnknownImageIsNotPulled(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.run("default", "p", "x", func(p *corev1.Pod) { p.Spec.Containers[0].Image = "fmedery/nosuch:latest" })
		w.until("it waits", func() bool { return waiting(w.pod("default", "p")).Reason == "ImagePullBackOff" })
		if err := w.cluster.Logs(w.ctx, w.pod("default", "p"), &corev1.PodLogOptions{}, io.Discard); err == nil ||
			err.Error() != `container "client" in pod "p" is waiting to start: trying and failing to pull image` {
			w.Errorf("logs: %v", err)
		}
	})
}

func TestACrashingContainerIsRestartedLaterAndLater(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.run("default", "p", "x", shell("echo start; exit 3"))
		w.until("it has restarted three times", func() bool {
			s := w.pod("default", "p").Status.ContainerStatuses
			return len(s) > 0 && s[0].RestartCount >= 3
		})
		w.until("it backs off", func() bool { return waiting(w.pod("default", "p")).Reason == "CrashLoopBackOff" })
		p := w.pod("default", "p")
		s := p.Status.ContainerStatuses[0]
		if !strings.HasPrefix(waiting(p).Message, "back-off 40s restarting failed container=client pod=p_default(") {
			w.Errorf("message is %q", waiting(p).Message)
		}
		if last := s.LastTerminationState.Terminated; last == nil || last.ExitCode != 3 || last.Reason != "Error" {
			w.Errorf("last state is %+v", s.LastTerminationState)
		}
		if p.Status.Phase != corev1.PodRunning {
			w.Errorf("phase is %s", p.Status.Phase)
		}
		if got := w.logs(p, corev1.PodLogOptions{Previous: true}); got != "start\n" {
			w.Errorf("previous log is %q", got)
		}
	})
}

func TestProbesOfAPodWithABranchENIFollowTheCNIsMode(t *testing.T) {
	probe := func(p *corev1.Pod) {
		p.Spec.Containers[0].Command = []string{"sh", "-c", "while true; do nc -l -p 8080; done"}
		p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8080)}}}
	}
	mode := func(value string) corev1.EnvVar {
		return corev1.EnvVar{Name: "POD_SECURITY_GROUP_ENFORCING_MODE", Value: value}
	}
	cases := []struct {
		name    string
		set     []corev1.EnvVar
		demux   bool // DISABLE_TCP_EARLY_DEMUX
		blocked bool // the pod's security group does not admit the node
		ready   bool
	}{
		{"in strict mode probes fail", nil, false, false, false},
		{"in strict mode without early demultiplexing they get through", nil, true, false, true},
		{"in strict mode the pod's security group must admit the node", nil, true, true, false},
		{"in standard mode they always get through", []corev1.EnvVar{mode("standard")}, false, true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, []string{"m5.large"}, nil, func(w *world) {
				w.namespace("demo")
				w.policy("demo", "policy", "sg-pod")
				w.cloud.set(func() { w.cloud.blocked[8080] = c.blocked })
				if c.demux {
					w.disableEarlyDemux()
				}
				w.enablePodENI(c.set...)
				w.run("demo", "green", green, probe)
				w.until("it runs", func() bool { return w.pod("demo", "green").Status.Phase == corev1.PodRunning })
				w.pass(time.Minute)
				p := w.pod("demo", "green")
				if ready(p) != c.ready {
					w.Errorf("ready is %t: %q", ready(p), w.events("green")["Unhealthy"])
				}
				if !c.ready {
					want := "Readiness probe failed: dial tcp " + p.Status.PodIP + ":8080: i/o timeout"
					if got := w.events("green")["Unhealthy"]; !slices.Equal(got, []string{want}) {
						w.Errorf("Unhealthy: %q, want %q", got, want)
					}
				}
			})
		})
	}
}

func TestAProbeOfAPortWithoutAListenerIsRefused(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.run("default", "p", "x", func(p *corev1.Pod) {
			p.Spec.Containers[0].ReadinessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(80)}}}
		})
		w.until("the probe fails", func() bool { return len(w.events("p")["Unhealthy"]) > 0 })
		ip := w.pod("default", "p").Status.PodIP
		want := `Readiness probe failed: Get "http://` + ip + `:80/healthz": dial tcp ` + ip + `:80: connect: connection refused`
		if got := w.events("p")["Unhealthy"][0]; got != want {
			w.Errorf("Unhealthy: %q, want %q", got, want)
		}
	})
}

func TestADeletedPodGetsItsGracePeriod(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.run("default", "p", "x", func(p *corev1.Pod) { p.Spec.TerminationGracePeriodSeconds = nil })
		w.until("it is ready", func() bool { return ready(w.pod("default", "p")) })
		start := time.Now()
		w.delete("default", "p")
		w.until("it is gone", func() bool { _, err := w.pods().Get("default", "p"); return err != nil })
		// The first process of a container does not hear SIGTERM unless it asks to.
		if d := time.Since(start); d < 30*time.Second || d > 33*time.Second {
			w.Errorf("gone after %v, want 30 s", d)
		}
		if got := w.events("p")["Killing"]; !slices.Equal(got, []string{"Stopping container client"}) {
			w.Errorf("Killing: %q", got)
		}
		if left := len(w.cloud.podIPs); left != 2 {
			w.Errorf("%d addresses are still taken, want CoreDNS' two", left)
		}
	})
}

func TestPortForwardReachesWhatListensInThePod(t *testing.T) {
	inWorld(t, []string{"m5.large"}, nil, func(w *world) {
		w.run("default", "p", "x", shell("echo hello | nc -l -p 5432; sleep 86400"))
		w.until("it is ready", func() bool { return ready(w.pod("default", "p")) })
		w.pass(time.Second)
		local, remote := newPipe()
		done := make(chan error, 1)
		go func() { done <- w.cluster.PortForward(w.ctx, w.pod("default", "p"), 5432, remote) }()
		greeting := make([]byte, 6)
		if _, err := io.ReadFull(local, greeting); err != nil || string(greeting) != "hello\n" {
			w.Errorf("read %q: %v", greeting, err)
		}
		local.Close()
		<-done
		err := w.cluster.PortForward(context.WithoutCancel(w.ctx), w.pod("default", "p"), 99, remote)
		if err == nil || !strings.Contains(err.Error(), "connection refused") {
			w.Errorf("forward to a port without a listener: %v", err)
		}
	})
}
