/** The runs of a recording, each kept as soon as it is made. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { modelId } from "../model-id.js";

/** @typedef {import("../../dist/sim/hosts/capacity/trial.js").TrialResult} TrialResult */

/** A hash over the compiled model, the hosts and their traces. */
export async function versionOf(/** @type {string} */ root) {
  const { id } = await modelId(root, ["dist/sim/hosts/capacity/capacity-worker.js"]);
  const hash = createHash("sha256").update(id);
  const traces = join(root, "traces/hosts");
  for (const name of readdirSync(traces, { recursive: true, encoding: "utf8" }).sort()) {
    if (/\.jsonl?$/.test(name)) hash.update(`${name}\0`).update(readFileSync(join(traces, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

/** Runs that were made, by all that determines them. */
export class Journal {
  /** @type {Map<string, TrialResult>} */
  #known = new Map();
  #path;
  #version;
  made = 0;

  /**
   * @param {string} path of the file, which is made if it is not there
   * @param {string} version of all that decides the results of runs
   */
  constructor(path, version) {
    this.#path = path;
    this.#version = version;
    mkdirSync(dirname(path), { recursive: true });
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, "utf8").split("\n")) {
      try {
        const { key, trial } = JSON.parse(line);
        this.#known.set(key, trial);
      } catch {
        // The line was being written when the recording was interrupted.
      }
    }
    appendFileSync(path, "\n");
  }

  /**
   * @param {readonly unknown[]} what
   * @param {() => Promise<TrialResult>} run
   */
  async of(what, run) {
    const key = JSON.stringify([this.#version, ...what]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const trial = await run();
    this.made++;
    this.#known.set(key, trial);
    appendFileSync(this.#path, `${JSON.stringify({ key, trial })}\n`);
    return trial;
  }
}
