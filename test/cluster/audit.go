package cluster

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// auditPolicy logs what ServiceAccounts ask for, when it is answered: a watch
// twice, when it begins and when it ends.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts"]
- level: None
`

// Request is one request of a ServiceAccount that the API server has answered.
type Request struct {
	User        string // "system:serviceaccount:NAMESPACE:NAME"
	UserAgent   string
	Verb        string // get, list, watch, create, update, patch, delete
	Resource    string // "services", "bgppeers.metallb.io", "pods/status"; "" with a URI that is no resource
	Namespace   string
	Name        string
	URI         string
	Arrived     time.Time
	Code        int    // HTTP status
	Explanation string // why it was allowed or forbidden
}

// Requests are all answered requests of ServiceAccounts, oldest first.
func (c *Cluster) Requests() ([]Request, error) {
	file, err := os.Open(c.auditLog())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the first request makes it
	}
	if err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	defer file.Close()
	var requests []Request
	known := map[string]int{} // by audit ID, where a request is in the list
	lines := bufio.NewScanner(file)
	const longest = 1 << 20
	lines.Buffer(nil, longest)
	for lines.Scan() {
		id, r, err := parseEvent(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("read audit log: %w", err)
		}
		if at, ok := known[id]; ok {
			requests[at] = r
			continue
		}
		known[id] = len(requests)
		requests = append(requests, r)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read audit log: %w", err)
	}
	return requests, nil
}

// Forbidden are the requests that were refused for want of a right. Those that arrived
// while the API server was starting are not among them: it answers before it has read
// its roles and bindings, and refuses what it will allow a moment later.
func (c *Cluster) Forbidden() ([]Request, error) {
	requests, err := c.Requests()
	return slices.DeleteFunc(requests, func(r Request) bool {
		return r.Code != http.StatusForbidden || c.starting(r.Arrived)
	}), err
}

// String prints who wanted what and how it was answered.
func (r Request) String() string {
	what := r.Resource
	if what == "" {
		what = r.URI
	}
	if r.Name != "" {
		what += " " + r.Name
	}
	if r.Namespace != "" {
		what += " in " + r.Namespace
	}
	return fmt.Sprintf("%s: %s %s: %d %s", strings.TrimPrefix(r.User, "system:serviceaccount:"), r.Verb, what, r.Code, r.Explanation)
}

func parseEvent(line []byte) (id string, r Request, err error) {
	var event struct {
		AuditID    string    `json:"auditID"`
		Received   time.Time `json:"requestReceivedTimestamp"`
		Verb       string    `json:"verb"`
		RequestURI string    `json:"requestURI"`
		UserAgent  string    `json:"userAgent"`
		User       struct {
			Username string `json:"username"`
		} `json:"user"`
		ObjectRef struct {
			Resource    string `json:"resource"`
			Subresource string `json:"subresource"`
			APIGroup    string `json:"apiGroup"`
			Namespace   string `json:"namespace"`
			Name        string `json:"name"`
		} `json:"objectRef"`
		ResponseStatus struct {
			Code int `json:"code"`
		} `json:"responseStatus"`
		Annotations map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal(line, &event); err != nil {
		return "", Request{}, fmt.Errorf("%w: %s", err, line)
	}
	resource := event.ObjectRef.Resource
	if event.ObjectRef.Subresource != "" {
		resource += "/" + event.ObjectRef.Subresource
	}
	if event.ObjectRef.APIGroup != "" {
		resource += "." + event.ObjectRef.APIGroup
	}
	return event.AuditID, Request{
		User: event.User.Username, UserAgent: event.UserAgent,
		Verb: event.Verb, Resource: resource, Namespace: event.ObjectRef.Namespace, Name: event.ObjectRef.Name,
		URI: event.RequestURI, Arrived: event.Received, Code: event.ResponseStatus.Code, Explanation: event.Annotations["authorization.k8s.io/reason"],
	}, nil
}

func (c *Cluster) auditLog() string { return c.path("audit.log") }
