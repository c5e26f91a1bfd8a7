package kube

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"frr-speaker/api/v1beta1"
)

// serviceStatus is an object that says to whom a node announces a service.
func serviceStatus(name, version string, peers ...string) *v1beta1.ServiceBGPStatus {
	return &v1beta1.ServiceBGPStatus{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, ResourceVersion: version, Labels: map[string]string{"metallb.io/node": "node-1"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "Node", Name: "node-1", UID: "uid"}},
		},
		Status: v1beta1.MetalLBServiceBGPStatus{Node: "node-1", ServiceName: name, Peers: peers},
	}
}

func TestPlan(t *testing.T) {
	edited := func(edit func(*v1beta1.ServiceBGPStatus)) *v1beta1.ServiceBGPStatus {
		o := serviceStatus("web", "5", "tor-a")
		edit(o)
		return o
	}
	for _, tt := range []struct {
		name    string
		unknown bool
		want    []*v1beta1.ServiceBGPStatus
		have    []*v1beta1.ServiceBGPStatus
		steps   []string
	}{
		{
			name: "what is there as it should be needs nothing",
			want: []*v1beta1.ServiceBGPStatus{serviceStatus("web", "", "tor-a")},
			have: []*v1beta1.ServiceBGPStatus{serviceStatus("web", "5", "tor-a")},
		},
		{
			name:  "what is missing is created with its status, before anything is deleted",
			want:  []*v1beta1.ServiceBGPStatus{serviceStatus("web", "", "tor-a"), serviceStatus("api", "", "tor-a")},
			have:  []*v1beta1.ServiceBGPStatus{serviceStatus("a-stale-one", "5", "tor-a")},
			steps: []string{"create api", "create web", "delete a-stale-one"},
		},
		{
			name:    "what is not known stays as it is",
			unknown: true,
			have:    []*v1beta1.ServiceBGPStatus{serviceStatus("web", "5", "tor-a")},
		},
		{
			name:  "another status is one request",
			want:  []*v1beta1.ServiceBGPStatus{serviceStatus("web", "", "tor-a", "tor-b")},
			have:  []*v1beta1.ServiceBGPStatus{serviceStatus("web", "5", "tor-a")},
			steps: []string{"status web"},
		},
		{
			name: "an empty list is no list",
			want: []*v1beta1.ServiceBGPStatus{edited(func(o *v1beta1.ServiceBGPStatus) { o.Status.Peers = []string{} })},
			have: []*v1beta1.ServiceBGPStatus{edited(func(o *v1beta1.ServiceBGPStatus) { o.Status.Peers = nil })},
		},
		{
			name: "a label that is another is applied, one that is added is left",
			want: []*v1beta1.ServiceBGPStatus{serviceStatus("web", "", "tor-a"), serviceStatus("www", "", "tor-a")},
			have: []*v1beta1.ServiceBGPStatus{
				edited(func(o *v1beta1.ServiceBGPStatus) { o.Labels = map[string]string{"metallb.io/node": "node-2"} }),
				edited(func(o *v1beta1.ServiceBGPStatus) {
					o.Name, o.Status.ServiceName = "www", "www"
					o.Labels = map[string]string{"metallb.io/node": "node-1", "team": "shop"}
				}),
			},
			steps: []string{"meta web"},
		},
		{
			name: "an owner that is missing is applied, whatever other owners there are",
			want: []*v1beta1.ServiceBGPStatus{serviceStatus("web", "", "tor-a")},
			have: []*v1beta1.ServiceBGPStatus{edited(func(o *v1beta1.ServiceBGPStatus) {
				o.OwnerReferences = []metav1.OwnerReference{{Kind: "Pod", Name: "speaker", UID: "uid-of-pod"}}
			})},
			steps: []string{"meta web"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := wanted{known: !tt.unknown}
			for _, o := range tt.want {
				w.add(o)
			}
			have := map[string]statusObject{}
			for _, o := range tt.have {
				have[o.Name] = o
			}
			if diff := cmp.Diff(tt.steps, describe(plan(kindServiceBGP, w, have, time.Now()))); diff != "" {
				t.Errorf("steps (-want +got):\n%s", diff)
			}
		})
	}
}

func describe(steps []step) []string {
	var out []string
	for _, s := range steps {
		verb := "delete"
		switch {
		case s.want != nil && s.have == nil:
			verb = "create"
		case s.meta && s.status:
			verb = "meta and status"
		case s.meta:
			verb = "meta"
		case s.status:
			verb = "status"
		}
		out = append(out, fmt.Sprintf("%s %s", verb, s.name()))
	}
	return out
}

func TestShelfKeepsWhatIsNewest(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(*shelf)
		want map[string]string // versions
	}{
		{
			"an answer to a write is not undone by the watch that is behind it",
			func(s *shelf) { s.put(serviceStatus("web", "10")); _ = s.Update(serviceStatus("web", "9")) },
			map[string]string{"web": "10"},
		},
		{
			"versions are numbers",
			func(s *shelf) { s.put(serviceStatus("web", "99")); _ = s.Update(serviceStatus("web", "100")) },
			map[string]string{"web": "100"},
		},
		{
			"the end of an older object is not the end of a newer one",
			func(s *shelf) { s.put(serviceStatus("web", "12")); _ = s.Delete(serviceStatus("web", "11")) },
			map[string]string{"web": "12"},
		},
		{
			"the end of an object is its end",
			func(s *shelf) { s.put(serviceStatus("web", "12")); _ = s.Delete(serviceStatus("web", "13")) },
			map[string]string{},
		},
		{
			"a list leaves what was written after it was made, and drops the rest",
			func(s *shelf) {
				s.put(serviceStatus("new", "20"))
				s.put(serviceStatus("old", "5"))
				_ = s.Replace([]any{serviceStatus("web", "7")}, "10")
			},
			map[string]string{"new": "20", "web": "7"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShelf(func() {})
			_ = s.Replace(nil, "1")
			tt.do(s)
			got := map[string]string{}
			if !s.look(func(items map[string]statusObject) {
				for name, o := range items {
					got[name] = o.GetResourceVersion()
				}
			}) {
				t.Fatal("the shelf does not know that it has all")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
		})
	}
}
