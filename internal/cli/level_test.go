package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestFRRLogsAtTheLevelOfTheSpeaker(t *testing.T) {
	tests := []struct{ level, override, want string }{
		{"", "", "informational"},
		{"all", "", "debugging"},
		{"debug", "", "debugging"},
		{"info", "", "informational"},
		{"warn", "", "warnings"},
		{"error", "", "errors"},
		{"none", "", "emergencies"},
		{"debug", "alerts", "alerts"},
		{"error", "debug", "debugging"},
		{"none", "informational", "informational"},
	}
	for _, tt := range tests {
		t.Run("level "+tt.level+" and override "+tt.override, func(t *testing.T) {
			args := []string{"render", "--objects", filepath.Join("..", "..", "examples"), "--node", "node-2"}
			if tt.level != "" {
				args = append(args, "--log-level", tt.level)
			}
			status, stdout, stderr := command(t, map[string]string{"FRR_LOGGING_LEVEL": tt.override}, args...)
			if status != 0 || !strings.HasPrefix(stdout, "log stdout "+tt.want+"\n") {
				first, _, _ := strings.Cut(stdout, "\n")
				t.Errorf("status %d, first line %q, want log stdout %s; standard error:\n%s", status, first, tt.want, stderr)
			}
			if asks := strings.Contains(stdout, "\ndebug bgp "); asks != (tt.want == "debugging") {
				t.Errorf("debug lines: %t at level %s", asks, tt.want)
			}
		})
	}
}

func TestALevelThatFRRDoesNotHaveIsSaidAtOnce(t *testing.T) {
	status, _, stderr := command(t, map[string]string{"FRR_LOGGING_LEVEL": "loud"}, "render", "--objects", filepath.Join("..", "..", "examples"), "--node", "node-2")
	if want := `FRR_LOGGING_LEVEL "loud" is none that FRR has`; status != 1 || !strings.Contains(stderr, want) {
		t.Errorf("status %d, want 1; standard error lacks %q:\n%s", status, want, stderr)
	}
}
