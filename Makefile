# Each target first tells what the machine lacks (.ci/preflight), then installs it where it is a Debian package.
FUZZTIME ?= 5s

.PHONY: peers matrix mutants windows build demo test bench lint fuzz powercut soak

build:
	@.ci/preflight build
	go build -trimpath -buildvcs=false -o bin/contractd ./cmd/contractd

# The main job from end to end on embedded defaults: needs SoftHSM2 and a Chinese font.
demo:
	@.ci/preflight demo
	@.ci/install demo
	go build -trimpath -buildvcs=false -o bin/contractd ./cmd/contractd
	bin/contractd demo

# With CI set, a test that misses a real part fails instead of skipping.
test:
	@.ci/preflight test
	@.ci/install test
	CI=true go test -race -shuffle=on -timeout 20m ./...

# The parts first, then the tables: seals beside the raw key, verifications, whole processes beside pdfsig and mutool, who accepts what
# of the corpus, whole exchanges.
CONTRACTS ?= 100
bench:
	@.ci/preflight bench
	@.ci/install bench
	CI=true go test -run '^$$' -bench . -benchmem -timeout 20m ./mailbox/... ./signer/... ./store/...
	CI=true go test -run '^$$' -bench . -timeout 20m ./cmd/contractd
	CI=true go test -v -run '^TestPeers$$' -count=1 ./signer/verify
	CI=true go test -v -run '^TestSpeed$$' -count=1 -timeout 20m ./cmd/contractd -speed.contracts $(CONTRACTS)

# Every kind of seal × producer × key type, of which the tests take a sample.
matrix:
	@.ci/preflight test
	@.ci/install test
	CI=true CONTRACTD_MATRIX=1 go test -run 'TestKinds' -count=1 -timeout 30m ./signer ./signer/verify

# contractd.exe for sign, undo, verify and token on Windows, beside the CA's own client.
windows:
	@.ci/preflight windows
	@.ci/install windows
	@.ci/windows

lint:
	@.ci/preflight lint
	@.ci/lint

fuzz:
	@.ci/preflight fuzz
	@.ci/fuzz $(FUZZTIME)

# A whole exchange is recorded once, and the power is cut CUTS times among its syncs; `make test` has a sample.
CUTS ?= 2000
powercut:
	@.ci/preflight powercut
	@.ci/install powercut
	CI=true CONTRACTD_POWER_CUTS=$(CUTS) go test -count=1 -timeout 20m -v -run '^TestExchange$$/^(power_cut|fsync)$$' ./cmd/contractd

# Random stops of the real daemon between Dovecot and Postfix, then random stories over the ledger; docs/reliability.md has the last figures.
SEED ?= 1
STOPS ?= 1000
EXCHANGES ?= 300
soak:
	@.ci/preflight soak
	@.ci/install soak
	CI=true go test -run '^TestSoak$$' -count=1 -v -timeout 4h ./cmd/contractd -soak.seed $(SEED) -soak.stops $(STOPS) -soak.exchanges $(EXCHANGES)
	CONTRACTD_STORIES=10000 go test -run '^TestStories$$' -count=1 -timeout 2h ./store/bolt

# Who accepts what of the corpus: pdfsig, mutool, pdfsign's verifier and we.
peers:
	@.ci/preflight test
	@.ci/install test
	CI=true go test -v -run '^TestPeers$$' -count=1 ./signer/verify

# 100,000 changed returns, with a fixed seed: none may pass. `make test` tries a sample.
mutants:
	@.ci/preflight test
	MUTANTS=100000 go test -run '^TestMutants$$' -v -timeout 60m ./signer/verify
