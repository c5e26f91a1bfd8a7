package controller

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/internal/intent"
)

// maxReview is how large a request may be. The API server takes objects of 1.5 MB, and a
// review holds two.
const maxReview = 8 << 20

// Webhook answers AdmissionReviews (admission.k8s.io/v1) over HTTP, under every path.
type Webhook struct {
	Judge func(Question) (Answer, bool)
	Log   *slog.Logger
}

// ServeHTTP implements http.Handler.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "post an AdmissionReview", http.StatusMethodNotAllowed)
		return
	}
	var review admissionv1.AdmissionReview
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReview))
	if err == nil {
		err = json.Unmarshal(body, &review)
	}
	if err != nil || review.Request == nil {
		http.Error(w, "the body is not an AdmissionReview of admission.k8s.io/v1", http.StatusBadRequest)
		return
	}
	q := question(review.Request)
	answer, ok := h.Judge(q)
	if !ok {
		http.Error(w, "the objects of the cluster have not been read yet, try again", http.StatusServiceUnavailable)
		return
	}
	if len(answer.Refusals) > 0 {
		h.Log.Info("object refused", "object", q.Object.String(), "operation", q.Operation, "reasons", answer.Refusals)
	}
	review.Response = response(review.Request, answer)
	review.Request = nil
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(review); err != nil {
		h.Log.Debug("answer an AdmissionReview", "error", err)
	}
}

func question(r *admissionv1.AdmissionRequest) Question {
	return Question{
		Operation: Operation(r.Operation),
		Object:    intent.Ref{Kind: r.Kind.Kind, Namespace: r.Namespace, Name: nameIn(r)},
		New:       r.Object.Raw,
		Old:       r.OldObject.Raw,
	}
}

// nameIn is the name of the object. With generateName the request has none yet.
func nameIn(r *admissionv1.AdmissionRequest) string {
	if r.Name != "" {
		return r.Name
	}
	var o metav1.PartialObjectMetadata
	if json.Unmarshal(r.Object.Raw, &o) != nil {
		return ""
	}
	return o.Name
}

func response(r *admissionv1.AdmissionRequest, answer Answer) *admissionv1.AdmissionResponse {
	out := &admissionv1.AdmissionResponse{UID: r.UID, Allowed: len(answer.Refusals) == 0, Warnings: answer.Warnings}
	if !out.Allowed {
		out.Result = &metav1.Status{
			Status: metav1.StatusFailure, Code: http.StatusUnprocessableEntity, Reason: metav1.StatusReasonInvalid,
			Message: strings.Join(answer.Refusals, "\n"),
		}
	}
	return out
}
