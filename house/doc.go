// Package house tests how the packages of podsg hang together: that a package
// is small, that its files can be read one after another, and that packages
// depend on each other in one direction.
package house
