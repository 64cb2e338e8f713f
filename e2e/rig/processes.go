package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

const (
	startPatience = 2 * time.Minute
	stopPatience  = 5 * time.Second
	pollInterval  = 100 * time.Millisecond
)

// processes are the rig's child processes, in the order of their start.
type processes struct {
	dir  string // of their logs
	died chan error

	mu      sync.Mutex
	list    []*process
	closing bool
}

type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

func newProcesses(dir string) *processes {
	return &processes{dir: dir, died: make(chan error, 1)}
}

// start runs a program whose output goes to a log file of its name. That it
// ends before it is stopped is told on died.
func (ps *processes) start(name string, cmd *exec.Cmd) (*process, error) {
	log, err := os.Create(filepath.Join(ps.dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// A component must not outlive the rig, nor take the terminal's interrupt
	// before the rig has stopped the others.
	cmd.SysProcAttr.Pdeathsig, cmd.SysProcAttr.Setpgid = syscall.SIGKILL, true
	if err := cmd.Start(); err != nil {
		log.Close()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, done: make(chan struct{})}
	ps.mu.Lock()
	ps.list = append(ps.list, p)
	ps.mu.Unlock()
	go func() {
		err := cmd.Wait()
		log.Close()
		close(p.done)
		ps.mu.Lock()
		expected := ps.closing || !ps.has(p)
		ps.mu.Unlock()
		if !expected {
			select {
			case ps.died <- fmt.Errorf("%s ended (%v); see %s", name, err, log.Name()):
			default:
			}
		}
	}()
	return p, nil
}

func (ps *processes) has(p *process) bool {
	for _, other := range ps.list {
		if other == p {
			return true
		}
	}
	return false
}

// stop ends one process.
func (ps *processes) stop(p *process, sig syscall.Signal) {
	ps.mu.Lock()
	for i, other := range ps.list {
		if other == p {
			ps.list = append(ps.list[:i], ps.list[i+1:]...)
			break
		}
	}
	ps.mu.Unlock()
	p.end(sig)
}

func (p *process) end(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig)
	timer := time.NewTimer(stopPatience)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// stopAll ends all processes, the last started first, so that nothing loses
// what it depends on.
func (ps *processes) stopAll() {
	ps.mu.Lock()
	ps.closing = true
	list := ps.list
	ps.mu.Unlock()
	for i := len(list) - 1; i >= 0; i-- {
		list[i].end(syscall.SIGTERM)
	}
}

// await waits until a URL answers 200.
func (ps *processes) await(ctx context.Context, transport http.RoundTripper, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	var last error
	for {
		resp, err := client.Get(url)
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(resp.Status)
		}
		last = err
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", url, last)
		case err := <-ps.died:
			return err
		case <-time.After(pollInterval):
		}
	}
}
