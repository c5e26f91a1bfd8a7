package objects

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// benchServices is how many services the benchmarks read.
const benchServices = 10_000

// serviceText is a service as kubectl prints it.
func serviceText(n int) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Service
metadata:
  annotations:
    metallb.io/ip-allocated-from-pool: public
  creationTimestamp: "2026-01-01T00:00:00Z"
  labels:
    app: web
  name: svc-%[1]d
  namespace: default
  resourceVersion: "%[1]d"
  uid: 7d5b0a3e-1111-2222-3333-%012[1]d
spec:
  allocateLoadBalancerNodePorts: true
  clusterIP: 10.96.0.1
  clusterIPs:
  - 10.96.0.1
  externalTrafficPolicy: Cluster
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - name: http
    nodePort: 31000
    port: 80
    protocol: TCP
    targetPort: 8080
  selector:
    app: web
  sessionAffinity: None
  type: LoadBalancer
status:
  loadBalancer:
    ingress:
    - ip: 198.51.%[2]d.%[3]d
      ipMode: VIP
`, n, n/250, n%250)
}

// documentsText is n services as documents of one file.
func documentsText(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		b.WriteString("---\n" + serviceText(i))
	}
	return b.Bytes()
}

// listText is n services as "kubectl get services -o yaml" prints them.
func listText(n int) []byte {
	var b bytes.Buffer
	b.WriteString("apiVersion: v1\nitems:\n")
	for i := range n {
		b.WriteString("- " + strings.TrimSuffix(strings.ReplaceAll(serviceText(i), "\n", "\n  "), "  "))
	}
	b.WriteString("kind: List\nmetadata:\n  resourceVersion: \"\"\n")
	return b.Bytes()
}

func jsonText(b *testing.B, data []byte) []byte {
	raw, err := yaml.YAMLToJSON(data)
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

func BenchmarkDecode(b *testing.B) {
	for _, bench := range []struct {
		name string
		data []byte
	}{
		{"documents", documentsText(benchServices)},
		{"list", listText(benchServices)},
		{"json", jsonText(b, listText(benchServices))},
		{"list that the library must convert", bytes.ReplaceAll(listText(benchServices), []byte("app: web"), []byte(`app: "\x77eb"`))},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(bench.data)))
			b.ReportAllocs()
			for b.Loop() {
				objs, problems := Decode("services", bench.data, Options{})
				if len(objs.Services) != benchServices || len(problems) > 0 {
					b.Fatalf("%d services, problems %v", len(objs.Services), problems)
				}
			}
		})
	}
}

// One service of many changes: the rest is taken from what was read before.
func BenchmarkDecodeChange(b *testing.B) {
	opts := Options{}.withDefaults()
	data := documentsText(benchServices)
	texts := [][]byte{bytes.Replace(data, []byte("198.51.20.1\n"), []byte("203.0.113.1\n"), 1), data}
	f := file{name: "services.yaml"}.with(data, opts)
	n := 0
	for b.Loop() {
		f = f.with(texts[n%2], opts)
		n++
		objs, _ := merge([]*file{&f}, opts)
		if len(objs.Services) != benchServices {
			b.Fatalf("%d services", len(objs.Services))
		}
	}
}
