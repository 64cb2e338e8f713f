package postgres

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"podsg/steps/plan"
	"podsg/steps/world"
)

// socksServer takes one SOCKS5 CONNECT, answers it with a reply code and tells
// which address was asked for. With silent it never answers.
func socksServer(t *testing.T, silent bool) (url string, asked <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	names := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		head := make([]byte, 2)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		_, _ = io.ReadFull(conn, make([]byte, head[1]))
		_, _ = conn.Write([]byte{5, 0})
		request := make([]byte, 5)
		if _, err := io.ReadFull(conn, request); err != nil || request[3] != 3 {
			names <- "not asked by name"
			return
		}
		name := make([]byte, int(request[4])+2)
		_, _ = io.ReadFull(conn, name)
		names <- string(name[:request[4]])
		if silent || binary.BigEndian.Uint16(name[request[4]:]) != 5432 {
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		_, _ = conn.Write([]byte{5, 0, 0, 1, 127, 0, 0, 1, 0, 0})
		_, _ = conn.Write([]byte("hello"))
	}()
	return "socks5h://" + listener.Addr().String(), names
}

func TestTheProxyResolvesTheName(t *testing.T) {
	url, asked := socksServer(t, false)
	dial, err := SOCKSDialer(url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := dial(t.Context(), "tcp", endpointName+":5432")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if name := <-asked; name != endpointName {
		t.Errorf("the proxy was asked for %q", name)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestAProxyThatDoesNotAnswerEndsWithTheContext(t *testing.T) {
	url, _ := socksServer(t, true)
	dial, err := SOCKSDialer(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = dial(ctx, "tcp", endpointName+":5432")
	if verdict, _ := Classify(err); verdict != plan.VerdictTimedOut {
		t.Errorf("verdict %q, want a time-out: %v", verdict, err)
	}
}

func TestAProxyThatIsNoSOCKSProxyIsRefused(t *testing.T) {
	for _, url := range []string{"http://127.0.0.1:1080", "127.0.0.1:1080", "socks5h://127.0.0.1", "socks5h://u:s3cret@host:x"} {
		_, err := SOCKSDialer(url)
		if world.KindOf(err) != world.ProblemUsage {
			t.Errorf("%s: got %v, want a usage problem", url, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error shows the password: %v", url, err)
		}
	}
}
