// Package objects reads a directory of YAML and JSON files, as users apply them or
// as kubectl prints them, into intent.Objects. It stands where the API server does
// in a cluster: it applies the defaults of the API, ignores what a speaker does not
// read, and reports what is wrong as intent.Problem, naming file, document and line.
//
// It fails static. A file that stops parsing keeps its last good content, a
// directory that vanishes keeps everything, and a file that is being written is
// not believed before it has come to rest.
//
// It must not import client-go, nor anything of this module but api, and intent
// for its contract. No message holds a value of a field, which may be a password.
package objects
