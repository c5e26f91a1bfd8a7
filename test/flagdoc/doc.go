// Package flagdoc compares a section of docs/flags.md with the flags that a command has.
package flagdoc
