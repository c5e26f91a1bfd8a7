// Package docs runs the command lines of the documentation: on the files of the
// repository, and against a real API server. What asks for more than that is listed with
// the reason, and a line that is neither run nor listed fails.
package docs
