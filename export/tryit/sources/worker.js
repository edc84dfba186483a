/* The network beside the page: pictures come in, logits and labels go out, each step with its time. */

import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { labelsOf } from "./labels.js";
import { resized } from "./resize.js";

/** The runtime's code stands above this one already: what LiteRT.js would fetch is an empty script. */
const NOTHING = "data:text/javascript,0;//inside.js";
const MOST_PIXELS = 120_000_000;

let network = null;
let facts = null;

/** LiteRT.js asks for a graphics processor that it is not going to use, and warns where there is none. */
async function quietly(load) {
  Object.defineProperty(self.navigator, "gpu", { value: undefined, configurable: true });
  const { warn } = console;
  console.warn = () => {};
  try {
    await load();
  } finally {
    console.warn = warn;
  }
}

async function start({ wasm, model, facts: given }) {
  facts = given;
  await quietly(async () => {
    self.Module = { wasmBinary: wasm, print() {}, printErr() {} };
    await loadLiteRt(NOTHING);
  });
  network = await loadAndCompile(model, { accelerator: "wasm" });
  await infer(new Uint8Array(facts.height * facts.width * 4));
}

async function infer(pixels) {
  const input = new Tensor(pixels, [1, facts.height, facts.width, 4]);
  try {
    const [output] = await network.run(input);
    const logits = output.toTypedArray().slice();
    output.delete();
    return logits;
  } finally {
    input.delete();
  }
}

/** A file's pixels as they are stored, turned as it says; colours are not brought into the screen's. */
async function decoded(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
  } catch {
    throw new Error("This file is no picture that the browser can decode. Photographs are JPEG, PNG or WebP files.");
  }
  const { width, height } = bitmap;
  try {
    if (width * height > MOST_PIXELS) {
      throw new Error(`${width} x ${height} pixels are more than a page can hold. Choose a smaller copy.`);
    }
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}

async function segment({ file, times }) {
  const picture = await decoded(file);
  const runs = [];
  let logits;
  let labels;
  for (let run = 0; run < times; run++) {
    const begin = performance.now();
    const pixels = resized(picture, facts);
    const prepared = performance.now();
    logits = await infer(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength));
    const ran = performance.now();
    labels = labelsOf(logits, facts.logits, facts, facts.alignCorners);
    const labelled = performance.now();
    runs.push({ prepare: prepared - begin, network: ran - prepared, labels: labelled - ran });
  }
  return { width: picture.width, height: picture.height, logits, labels, runs };
}

const TASKS = { start, segment };

self.onmessage = async ({ data: { id, task, given } }) => {
  try {
    self.postMessage({ id, result: await TASKS[task](given) });
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
