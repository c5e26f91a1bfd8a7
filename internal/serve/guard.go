package serve

import (
	"context"
	"net/http"
	"strings"
)

// Review answers whether the bearer of a token may read a path: who it is, if anybody
// at all, and whether it may. The error is that nobody could be asked.
type Review func(ctx context.Context, token, path string) (known, allowed bool, err error)

// Guard serves next to those whom review allows.
func Guard(next http.Handler, review Review) http.Handler {
	return guard(next, review, "Bearer", bearer)
}

// GuardPage does so for a page: a browser, which knows no tokens, asks its user for
// one, as the password of any name (RFC 7617).
func GuardPage(next http.Handler, review Review) http.Handler {
	return guard(next, review, `Basic realm="the token of a ServiceAccount as password", charset="UTF-8"`, func(r *http.Request) string {
		if _, password, ok := r.BasicAuth(); ok {
			return password
		}
		return bearer(r)
	})
}

// bearer is the token of a request, "" without one (RFC 6750, section 2.1).
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

func guard(next http.Handler, review Review, challenge string, tokenOf func(*http.Request) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := tokenOf(r)
		if token == "" {
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, "give the token of a ServiceAccount: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		known, allowed, err := review(r.Context(), token, r.URL.Path)
		switch {
		case err != nil:
			http.Error(w, "the API server cannot be asked who may read this", http.StatusServiceUnavailable)
		case !known:
			w.Header().Set("WWW-Authenticate", challenge)
			http.Error(w, "the token is not valid", http.StatusUnauthorized)
		case !allowed:
			http.Error(w, "this needs a ClusterRole that allows get on the nonResourceURL "+r.URL.Path, http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}
