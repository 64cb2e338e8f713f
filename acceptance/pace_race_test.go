//go:build race

package acceptance

// The race detector makes everything several times slower, but not the worlds'
// clocks.
const (
	speed         = 100
	worldsAtATime = 1
)
