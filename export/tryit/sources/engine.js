/* The worker, as functions that the page awaits. */

import * as inside from "./inside.js";

/** A module of one function that uses an instruction of relaxed SIMD (i8x16.relaxed_swizzle). */
const RELAXED = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253,
  128, 2, 11,
]);
const NEEDED = {
  WebAssembly: "WebAssembly",
  Worker: "workers",
  DecompressionStream: "decompression of what the page holds",
  OffscreenCanvas: "canvases in workers",
  createImageBitmap: "decoding of pictures",
};

/** What this browser lacks, in words; empty where it can run the network. */
export function missing() {
  return Object.keys(NEEDED)
    .filter((name) => !(name in globalThis))
    .map((name) => NEEDED[name]);
}

export const runtimeName = () => (WebAssembly.validate(RELAXED) ? "relaxed" : "compatible");

export async function started(facts) {
  const [{ code, wasm }, model] = await Promise.all([inside.runtime(runtimeName()), inside.network()]);
  const script = URL.createObjectURL(new Blob([code, "\n", inside.worker()], { type: "text/javascript" }));
  const worker = new Worker(script);
  const waiting = new Map();
  let last = 0;
  worker.onmessage = ({ data: { id, result, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || "The worker did not start."));
    waiting.clear();
  };
  const ask = (task, given, transfer = []) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, task, given }, transfer);
    });
  await ask("start", { wasm, model, facts }, [wasm.buffer, model.buffer]);
  URL.revokeObjectURL(script);
  return { segment: (file, times = 1) => ask("segment", { file, times }) };
}
