package follow

import "sync"

// Set is a [Sink] that keeps the newest value of every object.
type Set[V any] struct {
	// Changed receives a value after each change; it should have room for one.
	Changed chan<- struct{}

	mu      sync.Mutex
	values  map[string]V
	synced  bool
	trouble error
}

// Set implements [Sink].
func (s *Set[V]) Set(key string, value V) {
	s.mu.Lock()
	if s.values == nil {
		s.values = map[string]V{}
	}
	s.values[key] = value
	s.trouble = nil
	s.mu.Unlock()
	s.signal()
}

// Delete implements [Sink].
func (s *Set[V]) Delete(key string) {
	s.mu.Lock()
	delete(s.values, key)
	s.trouble = nil
	s.mu.Unlock()
	s.signal()
}

// Synced implements [Sink].
func (s *Set[V]) Synced() {
	s.mu.Lock()
	s.synced, s.trouble = true, nil
	s.mu.Unlock()
	s.signal()
}

// Trouble implements [Sink].
func (s *Set[V]) Trouble(err error) {
	s.mu.Lock()
	s.trouble = err
	s.mu.Unlock()
	s.signal()
}

// State reports whether every object is known, and what keeps the server from
// being asked at the moment.
func (s *Set[V]) State() (synced bool, trouble error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.synced, s.trouble
}

// Get returns the newest value of an object.
func (s *Set[V]) Get(key string) (V, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.values[key]
	return value, ok
}

// Values returns all values, in no order.
func (s *Set[V]) Values() []V {
	s.mu.Lock()
	defer s.mu.Unlock()
	values := make([]V, 0, len(s.values))
	for _, v := range s.values {
		values = append(values, v)
	}
	return values
}

func (s *Set[V]) signal() {
	select {
	case s.Changed <- struct{}{}:
	default: // somebody is to look already
	}
}
