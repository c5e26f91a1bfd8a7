package controller

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"frr-speaker/internal/intent"
	"frr-speaker/internal/objects"
)

// there are the objects that a cluster has.
const there = `
apiVersion: v1
kind: Node
metadata: {name: node-a, labels: {rack: one}}
---
apiVersion: v1
kind: Node
metadata: {name: node-b, labels: {rack: two}}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: gold, namespace: metallb-system}
spec: {addresses: ["198.51.100.0/24"]}
---
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {name: tor-a, namespace: metallb-system}
spec: {myASN: 64512, peerASN: 65001, peerAddress: 192.0.2.1, bfdProfile: fast, nodeSelectors: [{matchLabels: {rack: one}}]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: all, namespace: metallb-system}
spec: {localPref: 100, communities: [blue]}
---
apiVersion: metallb.io/v1beta1
kind: Community
metadata: {name: colors, namespace: metallb-system}
spec: {communities: [{name: blue, value: "64512:1"}]}
`

func admission(t *testing.T) *Admission {
	t.Helper()
	objs, unread := objects.DecodeAll(map[string][]byte{"there.yaml": []byte(there)}, objects.Options{})
	if len(unread) > 0 {
		t.Fatal(unread)
	}
	return &Admission{
		Namespace: intent.DefaultNamespace,
		Snapshot:  func() (intent.Objects, []intent.Problem, bool) { return objs, nil, true },
	}
}

// asked is a question about an object with a spec in JSON.
func asked(op Operation, kind, version, name, spec string) Question {
	raw := `{"apiVersion":"metallb.io/` + version + `","kind":"` + kind + `","metadata":{"name":"` + name + `","namespace":"metallb-system"},"spec":` + spec + `}`
	return Question{Operation: op, Object: intent.Ref{Kind: kind, Namespace: intent.DefaultNamespace, Name: name}, New: []byte(raw)}
}

func TestJudge(t *testing.T) {
	const peer = `{"myASN":64512,"peerASN":65002,"peerAddress":"192.0.2.1"`
	for _, tt := range []struct {
		name string
		q    Question
		want string // in the refusals; "" is none
		warn string // in the warnings
	}{
		{"a good pool passes", asked(Create, "IPAddressPool", "v1beta1", "silver", `{"addresses":["203.0.113.0/24"]}`), "", ""},
		{"a pool that overlaps another does not", asked(Create, "IPAddressPool", "v1beta1", "silver", `{"addresses":["198.51.100.9/32"]}`), "spec.addresses: 198.51.100.9/32 overlaps 198.51.100.0/24 of IPAddressPool gold; give every address to one pool only", ""},
		{"of pools that overlap the new one is to blame, whatever its name", asked(Create, "IPAddressPool", "v1beta1", "bronze", `{"addresses":["198.51.100.9/32"]}`), "spec.addresses: 198.51.100.9/32 overlaps 198.51.100.0/24 of IPAddressPool gold; give every address to one pool only", ""},
		{"a pool may keep what it has", asked(Update, "IPAddressPool", "v1beta1", "gold", `{"addresses":["198.51.100.0/24"],"autoAssign":false}`), "", ""},
		{"a second peer with the address on the same node does not pass", asked(Create, "BGPPeer", "v1beta2", "tor-b", peer+"}"), "192.0.2.1", ""},
		{"a second peer with the address on other nodes passes", asked(Create, "BGPPeer", "v1beta2", "tor-b", peer+`,"nodeSelectors":[{"matchLabels":{"rack":"two"}}]}`), "", ""},
		{"a profile that is not there is no mistake yet", asked(Update, "BGPPeer", "v1beta2", "tor-a", `{"myASN":64512,"peerASN":65001,"peerAddress":"192.0.2.1","bfdProfile":"later"}`), "", ""},
		{"an alias that is not there is no mistake yet", asked(Create, "BGPAdvertisement", "v1beta1", "more", `{"localPref":100,"communities":["later"]}`), "", ""},
		{"a pool that is not there is a warning", asked(Create, "BGPAdvertisement", "v1beta1", "more", `{"ipAddressPools":["later"]}`), "", `"later" does not exist`},
		{"another local preference does not pass", asked(Create, "BGPAdvertisement", "v1beta1", "more", `{"localPref":200}`), "spec.localPref", ""},
		{"an alias may be removed although it is used", asked(Update, "Community", "v1beta1", "colors", `{}`), "", ""},
		{"a field of another type does not pass", asked(Create, "IPAddressPool", "v1beta1", "typed", `{"addresses":"203.0.113.0/24"}`), "spec.addresses", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			answer, ok := admission(t).Judge(tt.q)
			if !ok {
				t.Fatal("no answer")
			}
			expectLines(t, "refusals", tt.want, answer.Refusals)
			expectLines(t, "warnings", tt.warn, answer.Warnings)
		})
	}
}

func expectLines(t *testing.T, what, want string, got []string) {
	t.Helper()
	text := strings.Join(got, "\n")
	if want == "" && text != "" || !strings.Contains(text, want) {
		t.Errorf("%s %q, want %q", what, text, want)
	}
}

func TestJudgeLetsAnOldMistakeBe(t *testing.T) {
	const bad = `{"addresses":["203.0.113.0/33"]`
	q := asked(Update, "IPAddressPool", "v1beta1", "bad", bad+`,"autoAssign":false}`)
	q.Old = asked(Update, "IPAddressPool", "v1beta1", "bad", bad+"}").New
	answer, _ := admission(t).Judge(q)
	expectLines(t, "refusals", "", answer.Refusals)
	expectLines(t, "warnings", `"203.0.113.0/33" is not a CIDR`, answer.Warnings)
}

func TestJudgeKeepsTheProfileThatAPeerUses(t *testing.T) {
	for name, want := range map[string]string{"fast": "BGPPeer tor-a uses it; set another spec.bfdProfile there, or none", "slow": ""} {
		answer, _ := admission(t).Judge(Question{Operation: Delete, Object: intent.Ref{Kind: "BFDProfile", Namespace: intent.DefaultNamespace, Name: name}})
		expectLines(t, "refusals of "+name, want, answer.Refusals)
	}
}

func TestJudgeNeedsTheRightNamespace(t *testing.T) {
	q := asked(Create, "IPAddressPool", "v1beta1", "gold", `{"addresses":["203.0.113.0/24"]}`)
	q.Object.Namespace = "default"
	answer, _ := admission(t).Judge(q)
	expectLines(t, "refusals", "metadata.namespace: \"default\" is not where speakers read their objects; create it in namespace metallb-system", answer.Refusals)
	q.Operation = Update // it is there already, and does no harm
	answer, _ = admission(t).Judge(q)
	expectLines(t, "refusals", "", answer.Refusals)
}

func TestWebhookSpeaksAdmissionReview(t *testing.T) {
	judge := func(q Question) (Answer, bool) {
		return Answer{Refusals: []string{q.Object.String() + " is wrong"}, Warnings: []string{"and old"}}, q.Operation != Delete
	}
	h := &Webhook{Judge: judge, Log: slog.New(slog.DiscardHandler)}
	ask := func(op admissionv1.Operation) *httptest.ResponseRecorder {
		body, err := json.Marshal(admissionv1.AdmissionReview{
			TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
			Request: &admissionv1.AdmissionRequest{
				UID: "1", Operation: op, Namespace: "metallb-system", Kind: metav1.GroupVersionKind{Kind: "IPAddressPool"},
				Object: runtime.RawExtension{Raw: []byte(`{"metadata":{"name":"gold"}}`)},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/validate", bytes.NewReader(body)))
		return w
	}
	var got admissionv1.AdmissionReview
	if err := json.Unmarshal(ask(admissionv1.Create).Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := &admissionv1.AdmissionResponse{
		UID: "1", Warnings: []string{"and old"},
		Result: &metav1.Status{Status: "Failure", Code: 422, Reason: "Invalid", Message: "IPAddressPool metallb-system/gold is wrong"},
	}
	if diff := cmp.Diff(want, got.Response); diff != "" {
		t.Errorf("response (-want +got):\n%s", diff)
	}
	if code := ask(admissionv1.Delete).Code; code != http.StatusServiceUnavailable {
		t.Errorf("status %d before the objects are read, want %d", code, http.StatusServiceUnavailable)
	}
	for name, r := range map[string]*http.Request{
		"a GET":            httptest.NewRequest(http.MethodGet, "/", nil),
		"no review at all": httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}")),
	} {
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code < 400 || w.Code >= 500 {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
}
