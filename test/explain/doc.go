// Package explain reproduces the ways in which a service is not announced that
// docs/explain.md lists, and sees to it that the command line, Events, status objects,
// metrics and the status page give the same reason for each.
package explain
