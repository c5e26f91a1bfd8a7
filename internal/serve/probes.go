package serve

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Probes serves /healthz (also /livez) and /readyz. Stuck names the tasks that do not
// move; ready returns what is waited for, or nil. The answer to a failed probe says why.
func Probes(stuck func() []string, ready func() error) http.Handler {
	alive := probe(func() error {
		if names := stuck(); len(names) > 0 {
			return errors.New("stuck: " + strings.Join(names, ", "))
		}
		return nil
	})
	mux := http.NewServeMux()
	mux.Handle("/healthz", alive)
	mux.Handle("/livez", alive)
	mux.Handle("/readyz", probe(ready))
	return mux
}

func probe(check func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "ok")
	})
}
