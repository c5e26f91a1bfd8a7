// Package speaker is the loop of the node agent: a poke from a source of
// objects, one whole snapshot, one pass through intent, announce and frrconfig,
// and the outcome handed to the sinks.
//
// Nothing that a sink reports flows back into a pass. The package must not import
// client-go, nor speak to FRR.
package speaker
