// Package rules holds the house rules that a machine can check and a linter
// cannot know: which package may import which, that every package says what it
// does, that deciding needs no clock, that no package variable changes.
//
// A rule that is in the way is to be discussed, not dodged: its reason stands
// beside it.
package rules
