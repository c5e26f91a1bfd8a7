// Package status holds the tests of status objects and Events against a real API
// server: what is written, how often, and what kubectl prints of it.
package status
