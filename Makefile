# The one entry: people and continuous integration use the same words. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PRESET ?= release
FUZZ_SECONDS ?= 60
PROVE_SECONDS ?= 1800
export CCACHE_DIR ?= $(CURDIR)/.cache/ccache
export CCACHE_SLOPPINESS ?= pch_defines,time_macros
# Compilers need up to 1 GB a job (Beast, Eigen): as many jobs as cores, fewer when memory is short.
JOBS ?= $(shell awk -v n="$$(nproc)" '/MemAvailable/ { m = int($$2 / 1048576); print (m < 1 ? 1 : m < n ? m : n) }' /proc/meminfo)
export CMAKE_BUILD_PARALLEL_LEVEL ?= $(JOBS)
CPP_FOLDERS := engine state detectors connectors alliance simulate doors apps tests bench

.PHONY: help setup test-setup build demo test lint format bench bench-peers bench-public doors prove asan tsan fuzz fresh figures docs pictures console dashboards evaluate evaluate-baselines new-detector clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## install what is missing (Debian 12)
	@tools/setup.sh

test-setup: setup  ## and what only tests need: a browser, Prometheus, Node
	@tools/setup.sh packaging/debian-12-test.txt
	@command -v npm >/dev/null || tools/setup.sh packaging/debian-12-node.txt

build:  ## build, and put the program into out/bin
	@cmake --preset $(PRESET) > build-$(PRESET).log 2>&1 || { cat build-$(PRESET).log; rm -f build-$(PRESET).log; exit 1; }
	@rm -f build-$(PRESET).log
	cmake --build build/$(PRESET)
	@if [ -x build/$(PRESET)/bin/brushwatch ]; then mkdir -p out/bin && cp -f build/$(PRESET)/bin/brushwatch out/bin/brushwatch; fi

demo: setup build  ## from nothing to the first alert
	out/bin/brushwatch demo

test:  ## everything; the last line is "N passed, N failed"
	@$(MAKE) --no-print-directory test-setup && $(MAKE) --no-print-directory build || { echo "0 passed, 1 failed"; exit 1; }
	@tools/run_tests.sh $(PRESET)

lint:  ## layers, contracts, clang-tidy on what differs from the last commit (or FILES="…")
	tools/check_layers.py
	@if [ -f tools/check_contract.py ]; then python3 tools/check_contract.py; fi
	@files="$(FILES)"; [ -n "$$files" ] || files="$$(git diff --name-only --diff-filter=d HEAD -- '*.cc'; git ls-files -o --exclude-standard -- '*.cc')"; \
	if [ -n "$$files" ]; then clang-tidy -p build/$(PRESET) --quiet $$files; else echo "lint: no changed sources for clang-tidy"; fi

format:  ## lay out the changed sources (or FILES="…")
	@files="$(FILES)"; [ -n "$$files" ] || files="$$(git diff --name-only --diff-filter=d HEAD -- '*.cc' '*.h'; git ls-files -o --exclude-standard -- '*.cc' '*.h')"; \
	[ -z "$$files" ] || clang-format -i $$files

bench: build  ## the whole pipeline on the file log and through a real broker, then the micro benchmarks
	bench/pipeline.py
	bench/memory.py days
	bench/instructions.py
	build/$(PRESET)/bench/bench_micro

prove: build  ## the proof in its long form: goes on where docs/reliability/ledger.jsonl ends; PROVE_SECONDS a part
	@for part in kills cells sim flips bits disk drain chaos proxy "group --brokers 3"; do tools/prove.py $$part --long --seconds $(PROVE_SECONDS) || failed=1; done; [ -z "$$failed" ]

doors: build  ## the doors in their long form: 10,000 API calls, 500 streams, 100,000 tamperings, 1,000,000 canaries, every role's quick start
	tools/doors/fuzz_api.py --record
	tools/doors/soak_streams.py --record
	tools/doors/tamper.py --progress build/$(PRESET)/tamper.json --record
	tools/doors/canary.py --records 250000 --record
	BW_AUTHZ_FIGURES=build/$(PRESET)/authz.json BW_AUTHZ_CERTIFICATES=build/$(PRESET)/authz-certificates.json build/$(PRESET)/tests/unit_read_doors --gtest_filter='Authorisation.*:ClientCertificates.*' --gtest_brief=1
	tools/doors/record_authz.py build/$(PRESET)/authz.json build/$(PRESET)/authz-certificates.json
	BW_RECORD=1 BW_BINARY=$(CURDIR)/build/$(PRESET)/bin/brushwatch python3 -B tests/integration/quickstart_test.py

bench-peers:  ## Flink, Kafka Streams and a bare loop on the same work (hours; ARGS="--runs 1 …" for less)
	bench/peers/run.py $(ARGS)

bench-public:  ## the generic cores on public data: table A of docs/performance/public.md (BRUSHWATCH_DATA=folder)
	@cmake --preset $(PRESET) > /dev/null
	cmake --build build/$(PRESET) --target bench_public
	bench/public.py --binary build/$(PRESET)/bench/bench_public

asan:  ## all tests under AddressSanitizer and UBSan
	@tools/run_tests.sh asan-ubsan

tsan:  ## all tests under ThreadSanitizer
	@tools/run_tests.sh tsan

fuzz:  ## each fuzz target for FUZZ_SECONDS
	@tools/setup.sh packaging/debian-12-fuzz.txt
	cmake --preset fuzz && cmake --build build/fuzz --target fuzz
	@found=0; for target in $$(find build/fuzz -type f -perm -u+x -name 'fuzz_*'); do found=1; \
	  name=$$(basename $$target); found_by=build/fuzz/corpus/$$name; mkdir -p $$found_by; \
	  seeds=tests/fuzz/corpus/$${name#fuzz_}; [ $$name = fuzz_json ] && seeds="$$seeds api/examples/valid api/examples/invalid"; \
	  $$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=16384 -print_final_stats=1 -artifact_prefix=build/fuzz/ \
	    $$found_by $$seeds || exit 1; done; \
	[ $$found = 1 ] || echo "fuzz: no target was built"

fresh:  ## demo and tests on an empty Debian 12 in a chroot (root); records their times
	tools/fresh_machine.sh

docs:  ## build the documentation site into out/site, run the guide's commands
	tools/docs.sh build
	tools/run_snippets.py --record docs/guide/*/*.md

pictures:  ## make every picture of docs/pictures from a real run
	tools/pictures.py

console:  ## build the console's page anew (needs Node)
	tools/console.sh build

dashboards:  ## write the Grafana dashboards, check them and the alert rules, draw their previews from a live run
	tools/dashboards.sh
	dashboards/lint.py --record
	promtool test rules dashboards/prometheus/tests/*.yml
	dashboards/live.py --seconds 80 --pictures --record

evaluate: build  ## detection on labelled test worlds: docs/evaluation and its figures
	tools/evaluate.py

SEEDS ?= 4
evaluate-baselines:  ## the product beside z-score, Shopee rule, MIDAS and FRAUDAR on the same worlds: docs/evaluation/baselines.md
	cmake --build build/release --target bench_evaluate
	build/release/bench/bench_evaluate --seeds $(SEEDS) > docs/evaluation/baselines.md

figures:  ## write docs/figures.md from docs/figures.json
	tools/figures.py render

new-detector:  ## NAME=behaviour_seen NUMBER=29 STAGE=shop: lay down the files of a detector
	@tools/new_detector.py --name "$(NAME)" --number "$(NUMBER)" --stage "$(or $(STAGE),shop)"

clean:  ## remove what was built
	rm -rf build out
