package monitoring

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"

	"frr-speaker/test/lab"
)

// server is a Prometheus that runs on a host of the lab.
type server struct {
	host *lab.Host
	addr string // that it listens on
}

// configuration scrapes and evaluates each second: a test has no minute to wait.
const configuration = `global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs:
- job_name: speaker
  static_configs: [{targets: ['%[1]s:9120']}]
- job_name: frr-reloader
  static_configs: [{targets: ['%[1]s:9121']}]
`

// startPrometheus scrapes both ports of a node. The rules are those that ship, but for how
// long something must last.
func startPrometheus(host *lab.Host, node *lab.Node, rules string) (*server, error) {
	dir, err := programs()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(rules)
	if err != nil {
		return nil, err
	}
	home := filepath.Join(host.Dir(), "prometheus")
	if err := os.Mkdir(home, 0o755); err != nil {
		return nil, err
	}
	files := map[string]string{
		"prometheus.yaml": fmt.Sprintf(configuration, node.Addr4()),
		"rules.yaml":      regexp.MustCompile(`(?m)^    for: .*$`).ReplaceAllString(string(text), "    for: 2s"),
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(home, name), []byte(content), 0o644); err != nil {
			return nil, err
		}
	}
	p := &server{host: host, addr: "127.0.0.1:9090"}
	_, err = host.StartProcess(lab.ProcessOptions{Name: "prometheus", Args: []string{
		filepath.Join(dir, "prometheus"), "--config.file=" + filepath.Join(home, "prometheus.yaml"),
		"--storage.tsdb.path=" + filepath.Join(home, "data"), "--web.listen-address=" + p.addr, "--log.level=warn",
	}})
	return p, err
}

// get asks for a path of a server that the host reaches.
func get(ctx context.Context, host *lab.Host, addr, path string) ([]byte, error) {
	var conn net.Conn
	err := host.Do(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, "tcp4", addr)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	if err := request.Write(conn); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s is answered with %s: %s", path, response.Status, body)
	}
	return body, err
}

// series is one of the answers to a query.
type series struct {
	Labels map[string]string `json:"metric"`
	Value  [2]any            `json:"value"` // time and value
}

// query evaluates an expression now.
func (p *server) query(ctx context.Context, expr string) ([]series, error) {
	body, err := get(ctx, p.host, p.addr, "/api/v1/query?query="+url.QueryEscape(expr))
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", expr, err)
	}
	var answer struct {
		Data struct {
			Result []series `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("query %s: %w", expr, err)
	}
	return answer.Data.Result, nil
}

// alert is one that waits or fires.
type alert struct {
	Labels map[string]string `json:"labels"`
	State  string            `json:"state"`
}

// firing are the alerts that fire now.
func (p *server) firing(ctx context.Context) ([]alert, error) {
	body, err := get(ctx, p.host, p.addr, "/api/v1/alerts")
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data struct {
			Alerts []alert `json:"alerts"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, err
	}
	var out []alert
	for _, a := range answer.Data.Alerts {
		if a.State == "firing" {
			out = append(out, a)
		}
	}
	return out, nil
}
