package containers

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"k8s.io/utils/clock"
)

// counted is a network in which nobody is, and which counts requests.
type counted struct {
	mu    sync.Mutex
	ended []string
}

func (*counted) LookupHost(context.Context, netip.Addr, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("10.0.0.9")}, nil
}

func (*counted) Dial(context.Context, netip.Addr, netip.AddrPort) (net.Conn, error) {
	return nil, syscall.ECONNREFUSED
}

func (c *counted) Begin(flow string) func(Outcome) {
	return func(o Outcome) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if o == Failed {
			flow += " failed"
		}
		c.ended = append(c.ended, flow)
	}
}

func runShop(t *testing.T, network Network, env map[string]string) *Process {
	t.Helper()
	p, err := NewRuntime().Start(t.Context(), "registry.example.com/shop:1", Spec{Env: env, Network: network, Clock: clock.RealClock{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

func TestTheShopAsksOnceAndCountsWhatFails(t *testing.T) {
	network := &counted{}
	p := runShop(t, network, map[string]string{"NAME": "report", "CALLS": "cache=cache://cache:6379 api=http://api:8080/"})
	if code, err := p.Wait(t.Context()); code != 1 || err != nil {
		t.Errorf("exit code %d, %v", code, err)
	}
	if got := strings.Join(network.ended, ", "); got != "report → cache failed, report → api failed" {
		t.Errorf("counted %s", got)
	}
	var said strings.Builder
	if err := p.Logs(t.Context(), LogOptions{}, &said); err != nil || !strings.Contains(said.String(), "report: request to cache failed: connection refused") {
		t.Errorf("said %q, %v", said.String(), err)
	}
}

func TestTheShopServesAnErrorWhenWhatIsBehindItFails(t *testing.T) {
	behind := runShop(t, &counted{}, map[string]string{"NAME": "api", "PORT": "8080", "CALLS": "cache=cache://cache:6379"})
	awaitLine(t, behind)
	for path, want := range map[string]int{"healthz": 0, "orders": 1} {
		through := &linked{to: behind}
		front := runShop(t, through, map[string]string{"NAME": "front", "CALLS": "api=http://api:8080/" + path})
		if code, err := front.Wait(t.Context()); err != nil || code != want {
			t.Errorf("/%s: exit code %d, %v; want %d", path, code, err, want)
		}
		if got := strings.Join(through.ended, ", "); got != "front → api" { // an answer, though it may be an error
			t.Errorf("/%s counted as %q", path, got)
		}
	}
}

func TestTheShopAnswersWhatItHasBegunBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		behind := &held{asked: make(chan struct{}), release: make(chan struct{})}
		api := runShop(t, behind, map[string]string{"NAME": "api", "PORT": "8080", "CALLS": "cache=cache://cache:6379"})
		awaitLine(t, api)
		through := &linked{to: api}
		front := runShop(t, through, map[string]string{"NAME": "front", "CALLS": "api=http://api:8080/orders"})
		<-behind.asked
		go api.Stop()
		synctest.Wait() // all that stopping does without the answer is done
		close(behind.release)
		if _, err := front.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-api.Done()
		if got := strings.Join(through.ended, ", "); got != "front → api" {
			t.Errorf("counted as %q", got)
		}
	})
}

// held is a network in which a connection takes until it is released.
type held struct {
	counted
	asked, release chan struct{}
}

func (h *held) Dial(context.Context, netip.Addr, netip.AddrPort) (net.Conn, error) {
	close(h.asked)
	<-h.release
	return nil, syscall.ECONNREFUSED
}

// awaitLine returns when a process has printed its first line.
func awaitLine(t *testing.T, p *Process) {
	t.Helper()
	ctx, heard := context.WithCancel(t.Context())
	defer heard()
	if err := p.Logs(ctx, LogOptions{Follow: true}, firstWrite(heard)); ctx.Err() == nil {
		t.Fatalf("the process ended: %v", err)
	}
}

// firstWrite is called when something is written.
type firstWrite func()

func (f firstWrite) Write(b []byte) (int, error) {
	f()
	return len(b), nil
}

// linked is a network in which one container is reached by every address.
type linked struct {
	counted
	to *Process
}

func (l *linked) Dial(ctx context.Context, _ netip.Addr, to netip.AddrPort) (net.Conn, error) {
	return l.to.DialPort(ctx, to.Port())
}
