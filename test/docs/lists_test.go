package docs

// own are command lines that ask for more than this repository and an API server.
var own = []struct {
	why   string
	lines []string
}{
	{"a pod on a node; test/nodes has both, and looks into pods so", []string{
		"kubectl -n metallb-system exec -c frr speaker-abcde -- vtysh -c 'show running-config' | kubectl frr_speaker diff --node node-1 --running -",
		"kubectl -n metallb-system exec -it POD -c frr -- vtysh",
		"kubectl -n metallb-system exec -it speaker-abcde -c frr -- vtysh",
		"kubectl -n metallb-system exec POD -c frr -- vtysh -c 'show bgp summary'",
		"kubectl -n metallb-system debug -it POD --image=IMAGE_WITH_TOOLS --target=frr --profile=sysadmin --custom=root.yaml",
		"kubectl -n metallb-system port-forward pod/speaker-abcde 9120",
		"kubectl -n metallb-system rollout status daemonset/speaker",
	}},
	{"a container engine, and images that it has", []string{
		"docker create --name look frr-speaker/frr && docker cp look:/usr/share/sbom/frr.spdx.json . && docker rm look",
		"docker debug CONTAINER",
		"docker exec -it CONTAINER vtysh",
		"make images",
		"PLATFORM=linux/arm64 make images",
		"LOCAL=1 ENGINE=buildah make images",
	}},
	{"a registry", []string{
		"IMAGES=registry.example.com/frr-speaker VERSION=v1 make images",
		"skopeo copy --all docker://SOURCE/speaker:v1 docker://registry.example.com/frr-speaker/speaker:v1",
	}},
	{"minutes, and packages that it installs; CI runs make test, and that test/demo and test/nodes", []string{
		"make demo",
		"make demo KEEP=1",
		"make e2e RECORD=1",
		"make test",
	}},
	{"a machine of its own, on whose ports it runs until it is told to end; test/lab starts both so, in namespaces", []string{
		"bin/frr-reloader --handoff DIR",
		"bin/speaker --objects examples --node node-1 --handoff DIR",
		"speaker --objects DIR",
	}},
	{"nothing: other tests of this repository run it", []string{
		"go test ./internal/announce",
		"go test -run '^$' -bench Gate ./bench",
		"go test -run '^$' -bench Members ./bench",
		"make build",
		"promtool test rules rules_test.yaml",
	}},
	{"the rest of a command line: it is a word of the text", []string{
		"go version -m",
		"kubectl apply -f",
		"kubectl debug --target=frr",
	}},
}

// notCommands are how indented blocks begin that hold something else.
var notCommands = []string{
	"Kubernetes API, or a directory of YAML",                 // README.md, a drawing
	"all local-preference <n>",                               // docs/design/text.md
	"bgp route-map delay-timer 0",                            // docs/design/frr.md
	"resources: [deploy/frr-mode]",                           // docs/images.md
	"route-map origin-",                                      // docs/design/text.md
	"scrape_configs:",                                        // docs/monitoring.md
	"session <ID> local-preference",                          // docs/design/text.md
	"spec.addresses: 198.51.100.128/25 overlaps 198.51.100.", // docs/controller.md
}

// placeholders are what a reader puts something of his own for.
var placeholders = map[string]string{
	"--objects DIR": "--objects examples",
	"--node NAME":   "--node node-1",
	"--node NODE":   "--node node-1",
	"<node>":        "node-9",
	"RELEASE":       "frr-speaker",
}
