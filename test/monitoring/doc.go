// Package monitoring lets a real Prometheus scrape a node of the lab: its rules fire when
// a router goes away and clear when it is back, and every query of the dashboard has an
// answer. It also holds the monitoring files of deploy/ and docs/metrics.md to each other.
//
// prometheus.sh builds Prometheus and promtool from tools/monitoring, once.
package monitoring
