package lab

import (
	"testing"
	"time"
)

func TestPressureIsTheTimeInWhichSomeTaskWaited(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       time.Duration
	}{
		{"of a kernel that tells both", "some avg10=91.05 avg60=89.63 avg300=88.87 total=1816667554\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n", 1816667554 * time.Microsecond},
		{"of one that was never busy", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", 0},
		{"of one that tells nothing", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := parsePressure(tt.text); got != tt.want {
				t.Errorf("waited %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPatienceGrowsWithTheTimeThatTasksWait(t *testing.T) {
	const timeout = 10 * time.Second
	for _, tt := range []struct {
		name           string
		passed, waited time.Duration
		want           bool
	}{
		{"before the time is over", timeout - 1, 0, false},
		{"when it is over", timeout, 0, true},
		{"when it is over, on a machine that was busy for a second", timeout, time.Second, false},
		{"a second later", timeout + time.Second, time.Second, true},
		{"when it is over four times, on a machine that was busy all the time", busyFactor * timeout, busyFactor * timeout, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := over(tt.passed, tt.waited, timeout); got != tt.want {
				t.Errorf("over: %t, want %t", got, tt.want)
			}
		})
	}
}
