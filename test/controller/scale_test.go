package controller

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"frr-speaker/test/lab"
)

// services is how many TestManyServicesAreAssigned makes; the target is stated for 10,000,
// which take minutes to create on a small machine.
var services = flag.Int("services", 1_000, "how many `services` to assign at once")

// TestManyServicesAreAssigned measures from the start of the controller until the last
// service has its address. 30 s are for 10,000 on an idle machine; fewer get no less.
func TestManyServicesAreAssigned(t *testing.T) {
	clean(t)
	const limit = 30 * time.Second
	services := *services
	var group errgroup.Group
	group.SetLimit(32)
	began := time.Now()
	for i := range services {
		group.Go(func() error { return create(t.Context(), fmt.Sprintf("s%05d", i)) })
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d services are created after %s", services, time.Since(began).Round(time.Millisecond))
	kubectl(t, pool("gold", "10.128.0.0/16"), "apply", "-f", "-")

	began = time.Now()
	watch := lab.StartStopwatch()
	start(t, "one", "--webhook-mode=disabled")
	var holders map[string][]string
	eventually(t, 3*limit, func() string {
		without := 0
		holders, without = listHolders(t)
		if len(holders)+without < services || without > 0 {
			return fmt.Sprintf("%d services have no address, and %d addresses are given out", without, len(holders))
		}
		return ""
	})
	took, busy := time.Since(began), watch.Waited()
	t.Logf("%d services have their addresses after %s", services, took.Round(time.Millisecond))
	if took-busy > limit {
		t.Errorf("it took %s, for %s of which the machine was busy, want at most %s", took, busy, limit)
	}
	for address, names := range holders {
		if len(names) > 1 {
			t.Errorf("%v all have %s", names, address)
		}
	}
}

// listHolders lists who has which address, and counts the services without one. It does
// not watch: so many changes at once are more than the API server remembers for a slow watch.
func listHolders(t *testing.T) (holders map[string][]string, without int) {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	config := rest.CopyConfig(shared.config)
	config.APIPath, config.GroupVersion = "/api", &corev1.SchemeGroupVersion
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	config.ContentType = runtime.ContentTypeProtobuf // cheap, for the API server to be the controller's
	client, err := rest.RESTClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	var list corev1.ServiceList // of resource version 0: from the API server's memory
	if err := client.Get().Namespace("shop").Resource("services").Param("resourceVersion", "0").Do(t.Context()).Into(&list); err != nil {
		t.Fatal(err)
	}
	holders = map[string][]string{}
	for _, service := range list.Items {
		if len(service.Status.LoadBalancer.Ingress) == 0 {
			without++
		}
		for _, ingress := range service.Status.LoadBalancer.Ingress {
			holders[ingress.IP] = append(holders[ingress.IP], service.Name)
		}
	}
	return holders, without
}
