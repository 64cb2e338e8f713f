package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podsg/sandbox/containers"
	"podsg/sandbox/kubeapi/gvr"
	"podsg/sandbox/kubeapi/storage"
	"podsg/sandbox/scenario"
)

// dialServer connects to what a scenario put into the VPC beside databases; nil
// without an error means that nothing of it has the address.
func (n *network) dialServer(to netip.AddrPort) (net.Conn, error) {
	for _, s := range n.servers {
		switch {
		case s.Address != to.Addr():
		case s.Port != int(to.Port()):
			return nil, refused(to)
		default:
			client, server, err := loopbackPair()
			if err != nil {
				return nil, err
			}
			go serveCache(server)
			return client, nil
		}
	}
	return nil, nil
}

// serveCache answers as a cache that speaks the protocol of Redis, and knows
// nothing but to answer a PING.
func serveCache(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		answer := "-ERR unknown command\r\n"
		if strings.EqualFold(strings.TrimSpace(lines.Text()), "PING") {
			answer = "+PONG\r\n"
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

// How often the balancer's clients come, at least in the machine's time, and how
// long they wait.
const (
	visitInterval        = 5 * time.Second
	machineVisitInterval = 150 * time.Millisecond
	visitPatience        = 30 * time.Second // of the machine
	visitConnect         = 2 * time.Second  // of the machine, for the connection alone
)

// visit sends requests from outside through a load balancer, until ctx ends. It
// sends them to the addresses of the pods that are ready, as an Application Load
// Balancer with targets by IP does.
func (w *World) visit(ctx context.Context, n *network, b scenario.Balancer) {
	for {
		least := time.NewTimer(machineVisitInterval)
		w.visitOnce(ctx, n, b)
		wait := w.clock.NewTimer(visitInterval)
		select {
		case <-wait.C():
		case <-ctx.Done():
		}
		wait.Stop()
		select {
		case <-least.C:
		case <-ctx.Done():
			least.Stop()
			return
		}
	}
}

func (w *World) visitOnce(ctx context.Context, n *network, b scenario.Balancer) {
	ended := n.Begin(b.Flow)
	limited, cancel := context.WithTimeout(ctx, visitPatience)
	defer cancel()
	outcome := containers.Failed
	if status, err := w.get(limited, n, b); err == nil {
		outcome = containers.Good
		if status >= http.StatusInternalServerError {
			outcome = containers.Errored
		}
	}
	if ctx.Err() == nil {
		ended(outcome)
	}
}

// get sends one request to a pod behind the balancer.
func (w *World) get(ctx context.Context, n *network, b scenario.Balancer) (status int, err error) {
	service, err := storage.NewClient[*corev1.Service](w.store, gvr.Services, "").Get(b.Namespace, b.Service)
	if err != nil {
		return 0, err
	}
	target, ok := n.services.pick(service, b.Port)
	if !ok {
		return 0, fmt.Errorf("service %s/%s has no ready endpoint", b.Namespace, b.Service)
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, visitConnect)
			defer cancel()
			return n.Dial(ctx, b.Address, target)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.Host+"/", nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}
