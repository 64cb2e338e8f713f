// Package acceptance tests podsg as a whole: its command line against practice
// worlds, over the wire. It holds nothing but tests.
package acceptance
