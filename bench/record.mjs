/** The cost of a recording on the recorded machine, with this machine's clocks, timers and files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMachine } from "../dist/common/record/machine.js";
import { record, SYSTEM_CLOCK } from "../dist/common/record/recorder.js";
import { RecordingFile } from "../dist/common/record/recording-file.js";
import { n } from "./measure.mjs";

const LIMIT_PART_OF_A_CORE = 0.005;

/** CPU seconds and bytes of a recording. */
async function recording(path, everyUs, forUs) {
  const file = new RecordingFile(path);
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

export async function measure(smoke) {
  const directory = mkdtempSync(join(tmpdir(), "balloon-bench-"));
  try {
    await recording(join(directory, "warm.jsonl"), 10_000, smoke ? 200_000 : 1_000_000);
    const fast = await recording(join(directory, "fast.jsonl"), 10_000, smoke ? 500_000 : 10_000_000);
    // With one sample a second, caches are cold each time: each sample then costs more than with a hundred a second.
    const slow = await recording(join(directory, "slow.jsonl"), 1_000_000, smoke ? 2_000_000 : 30_000_000);
    const share = (run) => run.cpuSeconds / run.samples;
    return {
      files: fast.files,
      at100Hz: { samples: fast.samples, missed: fast.missed, cpuSecondsPerSample: share(fast) },
      at1Hz: { samples: slow.samples, missed: slow.missed, cpuSecondsPerSample: share(slow) },
      bytesPerSample: fast.bytes / fast.samples,
      partOfACoreAt1Hz: share(slow),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function lines(r) {
  const line = ({ samples, missed, cpuSecondsPerSample }) =>
    `${n(cpuSecondsPerSample * 1e3, 2)} ms of CPU a sample (${samples} samples, ${missed} missed)`;
  return [
    `recording, ${r.files} files`,
    `  100 samples a second  ${line(r.at100Hz)}`,
    `  1 sample a second     ${line(r.at1Hz)}: ${n(r.partOfACoreAt1Hz * 100, 3)} % of a core (at most ${LIMIT_PART_OF_A_CORE * 100} % wanted)`,
    `  ${n(r.bytesPerSample)} bytes a sample`,
  ];
}

export const isGood = (r, smoke) => smoke || r.partOfACoreAt1Hz <= LIMIT_PART_OF_A_CORE;
