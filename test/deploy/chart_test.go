package deploy

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

const chart = "deploy/helm/frr-speaker"

// chartLabels are what Helm's conventions add to every object of a release.
var chartLabels = []string{"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "helm.sh/chart"}

// template returns how to render the chart with values.
func template(t *testing.T) func(values ...string) (string, error) {
	t.Helper()
	helm := tool(t, "helm")
	return func(values ...string) (string, error) {
		args := []string{"template", "release", chart, "--namespace=metallb-system"}
		for _, v := range values {
			args = append(args, "--set-json="+v)
		}
		return helm(args...)
	}
}

func TestTheChartIsTheManifest(t *testing.T) {
	text, err := template(t)()
	if err != nil {
		t.Fatal(err)
	}
	got, want := parse(t, text), parse(t, kustomize(t, "frr-mode"))
	delete(want, "Namespace metallb-system") // helm install --create-namespace
	withoutChartLabels(t, got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects of kustomize (-) and of the chart (+):\n%s", diff)
	}
}

func TestTheRulesOfTheChartAreThoseOfMonitoring(t *testing.T) {
	text, err := template(t)(alerting)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(root + "/deploy/frr-mode/monitoring/prometheusrule.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, want := parse(t, text), parse(t, string(file))
	withoutChartLabels(t, got)
	if diff := cmp.Diff(want[rules], got[rules]); diff != "" || len(want[rules]) == 0 {
		t.Errorf("%s of the file (-) and of the chart (+):\n%s", rules, diff)
	}
}

// withoutChartLabels takes away what Helm adds to objects, which must be there.
func withoutChartLabels(t *testing.T, objects map[string]object) {
	t.Helper()
	for name, o := range objects {
		labels, _ := at(o, "metadata", "labels").(map[string]any)
		if len(labels) == 0 && !strings.HasPrefix(name, "CustomResourceDefinition ") {
			t.Errorf("%s has no labels of the release", name)
		}
		for _, key := range chartLabels {
			delete(labels, key)
		}
	}
}

// A setting is one value of the chart, and what it changes.
type setting struct {
	values []string // as --set-json has them
	object string   // kind and name
	has    string   // text of the object then, in YAML; "" is that there is no such object
	was    string   // text of the object before, where that is gone then
}

const (
	daemonSet  = "DaemonSet speaker"
	deployment = "Deployment controller"
	webhooks   = "ValidatingWebhookConfiguration metallb-webhook-configuration"
	monitor    = "PodMonitor speaker"
	monitoring = `prometheus.podMonitor.enabled=true`
	rules      = "PrometheusRule frr-speaker"
	alerting   = `prometheus.prometheusRule.enabled=true`
)

var settings = []setting{
	{values: []string{`imagePullSecrets=[{"name":"pull"}]`}, object: daemonSet, has: "imagePullSecrets:\n      - name: pull"},
	{values: []string{`imagePullSecrets=[{"name":"pull"}]`}, object: deployment, has: "imagePullSecrets:\n      - name: pull"},
	{values: []string{`loadBalancerClass="mine"`}, object: daemonSet, has: "- --lb-class=mine"},
	{values: []string{`loadBalancerClass="mine"`}, object: deployment, has: "- --lb-class=mine"},
	{values: []string{`rbac.create=false`}, object: "ClusterRole metallb-system:speaker"},
	{values: []string{`rbac.create=false`}, object: "RoleBinding controller"},
	{values: []string{`rbac.create=false`}, object: "ClusterRole metallb-system:status-reader"},
	{values: []string{`tls.cipherSuites="TLS_AES_128_GCM_SHA256"`}, object: daemonSet, has: "- --tls-cipher-suites=TLS_AES_128_GCM_SHA256"},
	{values: []string{`tls.curvePreferences="29"`}, object: deployment, has: "- --tls-curve-preferences=29"},
	{values: []string{`tls.minVersion="VersionTLS12"`}, object: daemonSet, has: "- --tls-min-version=VersionTLS12"},
	{values: []string{`tls.controllerMetricsTLSSecret="own"`}, object: deployment, has: "secretName: own"},
	{values: []string{`tls.controllerMetricsTLSSecret="own"`}, object: deployment, has: "- --metrics-cert-dir=/etc/metrics-tls"},
	{values: []string{`tls.speakerMetricsTLSSecret="own"`}, object: daemonSet, has: "secretName: own"},
	{values: []string{`tls.speakerMetricsTLSSecret="own"`}, object: daemonSet, has: "- --metrics-cert-dir=/etc/metrics-tls"},
	{values: []string{`prometheus.metricsPort=7472`}, object: daemonSet, has: "- --port=7472", was: "9120"},
	{values: []string{`prometheus.metricsPort=7472`}, object: deployment, has: "containerPort: 7472", was: "9120"},
	{values: []string{`prometheus.scrapeAnnotations=false`}, object: daemonSet, has: "annotations:\n", was: "prometheus.io/scrape"},
	{values: []string{monitoring}, object: monitor, has: "port: frrmetrics"},
	{values: []string{monitoring}, object: "PodMonitor controller", has: "name: metrics-reader-token"},
	{values: []string{monitoring, `prometheus.serviceAccount="prom"`, `prometheus.namespace="mon"`}, object: "RoleBinding prometheus", has: "- kind: ServiceAccount\n  name: prom\n  namespace: mon"},
	{values: []string{monitoring, `prometheus.serviceAccount="prom"`, `prometheus.rbacPrometheus=false`}, object: "RoleBinding prometheus"},
	{values: []string{monitoring, `prometheus.podMonitor.additionalLabels={"release":"prom"}`}, object: monitor, has: "release: prom"},
	{values: []string{monitoring, `prometheus.podMonitor.annotations={"a":"b"}`}, object: monitor, has: "annotations:\n    a: b"},
	{values: []string{monitoring, `prometheus.podMonitor.jobLabel="app"`}, object: monitor, has: "jobLabel: app"},
	{values: []string{monitoring, `prometheus.podMonitor.interval="15s"`}, object: monitor, has: "interval: 15s"},
	{values: []string{alerting}, object: rules, has: "alert: FRRSpeakerDrift"},
	{values: []string{alerting, `prometheus.prometheusRule.additionalLabels={"release":"prom"}`}, object: rules, has: "release: prom"},
	{values: []string{alerting, `prometheus.prometheusRule.annotations={"a":"b"}`}, object: rules, has: "annotations:\n    a: b"},
	{values: []string{alerting, `prometheus.prometheusRule.staleConfig.enabled=false`}, object: rules, has: "alert: MetalLB", was: "alert: MetalLBStaleConfig"},
	{values: []string{alerting, `prometheus.prometheusRule.staleConfig.labels.severity="page"`}, object: rules, has: "expr: metallb_k8s_client_config_stale_bool == 1\n      for: 1m\n      labels:\n        severity: page"},
	{values: []string{alerting, `prometheus.prometheusRule.configNotLoaded.enabled=false`}, object: rules, has: "alert: MetalLB", was: "alert: MetalLBConfigNotLoaded"},
	{values: []string{alerting, `prometheus.prometheusRule.configNotLoaded.labels.severity="page"`}, object: rules, has: "expr: metallb_k8s_client_config_loaded_bool == 0\n      for: 1m\n      labels:\n        severity: page"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolExhausted.enabled=false`}, object: rules, has: "alert: MetalLB", was: "alert: MetalLBAddressPoolExhausted"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolExhausted.labels.severity="page"`}, object: rules, has: "severity: page"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolExhausted.excludePools="lab-.*"`}, object: rules, has: `metallb_allocator_addresses_in_use_total{pool!~"lab-.*"}`},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolUsage.enabled=false`}, object: rules, has: "alert: MetalLB", was: "alert: MetalLBAddressPoolUsage"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolUsage.thresholds=[{"percent":50,"labels":{"severity":"page"}}]`}, object: rules, has: "summary: A pool is used to more than 50 %\n", was: "alert: MetalLBAddressPoolUsage75Percent"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolUsage.thresholds=[{"percent":50,"labels":{"severity":"page"}}]`}, object: rules, has: "> 0) > 50\n      for: 1m\n      labels:\n        severity: page"},
	{values: []string{alerting, `prometheus.prometheusRule.addressPoolUsage.excludePools="lab-.*"`}, object: rules, has: `100 * metallb_allocator_addresses_in_use_total{pool!~"lab-.*"}`},
	{values: []string{alerting, `prometheus.prometheusRule.bgpSessionDown.enabled=false`}, object: rules, has: "alert: MetalLB", was: "alert: MetalLBBGPSessionDown"},
	{values: []string{alerting, `prometheus.prometheusRule.bgpSessionDown.labels.severity="page"`}, object: rules, has: "expr: metallb_bgp_session_up == 0\n      for: 1m\n      labels:\n        severity: page"},
	{values: []string{alerting, `prometheus.prometheusRule.extraAlerts=[{"alert":"Own","expr":"up == 0"}]`}, object: rules, has: "alert: Own\n      expr: up == 0"},
	{values: []string{`controller.image.repository="mirror/controller"`}, object: deployment, has: "image: mirror/controller:latest"},
	{values: []string{`controller.image.tag="v1"`}, object: deployment, has: "image: frr-speaker/controller:v1"},
	{values: []string{`controller.image.pullPolicy="Always"`}, object: deployment, has: "imagePullPolicy: Always"},
	{values: []string{`controller.logLevel="debug"`}, object: deployment, has: "- --log-level=debug"},
	{values: []string{`controller.webhookMode="disabled"`}, object: deployment, has: "- --webhook-mode=disabled"},
	{values: []string{`controller.webhookMode="disabled"`}, object: webhooks},
	{values: []string{`controller.replicas=1`}, object: deployment, has: "replicas: 1"},
	{values: []string{`controller.strategy={"type":"Recreate"}`}, object: deployment, has: "type: Recreate"},
	{values: []string{`controller.serviceAccount.create=false`}, object: "ServiceAccount controller"},
	{values: []string{`controller.serviceAccount.name="other"`}, object: "RoleBinding controller", has: "- kind: ServiceAccount\n  name: other"},
	{values: []string{`controller.serviceAccount.name="other"`}, object: deployment, has: "serviceAccountName: other"},
	{values: []string{`controller.serviceAccount.annotations={"a":"b"}`}, object: "ServiceAccount controller", has: "a: b"},
	{values: []string{`controller.resources.requests.cpu="1"`}, object: deployment, has: `cpu: "1"`},
	{values: []string{`controller.resources.requests.memory="1Gi"`}, object: deployment, has: "memory: 1Gi"},
	{values: []string{`controller.resources.limits.memory="1Gi"`}, object: deployment, has: "memory: 1Gi"},
	{values: []string{`controller.nodeSelector={"a":"b"}`}, object: deployment, has: "a: b\n        kubernetes.io/os: linux"},
	{values: []string{`controller.tolerations=[{"key":"k"}]`}, object: deployment, has: "tolerations:\n      - key: k"},
	{values: []string{`controller.affinity={"nodeAffinity":{}}`}, object: deployment, has: "nodeAffinity: {}"},
	{values: []string{`controller.priorityClassName=""`}, object: deployment, has: "spec:", was: "priorityClassName"},
	{values: []string{`controller.podAnnotations={"a":"b"}`}, object: deployment, has: "a: b"},
	{values: []string{`controller.labels={"a":"b"}`}, object: deployment, has: "a: b"},
	{values: []string{`speaker.image.repository="mirror/speaker"`}, object: daemonSet, has: "image: mirror/speaker:latest"},
	{values: []string{`speaker.image.tag="v1"`}, object: daemonSet, has: "image: frr-speaker/speaker:v1"},
	{values: []string{`speaker.image.pullPolicy="Always"`}, object: daemonSet, has: "imagePullPolicy: Always"},
	{values: []string{`speaker.logLevel="debug"`}, object: daemonSet, has: "- --log-level=debug", was: "- --log-level=info"},
	{values: []string{`speaker.tolerateMaster=false`}, object: daemonSet, has: "spec:", was: "tolerations"},
	{values: []string{`speaker.ignoreExcludeLB=true`}, object: daemonSet, has: "- --ignore-exclude-lb"},
	{values: []string{`speaker.memberlist.enabled=false`}, object: daemonSet, has: "spec:", was: "METALLB_ML_"},
	{values: []string{`speaker.memberlist.enabled=false`}, object: deployment, has: "spec:", was: "METALLB_ML_SECRET_NAME"},
	{values: []string{`speaker.memberlist.mlBindPort=7947`}, object: daemonSet, has: "name: METALLB_ML_BIND_PORT\n          value: \"7947\"", was: "7946"},
	{values: []string{`speaker.memberlist.mlBindAddrOverride="192.0.2.1"`}, object: daemonSet, has: "name: METALLB_ML_BIND_ADDR\n          value: 192.0.2.1"},
	{values: []string{`speaker.memberlist.mlSecretKeyPath="/etc/key"`}, object: daemonSet, has: "mountPath: /etc/key", was: "/etc/ml_secret_key"},
	{values: []string{`speaker.excludeInterfaces.enabled=false`}, object: "ConfigMap metallb-excludel2"},
	{values: []string{`speaker.updateStrategy.rollingUpdate.maxUnavailable=3`}, object: daemonSet, has: "maxUnavailable: 3"},
	{values: []string{`speaker.serviceAccount.create=false`}, object: "ServiceAccount speaker"},
	{values: []string{`speaker.serviceAccount.name="other"`}, object: "ClusterRoleBinding metallb-system:speaker", has: "- kind: ServiceAccount\n  name: other"},
	{values: []string{`speaker.serviceAccount.annotations={"a":"b"}`}, object: "ServiceAccount speaker", has: "a: b"},
	{values: []string{`speaker.resources.requests.cpu="1"`}, object: daemonSet, has: `cpu: "1"`},
	{values: []string{`speaker.resources.requests.memory="1Gi"`}, object: daemonSet, has: "memory: 1Gi"},
	{values: []string{`speaker.resources.limits.memory="1Gi"`}, object: daemonSet, has: "memory: 1Gi"},
	{values: []string{`speaker.nodeSelector={"a":"b"}`}, object: daemonSet, has: "a: b\n        kubernetes.io/os: linux"},
	{values: []string{`speaker.tolerations=[{"key":"k"}]`}, object: daemonSet, has: "- key: k"},
	{values: []string{`speaker.affinity={"nodeAffinity":{}}`}, object: daemonSet, has: "nodeAffinity: {}"},
	{values: []string{`speaker.priorityClassName=""`}, object: daemonSet, has: "spec:", was: "priorityClassName"},
	{values: []string{`speaker.podAnnotations={"a":"b"}`}, object: daemonSet, has: "a: b"},
	{values: []string{`speaker.labels={"a":"b"}`}, object: daemonSet, has: "a: b"},
	{values: []string{`speaker.frr.enabled=false`}, object: daemonSet, has: "name: METALLB_BGP_TYPE\n          value: none", was: "name: frr\n"},
	{values: []string{`speaker.frr.image.repository="mirror/frr"`}, object: daemonSet, has: "image: mirror/frr:latest"},
	{values: []string{`speaker.frr.image.tag="v1"`}, object: daemonSet, has: "image: frr-speaker/frr:v1"},
	{values: []string{`speaker.frr.image.pullPolicy="Always"`}, object: daemonSet, has: "imagePullPolicy: Always"},
	{values: []string{`speaker.frr.metricsPort=9999`}, object: daemonSet, has: "- --metrics-addr=:9999", was: "9121"},
	{values: []string{`speaker.frr.resources.requests.cpu="1"`}, object: daemonSet, has: `cpu: "1"`},
	{values: []string{`speaker.frr.resources.requests.memory="1Gi"`}, object: daemonSet, has: "memory: 1Gi"},
	{values: []string{`speaker.frr.resources.limits.memory="1Gi"`}, object: daemonSet, has: "memory: 1Gi"},
	{values: []string{`crds.enabled=false`}, object: "CustomResourceDefinition bgppeers.metallb.io"},
	{values: []string{`crds.validationFailurePolicy="Ignore"`}, object: webhooks, has: "failurePolicy: Ignore", was: "failurePolicy: Fail"},
	{values: []string{`networkpolicies.enabled=false`}, object: "NetworkPolicy controller"},
	{values: []string{`networkpolicies.defaultDeny=true`}, object: "NetworkPolicy default-deny", has: "podSelector: {}"},
	{values: []string{`networkpolicies.apiPort=6443`}, object: "NetworkPolicy controller", has: "port: 6443"},
}

func TestEveryValueOfTheChartChangesWhatItSays(t *testing.T) {
	render := template(t)
	for _, s := range settings {
		t.Run(strings.Join(s.values, " ")+" in "+s.object, func(t *testing.T) {
			t.Parallel()
			after, err := render(s.values...)
			if err != nil {
				t.Fatal(err)
			}
			others := s.values[:len(s.values)-1] // what the last one needs to mean something
			plain, err := render(others...)
			if err != nil {
				t.Fatal(err)
			}
			was, is := objectText(t, plain, s.object), objectText(t, after, s.object)
			switch {
			case was == is:
				t.Error("nothing changes")
			case s.has == "" && is != "":
				t.Errorf("there still is\n%s", is)
			case !strings.Contains(is, s.has):
				t.Errorf("lacks %q:\n%s", s.has, is)
			case s.was != "" && !strings.Contains(was, s.was):
				t.Errorf("there was no %q before:\n%s", s.was, was)
			case s.was != "" && strings.Contains(is, s.was):
				t.Errorf("there still is %q:\n%s", s.was, is)
			}
		})
	}
}

// objectText is one object of a text as YAML, or nothing.
func objectText(t *testing.T, text, name string) string {
	t.Helper()
	o, ok := parse(t, text)[name]
	if !ok {
		return ""
	}
	out, err := yaml.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A value without a setting above would be one that nobody knows to work.
func TestEveryValueOfTheChartIsTried(t *testing.T) {
	text, err := os.ReadFile(root + "/" + chart + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var values object
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	tried := map[string]bool{}
	for _, s := range settings {
		for _, v := range s.values {
			key, _, _ := strings.Cut(v, "=")
			tried[key] = true
		}
	}
	for _, leaf := range leaves("", values) {
		if !tried[leaf] {
			t.Errorf("no setting tries %s", leaf)
		}
	}
}

// leaves are the paths of all values that hold no others.
func leaves(prefix string, values object) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		path := strings.TrimPrefix(prefix+"."+key, ".")
		if below, ok := values[key].(map[string]any); ok && len(below) > 0 {
			all = append(all, leaves(path, below)...)
			continue
		}
		all = append(all, path)
	}
	return all
}

func TestTheChartRefusesWhatMeansNothing(t *testing.T) {
	render := template(t)
	for _, tt := range []struct{ name, value, complaint string }{
		{"a value of MetalLB's chart that has no meaning here", `speaker.reloader={"resources":{}}`, "reloader"},
		{"frr-k8s", `frrk8s.enabled=true`, "/frrk8s/enabled"},
		{"a mistyped level", `speaker.logLevel="loud"`, "/speaker/logLevel"},
		{"a port that is none", `speaker.frr.metricsPort=70000`, "/speaker/frr/metricsPort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := render(tt.value)
			if err == nil || !strings.Contains(fmt.Sprint(err), tt.complaint) {
				t.Errorf("helm says %v, want %q in it", err, tt.complaint)
			}
		})
	}
	if _, err := render(`frrk8s.enabled=false`, `speaker.frr.enabled=true`); err != nil {
		t.Errorf("what chooses FRR mode in MetalLB's chart is refused: %v", err)
	}
}
