package logging

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLevels(t *testing.T) {
	all := []string{"a debug line", "an info line", "a warn line", "an error line"}
	tests := []struct {
		level string
		want  []string
	}{
		{"all", all}, {"debug", all}, {"info", all[1:]}, {"warn", all[2:]}, {"error", all[3:]}, {"none", nil},
	}
	for _, tt := range tests {
		t.Run(tt.level, func(t *testing.T) {
			var out bytes.Buffer
			log, err := New(&out, tt.level)
			if err != nil {
				t.Fatal(err)
			}
			log.Debug(all[0])
			log.Info(all[1])
			log.Warn(all[2])
			log.Error(all[3])
			var got []string
			for _, line := range all {
				if strings.Contains(out.String(), line) {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknownLevelIsAnErrorThatListsTheKnownOnes(t *testing.T) {
	_, err := New(nil, "loud")
	if err == nil || err.Error() != `--log-level "loud" is unknown: use all, debug, info, warn, error or none` {
		t.Errorf("error %v", err)
	}
}

func TestDurationsAreReadable(t *testing.T) {
	var out bytes.Buffer
	log, err := New(&out, "info")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("applied", "duration", 1500*time.Microsecond)
	if !strings.Contains(out.String(), `"duration":"1.5ms"`) {
		t.Errorf("line: %s", out.String())
	}
}
