// Package cli is podsg's command line: the command tree, its flags and their
// environment variables, the answers, what is printed where, and the exit
// codes. It builds the clients once and hands them to the engine.
//
// Standard output carries the result and nothing else; progress and errors go
// to standard error. With -o json the result is exactly one document, whatever
// happens.
package cli
