/* The page: a picture goes to the network, its labels are shown over it. */

import { missing, runtimeName, started } from "./engine.js";
import * as inside from "./inside.js";
import { drawLegend } from "./legend.js";
import { paint } from "./paint.js";
import { pngOf } from "./png.js";

const REPEATS = 20;
const STEPS = ["prepare", "network", "labels", "paint"];
const facts = inside.facts();
const $ = (id) => document.getElementById(id);
const say = (text, wrong = false) => {
  $("status").textContent = text;
  $("status").classList.toggle("wrong", wrong);
};

let engine = null;
let shown = null;
let busy = false;

/** For scripts that look at what the page has found. */
window.fastscnn = { facts, ready: false, runtime: null, name: null, labels: null, logits: null, latency: null };

function painted(only) {
  const begin = performance.now();
  paint($("labels"), shown.labels, facts, only);
  return performance.now() - begin;
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

function tell(runs, paintTime) {
  const latency = Object.fromEntries(
    STEPS.map((step) => [step, step === "paint" ? paintTime : median(runs.map((run) => run[step]))]),
  );
  for (const step of STEPS) $(`time-${step}`).textContent = `${latency[step].toFixed(1)} ms`;
  $("time-of").textContent = runs.length > 1 ? `p50 of ${runs.length} runs` : "one run";
  return latency;
}

async function show(file, name, times = 1) {
  if (engine === null || busy) return;
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  say(times > 1 ? `Running ${times} times ...` : `Looking at ${name} ...`);
  try {
    const result = await engine.segment(file, times);
    if (shown?.file !== file) {
      if (shown !== null) URL.revokeObjectURL($("photograph").src);
      $("photograph").src = URL.createObjectURL(file);
      $("photograph").alt = name;
      await $("photograph").decode();
    }
    shown = { ...result, file, name };
    $("picture").hidden = false;
    const latency = tell(result.runs, painted(null));
    drawLegend($("legend"), facts, result.labels, painted);
    const { labels, logits } = result;
    Object.assign(window.fastscnn, { name, labels, logits, latency });
    $("again").disabled = false;
    say(`${name}: ${result.width} x ${result.height} pixels.`);
  } catch (error) {
    say(error.message, true);
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

async function download() {
  const address = URL.createObjectURL(await pngOf(shown.labels, facts));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${shown.name.replace(/\.[^.]+$/, "")}.labels.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function offered(files) {
  const [file] = files;
  if (file) show(file, file.name || "the pasted picture");
}

function listen() {
  $("file").onchange = ({ target }) => {
    offered(target.files);
    target.value = "";
  };
  document.ondragover = (event) => {
    event.preventDefault();
    document.body.classList.add("over");
  };
  document.ondragleave = () => document.body.classList.remove("over");
  document.ondrop = (event) => {
    event.preventDefault();
    document.body.classList.remove("over");
    offered(event.dataTransfer.files);
  };
  document.onpaste = (event) => offered(event.clipboardData.files);
  $("opacity").oninput = ({ target }) => ($("labels").style.opacity = target.value / 100);
  $("again").onclick = () => show(shown.file, shown.name, REPEATS);
  $("download").onclick = download;
  $("samples").onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) show(inside.photograph(button.dataset.place), button.dataset.name);
  };
}

async function open() {
  listen();
  const lacking = missing();
  if (lacking.length > 0) {
    const lacks = `it lacks ${lacking.join(", ")}`;
    say(`This browser cannot run the network: ${lacks}. A current Chromium, Firefox or Safari can.`, true);
    return;
  }
  try {
    engine = await started(facts);
  } catch (error) {
    say(`The network did not start in this browser: ${error.message}`, true);
    return;
  }
  const runtime = runtimeName();
  $("runtime").textContent = runtime === "relaxed" ? "with relaxed SIMD" : "without relaxed SIMD, which is slower";
  await show(inside.photograph(0), facts.photographs[0]);
  Object.assign(window.fastscnn, { ready: true, runtime });
  document.documentElement.dataset.ready = runtime;
}

open();
