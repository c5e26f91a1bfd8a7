package status

import (
	"crypto/sha256"
	"encoding/hex"
)

// Labels of MetalLB's status objects.
const (
	LabelNode             = "metallb.io/node"
	LabelServiceName      = "metallb.io/service-name"
	LabelServiceNamespace = "metallb.io/service-namespace"
	LabelComponentType    = "metallb.io/component-type"
	LabelNodeName         = "metallb.io/node-name" // of ConfigurationState
)

// The lengths that the API server allows.
const (
	maxLabelValue = 63
	maxName       = 253
	maxMessage    = 32768 // of a condition
)

// ConfigurationName is the name of a node's ConfigurationState.
func ConfigurationName(node string) string { return shorten("speaker-"+node, maxName) }

// LabelValue is a node's name as labels have it. Only a name that is too long
// for a label is not itself.
func LabelValue(node string) string { return shorten(node, maxLabelValue) }

// objectName is the name of the object that says how a node announces a service:
// always the same, so that no restart makes a second one.
func objectName(prefix, node, namespace, name string) string {
	return prefix + digest(node+"/"+namespace+"/"+name) // no name holds a slash
}

// shorten cuts a name and ends it with a digest of the whole, so that two names stay two.
func shorten(name string, limit int) string {
	if len(name) <= limit {
		return name
	}
	sum := digest(name)
	return name[:limit-len(sum)-1] + "-" + sum
}

// digest is 80 bits of SHA-256 (FIPS 180-4) in 20 hex digits: too many for anybody to
// find a service whose object would take the place of another's.
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:10])
}
