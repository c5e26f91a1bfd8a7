package reloader

import (
	"context"
	"strings"
	"time"

	"frr-speaker/internal/frrdiff"
)

// Times of waiting for bgpd's table.
const (
	tableLimit = time.Second          // 10,000 routes take 0.3 s
	tablePoll  = 5 * time.Millisecond // a question costs 0.1 ms
)

// awaitTable waits until bgpd has put the routes of a script into its table. It keeps new ones in a queue for
// 50 ms; a session that comes up meanwhile says End-of-RIB before it says the routes, and a neighbor that kept
// them over a restart drops them (RFC 4724 section 4.2). Being late is no error: the routes come all the same.
func (i *instance) awaitTable(ctx context.Context, script frrdiff.Script) {
	until := time.Now().Add(tableLimit)
	for _, question := range lastRoutes(script) {
		for time.Now().Before(until) && ctx.Err() == nil {
			answer, err := i.conn.Query(ctx, question)
			if err != nil || strings.Contains(answer, `"bestpath"`) {
				break
			}
			pause(ctx, tablePoll)
		}
	}
}

// lastRoutes asks for the last route that each table gets: the queue is worked off in order.
func lastRoutes(script frrdiff.Script) []string {
	last := map[string]string{}
	var tables []string
	for _, step := range script {
		for _, c := range step.Commands {
			prefix, ok := strings.CutPrefix(c.Text, "network ")
			if !ok || len(c.Context) != 2 {
				continue
			}
			table := tableOf(c.Context)
			if last[table] == "" {
				tables = append(tables, table)
			}
			last[table], _, _ = strings.Cut(prefix, " ")
		}
	}
	questions := make([]string, len(tables))
	for k, table := range tables {
		questions[k] = "do show bgp " + table + " " + last[table] + " json"
	}
	return questions
}

// tableOf names the table of a family of an instance, as "show bgp" does: "vrf red ipv4 unicast".
func tableOf(block []string) string {
	family := strings.TrimPrefix(block[1], "address-family ")
	if _, vrf, ok := strings.Cut(block[0], " vrf "); ok {
		return "vrf " + vrf + " " + family
	}
	return family
}
