package kube

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/client-go/rest"
)

// Reviewer asks the API server who may read what this process serves: a TokenReview,
// then a SubjectAccessReview.
type Reviewer struct {
	authentication, authorization rest.Interface
	now                           func() time.Time

	mu    sync.Mutex // guards known
	known map[question]answer
}

// question is what was asked; of the token only a digest is kept.
type question struct {
	token [sha256.Size]byte
	path  string
}

type answer struct {
	known, allowed bool
	until          time.Time
}

// How long an answer counts, so that a scrape costs no requests: a token that is
// revoked reads metrics for a minute more.
const (
	yesFor     = time.Minute
	noFor      = 10 * time.Second
	maxAnswers = 1000
)

// NewReviewer returns a reviewer. It sends nothing.
func NewReviewer(client *Client) (*Reviewer, error) {
	authentication, err := client.rest(authenticationv1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	authorization, err := client.rest(authorizationv1.SchemeGroupVersion)
	if err != nil {
		return nil, err
	}
	return &Reviewer{
		authentication: authentication, authorization: authorization,
		now: time.Now, known: map[question]answer{},
	}, nil
}

// Review answers whether the token is somebody's, and whether that somebody may get
// the path. The error is that the API server did not say.
func (r *Reviewer) Review(ctx context.Context, token, path string) (known, allowed bool, err error) {
	q := question{sha256.Sum256([]byte(token)), path}
	if a, ok := r.recall(q); ok {
		return a.known, a.allowed, nil
	}
	user, known, err := r.authenticate(ctx, token)
	if err != nil {
		return false, false, err
	}
	if known {
		allowed, err = r.authorize(ctx, user, path)
		if err != nil {
			return false, false, err
		}
	}
	r.keep(q, answer{known: known, allowed: allowed})
	return known, allowed, nil
}

func (r *Reviewer) recall(q question) (answer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	a, ok := r.known[q]
	return a, ok && r.now().Before(a.until)
}

func (r *Reviewer) keep(q question, a answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.known) >= maxAnswers {
		clear(r.known) // somebody tries tokens; what is true is asked again
	}
	a.until = r.now().Add(noFor)
	if a.allowed {
		a.until = r.now().Add(yesFor)
	}
	r.known[q] = a
}

func (r *Reviewer) authenticate(ctx context.Context, token string) (user authenticationv1.UserInfo, known bool, err error) {
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	var result authenticationv1.TokenReview
	if err := r.authentication.Post().Resource("tokenreviews").Body(review).Do(ctx).Into(&result); err != nil {
		return user, false, fmt.Errorf("review a token: %w", err)
	}
	return result.Status.User, result.Status.Authenticated, nil
}

func (r *Reviewer) authorize(ctx context.Context, user authenticationv1.UserInfo, path string) (bool, error) {
	extra := make(map[string]authorizationv1.ExtraValue, len(user.Extra))
	for key, value := range user.Extra {
		extra[key] = authorizationv1.ExtraValue(value)
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups, Extra: extra,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: path, Verb: "get"},
	}}
	var result authorizationv1.SubjectAccessReview
	if err := r.authorization.Post().Resource("subjectaccessreviews").Body(review).Do(ctx).Into(&result); err != nil {
		return false, fmt.Errorf("review the access of %s: %w", user.Username, err)
	}
	return result.Status.Allowed, nil
}
