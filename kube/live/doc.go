// Package live feeds live panes: nodes with their roll-out and trunk ENI, pods
// with their branch ENI, the events that matter with an explanation, and logs.
//
// [Watch] follows the cluster and keeps one small row per object, so that
// thousands of nodes and tens of thousands of pods cost little memory. Changes
// are gathered: [Feed.Changed] tells, at most some times a second, that there is
// something to [Feed.Take], and only the newest state of each row is given,
// however often it changed in between.
package live
