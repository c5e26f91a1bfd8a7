package bench

import (
	"encoding/json"
	"fmt"
	"os"

	"frr-speaker/bench/report"
)

// point is one figure of the tables, for tools/plot and whoever compares runs.
type point struct {
	FRR      string  `json:"frr"`
	Kind     kind    `json:"kind"`
	Services int     `json:"services"`
	Peers    int     `json:"peers"`
	Side     string  `json:"side"` // ours, or frr-reload.py
	Until    string  `json:"until"`
	Median   float64 `json:"median"` // seconds, as the others
	Least    float64 `json:"least"`
	Most     float64 `json:"most"`
	Number   int     `json:"number"`
}

// writeData makes a file of all figures that were measured to the end.
func (r *results) writeData(file string) error {
	points := []point{}
	for _, m := range r.cells {
		for _, f := range []struct {
			side, until string
			of          *report.Samples
		}{
			{"ours", "verified", &m.of.verified},
			{"ours", "peers", &m.of.peers},
			{"frr-reload.py", "verified", &m.of.total},
			{"frr-reload.py", "peers", &m.of.theirsPeers},
		} {
			if f.of.Len() == 0 || f.of.Stopped() {
				continue
			}
			least, most := f.of.Range()
			points = append(points, point{
				FRR: m.version.String(), Kind: m.kind, Services: m.services, Peers: m.peers, Side: f.side, Until: f.until,
				Median: f.of.Median().Seconds(), Least: least.Seconds(), Most: most.Seconds(), Number: f.of.Len(),
			})
		}
	}
	raw, err := json.MarshalIndent(points, "", " ")
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return os.WriteFile(file, append(raw, '\n'), 0o644)
}
