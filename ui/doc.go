// Package ui is podsg's terminal interface: the wizard that leads through the
// procedure, the run with its live changes, the verdict, and the diagnose view.
//
// The rules are:
//
//   - There is one Bubble Tea model, [Model]. Pages, overlays and widgets are
//     structs with methods; they do not take part in the message loop.
//   - Nothing that can wait happens in Update or View: every call to the engine
//     is a command, with a context of its own, and its result carries the
//     number of the call, so that a late result of an abandoned call is dropped.
//   - What the engine tells reaches the model in batches, at most ten a second,
//     through a [feed]. The screen ticks only while something moves.
//   - One function computes all rectangles from the size of the terminal, one
//     table of keys feeds key handling, help and palette.
//   - Nothing is changed in the account or the cluster before the plan has been
//     confirmed; and no stray key can confirm it.
package ui
