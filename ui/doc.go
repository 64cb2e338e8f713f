// Package ui is podsg's terminal interface: the wizard that leads through the
// procedure, the run with its live changes, the verdict, and the diagnose view.
// It holds the frame around the pages and the loop; the state of a session is in
// package wizard, the pages are in package pages, and the same questions line by
// line in package plain.
//
// The rules are:
//
//   - There is one Bubble Tea model, [Model]. Pages, overlays and widgets are
//     structs with methods; they do not take part in the message loop.
//   - Nothing that can wait happens in Update, and View changes nothing. The
//     screen ticks only while something moves.
//   - One function computes all rectangles from the size of the terminal, one
//     table of keys feeds key handling, help and palette.
//   - Nothing is changed in the account or the cluster before the plan has been
//     confirmed; and no stray key can confirm it.
package ui
