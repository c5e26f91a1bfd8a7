package intent

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestRawConfig(t *testing.T) {
	longest := strings.Repeat("x", 4000)
	tests := []struct {
		name, text, want string
	}{
		{"text is taken as it is", "router bgp 64512\n\tneighbor x\n", "router bgp 64512\n\tneighbor x\n"},
		{"line ends are made alike", "a\r\nb\r\n", "a\nb\n"},
		{"a line of 4000 bytes is the longest", longest, longest},
		{"letters beyond ASCII are for comments", "! zürich\n", "! zürich\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{ConfigMaps: []*corev1.ConfigMap{extras(tt.text)}}, nil, Intent{RawConfig: tt.want})
		})
	}
}

func TestRawConfigIsRefused(t *testing.T) {
	tests := []struct {
		name, text, says, remedy string
	}{
		{"with a NUL, which ends a command on FRR's socket", "a\nb\x00c", "line 2 holds control character 0x00", "remove the character"},
		{"with a lone carriage return", "a\rb", "line 1 holds control character 0x0d", "remove the character"},
		{"with bytes that are no text", "a\n\xff", "is not UTF-8 text", "save it as UTF-8"},
		{"with a delete", "a\n\n\x7f", "line 3 holds control character 0x7f", "remove the character"},
		{
			"with a line that FRR would cut in two", "a\n" + strings.Repeat("x", 4001),
			"line 2 has 4001 bytes, and FRR takes at most 4000", "split the line",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			expect(t, Objects{ConfigMaps: []*corev1.ConfigMap{extras(tt.text)}}, nil, Intent{}, Problem{
				Object: ref("ConfigMap", "bgpextras"), Field: "data.extras", Message: tt.says,
				Effect: "none of the text is used", Remedy: tt.remedy,
			})
		})
	}
}

func TestRawConfigNeedsItsKey(t *testing.T) {
	objs := Objects{ConfigMaps: []*corev1.ConfigMap{{ObjectMeta: meta("bgpextras"), Data: map[string]string{"extra": "log syslog"}}}}
	expect(t, objs, nil, Intent{}, Problem{
		Object: ref("ConfigMap", "bgpextras"), Field: "data.extras", Message: "is missing",
		Effect: "no FRR text is added", Remedy: "put the text under key extras",
	})
}

func TestOtherConfigMapsAreNotRead(t *testing.T) {
	other, elsewhere := extras("a"), extras("b")
	other.Name, elsewhere.Namespace = "metallb-excludel2", "default"
	expect(t, Objects{ConfigMaps: []*corev1.ConfigMap{other, elsewhere, nil}}, nil, Intent{})
}
