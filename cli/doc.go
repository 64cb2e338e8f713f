// Package cli is podsg's command line: the command tree, its flags and their
// environment variables, the answers, what is printed where, and the exit
// codes. Each command gets what it needs from the tree that root.go assembles;
// the packages below know nothing of it.
//
// Standard output carries the result and nothing else; progress and errors go
// to standard error. With -o json the result is exactly one document, whatever
// happens.
package cli
