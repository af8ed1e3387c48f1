// Measures what a recording costs the machine that it watches: `node bench/record.mjs`, `--json`, `--smoke`.
// Works on the compiled package, as users run it, with the clocks, the timers and the files of this machine.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMachine } from "../dist/sim/record/machine.js";
import { record, SYSTEM_CLOCK } from "../dist/sim/record/recorder.js";
import { RecordingFile } from "../dist/sim/record/recording-file.js";

const smoke = process.argv.includes("--smoke");
const directory = mkdtempSync(join(tmpdir(), "balloon-record-"));

/** CPU seconds and bytes of a recording. */
async function recording(name, everyUs, forUs) {
  const file = new RecordingFile(join(directory, name));
  const machine = openMachine({ proc: "/proc", vmmemctl: null });
  const before = process.cpuUsage();
  const { samples, missed } = await record({
    machine,
    clock: SYSTEM_CLOCK,
    program: { name: "balloon-sim", version: "bench" },
    everyUs,
    forUs,
    signal: new AbortController().signal,
    write: (line) => file.write(line),
    onSample: () => {},
    onChange: () => {},
  });
  const { user, system } = process.cpuUsage(before);
  for (const source of machine.sources) source.close();
  file.close();
  return { files: machine.sources.length, samples, missed, cpuSeconds: (user + system) / 1e6, bytes: file.bytes };
}

try {
  await recording("warm.jsonl", 10_000, smoke ? 200_000 : 1_000_000);
  const fast = await recording("fast.jsonl", 10_000, smoke ? 500_000 : 10_000_000);
  // At one sample a second caches are cold each time, so that a sample costs more than one of a hundred.
  const slow = await recording("slow.jsonl", 1_000_000, smoke ? 2_000_000 : 30_000_000);
  const share = (run) => run.cpuSeconds / run.samples;
  const result = {
    node: process.version,
    files: fast.files,
    at100Hz: { samples: fast.samples, missed: fast.missed, cpuSecondsPerSample: share(fast) },
    at1Hz: { samples: slow.samples, missed: slow.missed, cpuSecondsPerSample: share(slow) },
    bytesPerSample: fast.bytes / fast.samples,
    partOfACoreAt1Hz: share(slow),
  };
  if (process.argv.includes("--json")) console.log(JSON.stringify(result, null, 2));
  else {
    const line = ({ samples, missed, cpuSecondsPerSample }) =>
      `${(cpuSecondsPerSample * 1e3).toFixed(2)} ms of CPU a sample (${samples} samples, ${missed} missed)`;
    console.log(`Node ${result.node}, ${result.files} files`);
    console.log(`  100 samples a second  ${line(result.at100Hz)}`);
    console.log(
      `  1 sample a second     ${line(result.at1Hz)}: ${(result.partOfACoreAt1Hz * 100).toFixed(3)} % of a core`,
    );
    console.log(`  ${result.bytesPerSample.toFixed(0)} bytes a sample`);
  }
  if (result.partOfACoreAt1Hz > 0.005) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}
