package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/yaml"

	"frr-speaker/api/v1alpha1"
	"frr-speaker/api/v1beta1"
	"frr-speaker/internal/explain"
	"frr-speaker/internal/kube"
)

// decodeReports finds what nodes have written in texts that hold other objects too. It
// returns nil where there is nothing of it. What is no YAML is a problem of objects.
func decodeReports(texts map[string][]byte) (*explain.Reports, error) {
	found := &explain.Reports{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(texts[name]), 4096)
		for {
			var raw runtime.RawExtension
			if decoder.Decode(&raw) != nil {
				break
			}
			if err := addReports(found, raw.Raw, ""); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if found.Empty() && len(found.Events) == 0 {
		return nil, nil
	}
	return found, nil
}

// addReports adds the object of a document, or the items of a list, if they are reports.
func addReports(to *explain.Reports, raw []byte, kind string) error {
	var head struct {
		Kind  string            `json:"kind"`
		Items []json.RawMessage `json:"items"`
	}
	if json.Unmarshal(raw, &head) != nil {
		return nil //nolint:nilerr // it is no object, which is a problem of objects
	}
	kind = orDefault(head.Kind, kind)
	if inner, list := strings.CutSuffix(kind, "List"); list && head.Items != nil {
		for _, item := range head.Items {
			if err := addReports(to, item, inner); err != nil {
				return err
			}
		}
		return nil
	}
	var err error
	switch kind {
	case "NodeState":
		err = appendReport(&to.Nodes, raw, kind)
	case "ServiceBGPStatus":
		err = appendReport(&to.BGP, raw, kind)
	case "ServiceL2Status":
		err = appendReport(&to.L2, raw, kind)
	case "ConfigurationState":
		err = appendReport(&to.Configurations, raw, kind)
	case "Event":
		var events []*corev1.Event
		if err = appendReport(&events, raw, kind); err == nil {
			to.Events = append(to.Events, kube.EventsToExplain(events)...)
		}
	}
	return err
}

func appendReport[T corev1.Event | v1alpha1.NodeState | v1beta1.ServiceBGPStatus | v1beta1.ServiceL2Status | v1beta1.ConfigurationState](
	to *[]*T, raw []byte, kind string,
) error {
	o := new(T)
	if err := json.Unmarshal(raw, o); err != nil {
		return fmt.Errorf("read a %s: %w", kind, err)
	}
	*to = append(*to, o)
	return nil
}
