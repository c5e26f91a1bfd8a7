package frrconfig

import "strings"

// CheckLevel says whether Options takes a log level: it returns an *Error, or nil.
func CheckLevel(level string) error {
	_, err := logLevel(level)
	return err
}

// logLevel turns a level of the speaker, or one of FRR's own, into FRR's word
// for it ("log stdout LEVEL").
func logLevel(level string) (string, error) {
	switch strings.ToLower(level) {
	case "all", "debug", "debugging":
		return "debugging", nil
	case "", "info", "informational":
		return "informational", nil
	case "notice", "notifications":
		return "notifications", nil
	case "warn", "warning", "warnings":
		return "warnings", nil
	case "error", "errors":
		return "errors", nil
	case "crit", "critical":
		return "critical", nil
	case "alert", "alerts":
		return "alerts", nil
	case "none", "emergencies":
		return "emergencies", nil
	}
	return "", &Error{Field: "log level", Problem: "is none that FRR has; use debug, info, warn, error or none"}
}
