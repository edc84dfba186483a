PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
TENSORFLOW := tests/export/formats/tflite/test_tensorflow.py
DATA ?= ../shared/data/camvid

.PHONY: setup demo test lint quick slow tensorflow mediapipe android android-app android-kotlin android-golden android-bench android-model emulated arm figures speed peers tryit weights weights-int8 licences constraints fuzz faults clean

setup: $(VENV)/ready  ## make .venv with everything that demo and test need

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fastscnn-mobile needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@

demo: setup  ## export the embedded network to all formats into build/demo, with an overlay picture for each
	$(BIN)/python -m export.demo build/demo

test: lint quick slow tensorflow mediapipe android emulated  ## lint, type-check, and every test: the quick ones first

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# two workers on two cores: a second thread in each only waits for the other worker's
quick slow tensorflow mediapipe android emulated: export OMP_NUM_THREADS ?= 1

quick: setup
	$(BIN)/pytest -m "not slow" -n $(WORKERS) --ignore tests/mediapipe --ignore tests/android --ignore $(TENSORFLOW)

slow: setup android-kotlin
	$(BIN)/pytest -m slow -n $(WORKERS) --ignore tests/mediapipe --ignore tests/android --ignore tests/arm --ignore $(TENSORFLOW)

# in one process with tflite-runtime its symbols clash
tensorflow: setup  ## TensorFlow's own interpreter reads our files
	$(BIN)/pytest $(TENSORFLOW)

mediapipe: setup $(VENV)-mediapipe/ready  ## other people's client opens our files; its packages do not fit ours
	$(BIN)/pytest tests/mediapipe

$(VENV)-mediapipe/ready: tests/mediapipe/requirements.txt
	$(PYTHON) -m venv $(VENV)-mediapipe
	$(VENV)-mediapipe/bin/pip install --quiet --disable-pip-version-check --no-deps -r $<
	touch $@

android: setup android-kotlin  ## compile the Android sample; its core's results against Python's, on the JVM
	$(BIN)/pytest tests/android -rs

# fetches Android's API text and resources of Debian into build/android, 180 MB, the first time
android-app: setup android-kotlin  ## the Android sample's application alone: compiled, packed, its logic run
	$(BIN)/pytest tests/android/test_app_*.py tests/android/test_stubs.py -rs

android-kotlin: build/kotlin/ready

build/kotlin/ready: tests/android/requirements.txt | setup
	rm -rf build/kotlin
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target build/kotlin -r $<
	touch $@

android-golden: setup  ## write again what android_demo/core's results are compared with
	$(BIN)/python -m tests.android.golden

android-bench: setup android-kotlin  ## what core does around the network, measured on the JVM: three minutes
	$(BIN)/python -m tests.android.benchmark

ASSETS := android_demo/app/src/main/assets
android-model: setup  ## put the embedded network into the Android sample, as a phone wants it
	$(BIN)/fastscnn-export --preset phone --size 360x480 --format tflite --artifacts-only --out $(ASSETS)

# fetches Debian's arm64 packages and the runtimes' wheels into build/arm, 150 MB, the first time
emulated: setup  ## our files and latency.py on an emulated ARM core
	$(BIN)/pytest -m slow tests/arm -rs

ARM := build/arm/artifacts
arm: setup emulated  ## on emulated ARM cores at 360x480, and docs/arm.md: half an hour
	rm -rf $(ARM)
	$(BIN)/fastscnn-export --size 360x480 --format tflite --format onnx --artifacts-only --out $(ARM)
	$(BIN)/fastscnn-export --size 360x480 --format tflite --format onnx --artifacts-only --out $(ARM) --int8
	$(BIN)/fastscnn-export --size 360x480 --format tflite --artifacts-only --out $(ARM) --int8 --plain
	$(BIN)/fastscnn-export --size 360x480 --format tflite --format onnx --artifacts-only --out $(ARM) --preset phone
	$(BIN)/python -m benchmarks.arm $(ARM)/*.tflite $(ARM)/*.onnx --out docs/arm.md

figures: setup  ## measure what docs/figures.md says
	$(BIN)/python -m export.figures docs/figures.md $(CHECKPOINT)

speed: setup  ## measure what docs/speed.md says: twenty minutes; a quiet machine tells more
	$(BIN)/python -m benchmarks.speed docs/speed.md build/speed

# CamVid where it lies beside this checkout; gigabytes of packages the first time
peers: setup  ## other converters on the same network, each in an environment of its own, and docs/peers.md: an hour
	$(BIN)/python -m benchmarks.peers $(if $(wildcard $(DATA)),--data $(DATA)) $(PEERS)

weights: setup  ## train the embedded network again: hours; DATA is CamVid's folder
	$(BIN)/fastscnn-train $(DATA) --out build/weights/camvid.safetensors --size 360x480 $(if $(wildcard build/weights/camvid.training),--resume) \
		--note "training images=CamVid train, 367 images, CC BY-NC 4.0"
	cp build/weights/camvid.safetensors fastscnn/weights/camvid.safetensors
	$(MAKE) weights-int8

weights-int8: setup  ## quantize the embedded network again, and its card: a minute
	$(BIN)/fastscnn-quantize --data $(DATA) --out fastscnn/weights/camvid.int8.safetensors --force $(QUANTIZE)
	$(BIN)/python -m quantize.card fastscnn/weights/camvid.int8.safetensors fastscnn/weights/README.md

licences: setup  ## every dependency with its version and licence
	@$(BIN)/python -m export.supply.licences

# of an environment in which `make test` passed: it is what `make setup` installs from then on
constraints: setup  ## the installed versions as constraints.txt
	mkdir -p build
	$(BIN)/python -m export.supply.constraints > build/constraints.txt
	mv build/constraints.txt constraints.txt

tryit:  ## build again what tryit.html holds beside the network; needs node and npm
	cd export/tryit && npm ci --ignore-scripts && npm run build

TIME ?= 300
fuzz: setup  ## every hostile file in every command that reads it, then real files damaged at random for TIME seconds
	$(BIN)/python -m tests.hostile.survey
	$(BIN)/python -m tests.hostile.fuzz $(TIME)

faults: setup  ## kills, Ctrl-C, full disks, two runs at once, other clocks and locales: what is left, counted
	$(BIN)/python -m tests.faults

clean:
	rm -rf build dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
