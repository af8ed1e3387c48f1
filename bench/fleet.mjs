/** One day of a fleet of guests on all processors, as the command runs it. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { n } from "./measure.mjs";
import { watch } from "./watch.mjs";

const LIMIT_SECONDS = 60;
const LIMIT_MEBIBYTES = 1024;

export async function measure(smoke) {
  const guests = smoke ? 200 : 10_000;
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    await watch(["generate", "fleet", "-o", "fleet", "--guests", String(guests)], directory);
    const traces = readdirSync(join(directory, "fleet")).map((name) => join("fleet", name));
    const { rows, seconds, mebibytes } = await watch(["run", ...traces, "--summary", "--format", "csv"], directory);
    return { guests, rows: rows - 1, seconds, mebibytes };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export const lines = (f) => [
  "a fleet, 24 hours, a change every 5 minutes each",
  `  ${n(f.guests)} guests in ${n(f.seconds, 1)} s (${n((f.seconds / f.guests) * 1e3, 1)} ms a guest), ${n(f.mebibytes)} MiB, ${n(f.rows)} rows` +
    ` (10,000 guests: at most ${LIMIT_SECONDS} s and ${n(LIMIT_MEBIBYTES)} MiB wanted)`,
];

export const isGood = (f, smoke) =>
  f.rows === f.guests && (smoke || (f.seconds <= LIMIT_SECONDS && f.mebibytes <= LIMIT_MEBIBYTES));
