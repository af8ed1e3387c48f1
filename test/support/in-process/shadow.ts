import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { STDERR, STDOUT } from "../../../src/common/cli/output.ts";
import { openMachine } from "../../../src/common/record/machine.ts";
import type { ShadowOptions } from "../../../src/sim/cli/shadow/options.ts";
import { runShadow } from "../../../src/sim/cli/shadow/run-shadow.ts";
import { HERE } from "../../../src/sim/shadow/replayer.ts";
import { type Layout, type RecordedRows, ShadowedMachine } from "../fakes/shadowed-machine.ts";

/** What a shadow has printed. */
export interface ShadowOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `balloon-hw shadow` in this process beside recorded runs, in no time.
 * @param parent a directory for its files
 */
export async function shadowOf(
  parent: string,
  runs: readonly RecordedRows[],
  layout: Layout,
  options: Partial<ShadowOptions>,
): Promise<ShadowOutput> {
  const directory = mkdtempSync(join(parent, "shadowed-"));
  const machine = new ShadowedMachine(directory, runs, layout);
  const { proc, sys, vmmemctl } = machine;
  const paths = ["stdout", "stderr"].map((name) => join(directory, name)) as [string, string];
  const [out, err] = paths.map((path) => openSync(path, "w")) as [number, number];
  Object.assign(STDOUT, { fd: out });
  Object.assign(STDERR, { fd: err });
  try {
    await runShadow(
      { window: 600_000_000, for: machine.seconds * 1e6, proc, sys, vmmemctl, ...options },
      { name: "balloon-hw", version: "0.1.0" },
      { clock: machine.clock(), replayer: HERE, open: () => openMachine({ proc, vmmemctl }) },
    );
  } finally {
    Object.assign(STDOUT, { fd: 1 });
    Object.assign(STDERR, { fd: 2 });
    closeSync(out);
    closeSync(err);
  }
  const [stdout, stderr] = paths.map((path) => readFileSync(path, "utf8")) as [string, string];
  return { stdout, stderr };
}
