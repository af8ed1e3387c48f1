/**
 * Puts the compiled modules of `balloon-sim` together into few files, because opening fifty of them takes longer than a
 * short run. Run by `npm run build`; `bin/start.js` uses the result as long as nothing was compiled after it. Packages
 * stay outside. The bundle lies as deep as the modules do, so that paths relative to a module remain right.
 */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const path = (/** @type {string} */ relative) => fileURLToPath(new URL(relative, import.meta.url));
const directory = path("../dist/bundle/sim");

await rm(directory, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: path("../dist/sim/cli/main.js"), worker: path("../dist/sim/cli/jobs/worker.js") },
  platform: "node",
  external: (id) => /^[^./]/.test(id),
});
await bundle.write({ dir: directory, format: "esm", sourcemap: true, chunkFileNames: "[name].js" });
await bundle.close();
