// Package guide holds docs/guide.md to the code: its examples are the files of
// docs/examples, each is valid beside those before it, and what the page says
// that FRR runs for one is what it runs.
package guide
