//go:build !race

package acceptance

// speed is how much faster than life the worlds' clocks run: making a database
// takes two seconds.
const speed = 200

// worldsAtATime is how many tests run at the same time for each processor.
const worldsAtATime = 5
