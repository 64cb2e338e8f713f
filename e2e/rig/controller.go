package rig

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// StartController starts the real VPC resource controller. It calls the account
// with the permissions of the cluster role, and serves the webhooks.
func (r *Rig) StartController() error {
	// The controller looks for its serving certificate under the temporary
	// directory.
	tmp := r.path("tmp", "controller")
	certs := tmp + "/k8s-webhook-server/serving-certs"
	if err := os.MkdirAll(certs, 0o700); err != nil {
		return err
	}
	for from, to := range map[string]string{"server.crt": "tls.crt", "server.key": "tls.key"} {
		data, err := os.ReadFile(r.pki.path(from))
		if err != nil {
			return err
		}
		if err := os.WriteFile(certs+"/"+to, data, 0o600); err != nil {
			return err
		}
	}
	key, secret, token, err := r.account.ControllerCredentials(ClusterName)
	if err != nil {
		return err
	}
	cmd := exec.Command(r.options.Controller,
		"-kubeconfig="+r.kubeconfig("vpc-resource-controller"),
		"-cluster-name="+ClusterName, "-vpc-id="+r.network.VPC, "-aws-region="+r.account.Region(),
		fmt.Sprintf("-metrics-bind-address=%s", local(r.ports.metrics)),
		fmt.Sprintf("-introspect-bind-addr=%s", local(r.ports.introspection)),
		"-leader-elect=true",
	)
	cmd.Env = append(os.Environ(), "TMPDIR="+tmp,
		"AWS_REGION="+r.account.Region(), "AWS_ACCESS_KEY_ID="+key, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_SESSION_TOKEN="+token,
		"AWS_ENDPOINT_URL_EC2="+r.awsURL(), "AWS_EC2_METADATA_SERVICE_ENDPOINT="+r.awsURL())
	r.controller, err = r.processes.start("vpc-resource-controller", cmd)
	return err
}

// StopController stops it: its webhooks then do not answer.
func (r *Rig) StopController() {
	r.processes.stop(r.controller, syscall.SIGTERM)
}
