package objects

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// syntaxError is text that is no YAML.
type syntaxError struct {
	line    int // of the text, from 1
	message string
}

func (e *syntaxError) Error() string { return e.message }

// toJSON returns the JSON of a unit. The error is a *syntaxError.
func (u unit) toJSON() ([]byte, error) {
	if u.syntax == syntaxJSON {
		return u.data, nil
	}
	raw, err := yamlToJSON(u.data)
	if err != nil || u.syntax == syntaxYAML {
		return raw, err
	}
	return raw[1 : len(raw)-1], nil // the one entry of the sequence
}

// yamlToJSON converts one YAML document as kubectl does (YAML 1.1, so that yes is a
// boolean), except that a key that is set twice is an error. The error is a
// *syntaxError.
func yamlToJSON(data []byte) ([]byte, error) {
	if raw, ok := plainToJSON(data); ok {
		return raw, nil
	}
	raw, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, newSyntaxError(err)
	}
	return raw, nil
}

// newSyntaxError takes line and reason out of what the YAML library says.
func newSyntaxError(err error) *syntaxError {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n")
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	out := &syntaxError{line: 1}
	if m := regexp.MustCompile(`^line (\d+): (.*)$`).FindStringSubmatch(text); m != nil {
		out.line, _ = strconv.Atoi(m[1])
		text = m[2]
		if isParserError(text) {
			out.line++ // the library counts these from 0
		}
	}
	out.message = safeReason(text)
	return out
}

// isParserError tells the errors of the library's parser from those of its scanner.
func isParserError(reason string) bool {
	return strings.HasPrefix(reason, "did not find expected") && !strings.Contains(reason, "number")
}

// safeReason returns the library's reason in our words where it could repeat a value
// of the text, which may be a password.
func safeReason(reason string) string {
	switch {
	case strings.HasPrefix(reason, "unknown anchor"):
		return "an alias refers to no anchor; put a value that begins with * in quotes"
	case strings.HasPrefix(reason, "key ") && strings.HasSuffix(reason, "already set in map"):
		return strings.Replace(reason, "already set in map", "is set twice", 1)
	case strings.HasPrefix(reason, "did not find "), strings.HasPrefix(reason, "could not find "),
		strings.HasPrefix(reason, "found "), strings.HasPrefix(reason, "mapping values "),
		strings.HasPrefix(reason, "block "), strings.HasPrefix(reason, "control characters "):
		return reason
	}
	return "it is not valid YAML"
}

// lineOf returns the line of the text that an error is about.
func lineOf(err error) int {
	var s *syntaxError
	if errors.As(err, &s) {
		return s.line
	}
	return 1
}
