/* What tryit.html holds beside the network: `npm ci --ignore-scripts && npm run build [folder]`. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const RUNTIME = `${HERE}node_modules/@litertjs/core/wasm/`;
/** LiteRT.js's builds without threads: with relaxed SIMD, and for browsers that lack it. */
const BUILDS = { relaxed: "litert_wasm_internal", compatible: "litert_wasm_compat_internal" };
const TARGET = ["chrome111", "firefox115", "safari16.4"];

const out = process.argv[2] ?? `${HERE}built`;
await mkdir(out, { recursive: true });

for (const entry of ["page", "worker"]) {
  await build({
    entryPoints: [`${HERE}sources/${entry}.js`],
    outfile: `${out}/${entry}.js`,
    absWorkingDir: HERE,
    bundle: true,
    minify: true,
    format: "iife",
    target: TARGET,
    charset: "ascii",
    legalComments: "none",
    logLevel: "warning",
  });
}
for (const [name, file] of Object.entries(BUILDS)) {
  const glue = await transform(await readFile(`${RUNTIME}${file}.js`, "utf8"), { minify: true, charset: "ascii" });
  await writeFile(`${out}/${name}.js.gz`, gzipSync(glue.code, { level: 9 }));
  await writeFile(`${out}/${name}.wasm.gz`, gzipSync(await readFile(`${RUNTIME}${file}.wasm`), { level: 9 }));
}
