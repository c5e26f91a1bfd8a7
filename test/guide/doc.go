// Package guide holds docs/guide.md to the code: its examples are the files of
// docs/examples, each is valid beside those before it, what the page says that
// FRR runs for one is what it runs, and what vtysh shows is what a node and a
// router of the lab show.
package guide
