package cluster

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"frr-speaker/bench/report"
	"frr-speaker/test/cluster/clustertest"
	"frr-speaker/test/lab"
)

const controllerRBAC = "../../deploy/frr-mode/controller/rbac.yaml"

// BenchmarkController starts a controller over services of which none has an address.
func BenchmarkController(b *testing.B) {
	a := newAPI(b)
	clustertest.Kubectl(b, a.Cluster, "", "apply", "-f", controllerRBAC)
	kubeconfig, err := a.ServiceAccount(b.Context(), namespace, "controller")
	if err != nil {
		b.Fatal(err)
	}
	pool := object{
		"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": object{"name": "public", "namespace": namespace},
		"spec": object{"addresses": []any{"198.18.0.0/15"}},
	}
	if err := a.create(b.Context(), metallb("ipaddresspools"), []object{pool}); err != nil {
		b.Fatal(err)
	}
	file := build(b, "controller")
	t := report.Table{Header: []string{"services", "all have an address", "CPU", "memory, most"}}
	for _, services := range []int{100, 1000, 10_000} {
		b.Run(fmt.Sprintf("services=%d", services), func(b *testing.B) {
			for range 1 { // whatever b.N is: once is minutes
				if err := a.assign(b, file, kubeconfig, services, &t); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	text := fmt.Sprintf("# Addresses for services that have none\n\n%s\n"+
		"From the start of the controller until the API server has an address for the last service. The API server and etcd run\n"+
		"on the same cores; each service is one write.\n\n%s", machine(), t.String())
	if err := writeResults("controller.md", text); err != nil {
		b.Fatal(err)
	}
}

func (a *api) assign(b *testing.B, file, kubeconfig string, services int, t *report.Table) error {
	ctx := b.Context()
	list, err := a.lister()
	if err != nil {
		return err
	}
	var objects []object
	for n := range services {
		objects = append(objects, service(serviceName(n), "LoadBalancer", ""))
	}
	if err := a.create(ctx, core("services"), objects); err != nil {
		return err
	}
	began := time.Now()
	p := startController(b, file, "--kubeconfig", kubeconfig)
	err = lab.Eventually(ctx, startTimeout, func() error {
		held, err := list(ctx)
		if err == nil && len(held) < services {
			err = fmt.Errorf("%d of %d services have an address", len(held), services)
		}
		return err
	})
	if err != nil {
		return err
	}
	wall := time.Since(began)
	cpu, err := p.cpu()
	if err != nil {
		return err
	}
	_, most, err := p.memory()
	if err != nil {
		return err
	}
	t.Add(fmt.Sprint(services), report.Duration(wall), report.Duration(cpu), fmt.Sprintf("%.0f MiB", most))
	b.ReportMetric(wall.Seconds(), "s")
	if err := p.end(); err != nil { // in good order: the next one need not wait for its lease to run out
		return err
	}
	return a.empty(ctx, core("services"))
}

// lister returns what lists the addresses that services have, each once, in a form that costs the API server little.
func (a *api) lister() (func(context.Context) (map[string]bool, error), error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	metav1.AddToGroupVersion(scheme, corev1.SchemeGroupVersion)
	config, err := clientcmd.BuildConfigFromFlags("", a.Kubeconfig())
	if err != nil {
		return nil, err
	}
	config.APIPath, config.GroupVersion, config.ContentType = "/api", &corev1.SchemeGroupVersion, runtime.ContentTypeProtobuf
	config.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	client, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (map[string]bool, error) {
		var list corev1.ServiceList // of resource version 0: from the API server's memory
		if err := client.Get().Resource("services").Param("resourceVersion", "0").Do(ctx).Into(&list); err != nil {
			return nil, err
		}
		held := map[string]bool{}
		for _, s := range list.Items {
			for _, ingress := range s.Status.LoadBalancer.Ingress {
				held[ingress.IP] = true
			}
		}
		return held, nil
	}, nil
}

func startController(b *testing.B, file string, args ...string) *process {
	b.Helper()
	p := &process{log: filepath.Join(b.TempDir(), "log")}
	log, err := os.Create(p.log)
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	args = append([]string{"--namespace", namespace, "--pod-name=one", "--port=0", "--health-probe-port=0", "--webhook-mode=disabled"}, args...)
	p.cmd = exec.CommandContext(b.Context(), file, args...)
	p.cmd.Stderr = log
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p.start(b)
	return p
}
