// Package panes holds the live views of a cluster: the roll-out node by node,
// the pods with their branch ENIs, the events with their explanation, and the
// logs of the test pods. They stand beneath the changes of a run, and alone on
// the screen of podsg watch.
//
// The rules are:
//
//   - What happens is gathered where it happens. A pane hears of it at most ten
//     times a second, however much it was, and nothing is lost.
//   - A pane draws the rows that are visible and no others, and keeps its rows
//     in order by moving those that have changed. Its cost depends on the
//     screen, not on the cluster.
//   - One paged call tells about all network interfaces; nothing is asked per
//     row until a row is opened.
package panes
