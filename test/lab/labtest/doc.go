// Package labtest ties the lab to a test: the lab ends with the test, a failure
// shows what its processes said, and what they left behind is a failure.
//
// It must not import the code under test.
package labtest
