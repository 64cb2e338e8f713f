package calls

import (
	"bufio"
	"net"
	"net/http"
)

// A Recorder tells the status of the answer when it begins. It passes
// flushing and hijacking on to the connection.
type Recorder struct {
	http.ResponseWriter
	Record func(status int)
	begun  bool
}

func (r *Recorder) begin(status int) {
	if !r.begun {
		r.begun = true
		r.Record(status)
	}
}

// WriteHeader implements http.ResponseWriter.
func (r *Recorder) WriteHeader(status int) {
	r.begin(status)
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *Recorder) Write(b []byte) (int, error) {
	r.begin(http.StatusOK)
	return r.ResponseWriter.Write(b)
}

// Flush implements http.Flusher.
func (r *Recorder) Flush() {
	// A connection that cannot be flushed sends when it is full.
	_ = http.NewResponseController(r.ResponseWriter).Flush()
}

// Hijack implements http.Hijacker, which upgrades to SPDY and websocket need.
func (r *Recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r.begin(http.StatusSwitchingProtocols)
	return http.NewResponseController(r.ResponseWriter).Hijack()
}
