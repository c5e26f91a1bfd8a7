package kube

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Register adds what is known of the API server to a registry.
func (c *Client) Register(reg prometheus.Registerer) {
	reg.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "frr_speaker_api_connected_bool",
			Help: "1 while the API server answers. At 0 routers keep what they have, and no change is seen.",
		}, func() float64 {
			if connected, _ := c.contact.state(); connected {
				return 1
			}
			return 0
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "frr_speaker_api_last_contact_timestamp_seconds",
			Help: "Unix time at which the API server was heard last; 0: never. An idle watch is heard about once a minute.",
		}, func() float64 {
			_, last := c.contact.state()
			if last.IsZero() {
				return 0
			}
			return float64(last.UnixNano()) / float64(time.Second)
		}),
	)
}
