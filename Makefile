# `make help` lists what there is to do.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS   += --no-builtin-rules
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
TOOL    := go tool -modfile=tools/go.mod
STATIC  := CGO_ENABLED=0 go build -trimpath -ldflags '-s -w'

# Namespaces and FRR's daemons need root; compiling does not. Root has a build
# cache of its own, so that it leaves nothing behind that you cannot delete.
AS_ROOT := $(if $(filter-out 0,$(shell id -u)),sudo -E -H env "PATH=$$PATH" "GOMODCACHE=$$(go env GOMODCACHE)")
EXEC    := $(if $(AS_ROOT),-exec "sudo -E -H env PATH=$$PATH GOMODCACHE=$$(go env GOMODCACHE)")

# Packages whose tests start real daemons. They need root and measure time, so
# they have the machine to themselves: one package after the other.
LAB := ./internal/frrconfig ./internal/frrdiff ./internal/kube ./internal/reloader ./bench/... ./test/...
# Needs all of Kubernetes, and images: make e2e.
NODES := frr-speaker/test/nodes
# What must also build where there is no Linux: everything that decides, and the command line for it.
PORTABLE := ./cmd/speaker ./internal/frrdiff

CRDS := deploy/frr-mode/crds
# All of deploy/frr-mode in one file, which is what users apply.
MANIFEST := deploy/frr-speaker.yaml
KUSTOMIZE := go tool -modfile=tools/deploy/go.mod kustomize

# What of Kubernetes the tests run, from nothing about seven minutes on two idle cores.
KUBE ?= etcd kube-apiserver kubectl

SOAK ?= 20
SOAK_DURATION ?= 30m

# $(call step,what is being done)
step = @printf '\n==> %s %s\n' "$$(date +%T)" '$(1)'

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: build
build: ## Build bin/speaker and bin/frr-reloader, both static
	$(STATIC) -o bin/ ./cmd/...

.PHONY: demo
demo: deps build ## Two nodes and two routers on this machine, live; KEEP=1 leaves them running
	@go build -o bin/demo ./test/demo
	@$(AS_ROOT) bin/demo $(if $(KEEP),-keep)

.PHONY: demo-down
demo-down: ## Stop what `make demo KEEP=1` left running
	@go build -o bin/demo ./test/demo
	@$(AS_ROOT) bin/demo -down

.PHONY: images
images: ## Build the images with docker, podman or buildah; LOCAL=1 without a registry, on bases made here
	images/build.sh

.PHONY: images-reproducible
images-reproducible: ## Build every image twice with buildah, on bases made here, and fail unless both have one digest
	LOCAL=1 images/reproducible.sh

##@ Work on it

.PHONY: check
check: lint generated rules tidy cross ## Everything fast: format, vet, staticcheck, linters, generated files, import rules, tidy, builds

.PHONY: test
test: deps chroot kube prometheus ## The tests with the race detector: unit, property, lab on FRR 8.4 and 10
	$(call step,unit and property tests)
	go test -race -timeout 10m $$(go list ./... | grep -vxF -f <(go list $(LAB)))
	$(call step,tests with real FRR and BIRD)
	go test -race -count 1 -p 1 -timeout 45m $(EXEC) $$(go list $(LAB) | grep -vxF $(NODES))

.PHONY: e2e
e2e: chroot ## The shipped manifest and images on real nodes: kubelet, containerd, kube-proxy, a router, a client; RECORD=1 writes docs/e2e.md
	@hack/deps.sh nodes
	@$(MAKE) --no-print-directory kube KUBE=
	$(call step,two nodes; a few minutes)
	go test -count 1 -timeout 45m -v $(EXEC) ./test/nodes $(if $(RECORD),-record $(CURDIR)/docs/e2e.md)

.PHONY: bench
bench: deps chroot kube ## Measure every part, then all together beside frr-reload.py; BENCH=full takes hours and leaves nothing out
	$(call step,what decides and renders: the figures go to bench/results/parts.txt)
	SAVE=1 bench/compare.sh
	$(call step,what needs FRR or an API server: the figures go to bench/results/lab.txt)
	{ go test -run '^$$' -bench . -benchmem -p 1 -timeout 60m $(EXEC) ./internal/kube ./test/reload ./test/e2e; \
	go test -run '^$$' -bench 'L2|Gate|Members' -timeout 60m $(EXEC) ./bench; } | tee bench/results/lab.txt
	$(call step,speaker and frr-reloader beside frr-reload.py: the tables go to bench/results)
	BENCH=$(BENCH) go test -run '^$$' -bench Reload -timeout 12h $(EXEC) ./bench
	go -C tools/plot run . $(CURDIR)/bench/results
	$(call step,speaker and controller on a real API server: the tables go to bench/results/cluster)
	go test -run '^$$' -bench . -benchtime 1x -timeout 60m $(EXEC) ./bench/cluster

.PHONY: bench-compare
bench-compare: ## What decides and renders, by benchstat: against bench/results/parts.txt, or BASE=commit in turns with this tree
	@bench/compare.sh $(BASE)

.PHONY: soak
soak: deps chroot kube prometheus ## Churn a cluster for SOAK_DURATION (default 30m), then run every test SOAK times (20) with new seeds: 10,000 steps of frr-reloader's walk
	$(call step,one cluster for $(SOAK_DURATION): the summary goes to bench/results/soak.md)
	SOAK_DURATION=$(SOAK_DURATION) SOAK_SUMMARY=$(CURDIR)/bench/results/soak.md go test -v -count 1 -timeout 0 $(EXEC) -run TestSoak ./test/soak
	$(call step,every test $(SOAK) times)
	go test -race -count $(SOAK) -timeout 0 -p 1 $(EXEC) $$(go list ./internal/... ./test/... | grep -vxF $(NODES))

.PHONY: fmt
fmt: ## Format all Go files
	$(TOOL) golangci-lint fmt

# The conversion strategy is the default one and yet said: applied over a definition that
# names a webhook, as MetalLB's does, silence would leave the webhook there.
.PHONY: generate
generate: ## Write what is generated: deep copies, CRDs and docs/reference.md from the API types, the manifest from deploy/frr-mode
	$(TOOL) controller-gen object paths=./api/...
	$(TOOL) controller-gen crd paths=./api/... output:crd:dir=$(CRDS)
	sed -i 's/^spec:$$/&\n  conversion:\n    strategy: None\n    webhook: null/' $(CRDS)/metallb.io_bgppeers.yaml
	@{ echo '# All of deploy/frr-mode, which `make generate` puts together: change it there.'; $(KUSTOMIZE) build deploy/frr-mode; } >$(MANIFEST).new
	@mv $(MANIFEST).new $(MANIFEST)
	go run ./hack/reference

##@ Parts of the above

.PHONY: deps
deps: ## Install what this machine lacks: FRR, BIRD and a few tools, as programs, never as services
	@hack/deps.sh

.PHONY: chroot
chroot: deps ## Make the folders that hold the FRR versions this machine does not have, once
	$(call step,FRR 8.4 and 10.3: what this machine lacks goes into folders of their own)
	@for want in 8.4:bookworm 10.3:trixie; do \
		/usr/lib/frr/bgpd --version | grep -c "version $${want%:*}" >/dev/null || \
			$(AS_ROOT) test/lab/chroot.sh "$${want#*:}"; \
	done

# As the user first, who then owns the modules; only then by who runs the tests.
.PHONY: kube
kube: ## Build etcd, kube-apiserver and kubectl for the tests, once; KUBE= builds kubelet and all the rest too
	$(call step,Kubernetes: $(or $(KUBE),all of it))
	$(if $(AS_ROOT),@for module in test/cluster/tools test/cluster/tools/containerd; do go -C $$module list -deps tool >/dev/null; done)
	@$(AS_ROOT) test/cluster/kube.sh $(KUBE)

.PHONY: prometheus
prometheus: ## Build Prometheus and promtool for the tests, once
	$(call step,Prometheus)
	$(if $(AS_ROOT),@go -C tools/monitoring list -deps tool >/dev/null)
	@$(AS_ROOT) test/monitoring/prometheus.sh

.PHONY: screenshots
screenshots: deps chroot ## Take the pictures in docs/images of a real node's status page, with chromium
	@command -v chromium >/dev/null || { echo 'screenshots: this needs chromium: apt-get install chromium' >&2; exit 1; }
	go test -tags screenshots -count 1 -run TestTakeScreenshots $(EXEC) ./test/monitoring

.PHONY: lint
lint: ## Format, vet, staticcheck and the linters of .golangci.yml, in one pass
	$(call step,linters)
	$(TOOL) golangci-lint run

# The files are rewritten in place: after a failure they are right and only want to be committed.
.PHONY: generated
generated: ## Fail if generated files are not current, and renew them
	$(call step,generated files)
	@sums() { find api $(CRDS) $(MANIFEST) docs/reference.md \( -name 'zz_generated*' -o -name '*.yaml' -o -name reference.md \) -exec sha256sum {} + | sort; }; \
	before=$$(sums); $(MAKE) --no-print-directory generate; \
	diff <(echo "$$before") <(sums) || { echo 'generated files were stale; they are renewed now, commit them' >&2; exit 1; }

.PHONY: rules
rules: ## House rules about imports, documentation and package variables
	$(call step,house rules)
	go test -count 1 ./test/rules

.PHONY: tidy
tidy: ## Fail if go.mod is not tidy
	$(call step,go mod tidy)
	go mod tidy -diff

.PHONY: cross
cross: ## Build for every platform that is promised
	$(call step,builds)
	CGO_ENABLED=0 GOOS=linux GOARCH=amd64 go build ./...
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build ./...
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 go build $(PORTABLE)

.PHONY: clean
clean: ## Remove what was built; the chroot stays
	rm -rf bin coverage.out
