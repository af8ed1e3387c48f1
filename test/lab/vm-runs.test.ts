import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sha256OfFile } from "../../src/common/files/hash.ts";
import { readRun } from "../../src/sim/fidelity/read-run.ts";
import { parseMachine } from "../../src/sim/trace/machines.ts";
import { VM_MACHINE, VM_RUNS, vmRunFiles } from "../support/data/lab-runs.ts";
import { labScenarios } from "../support/data/lab-tables.ts";

const FILES = vmRunFiles();
const nameOf = (file: string): string => file.replace(/\.\d+\.csv$/, "");
const SCENARIOS = [...new Set(FILES.map(nameOf))];
/** Those of another kernel have its version in their names. */
const scenario = (name: string) => labScenarios().find((one) => one.name === name.replace("6.12-", ""));
const kernelOf = (file: string): RegExp =>
  file.includes("6.12-") ? /^VM lab, Linux 6\.12\./ : /^VM lab, Linux 6\.1\.0-/;

describe("the recorded runs of the VM lab", () => {
  it("are three of each scenario, with the settings of lab/scenarios.json", () => {
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(20);
    for (const name of SCENARIOS) {
      expect(FILES.filter((file) => nameOf(file) === name)).toHaveLength(3);
      const { memory, settings } = scenario(name) ?? {};
      for (const file of FILES.filter((one) => nameOf(one) === name)) {
        const [first = ""] = readFileSync(join(VM_RUNS, file), "utf8").split("\n");
        const words = (text: string): string[] => text.split(" ").sort();
        expect(words(first.slice("# ".length)), file).toEqual(words(`mem=${memory} ${settings}`));
      }
    }
  });

  it("are those from which machine.json was calibrated", () => {
    const machine = parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE);
    const { recordings = [] } = machine.provenance ?? {};
    expect(recordings).toHaveLength(24);
    for (const { name, sha256 } of recordings) expect(sha256OfFile(join(VM_RUNS, name)), name).toBe(sha256);
  });

  it("have with them the measured machine that was the base of that calibration", () => {
    const file = join(VM_RUNS, "measured.json");
    const measured = parseMachine(readFileSync(file, "utf8"), file);
    const { provenance } = parseMachine(readFileSync(VM_MACHINE, "utf8"), VM_MACHINE);
    expect(provenance?.base).toBe(measured.name);
  });

  it.each(FILES)("%s has the load before it, is without a violation of the protocol, and can be replayed", (file) => {
    const text = readFileSync(join(VM_RUNS, file), "utf8");
    expect(text).toMatch(/^# load before: [\d.]+, [\d.]+, [\d.]+$/m);
    expect(text).toMatch(/^# host: locked \d+ violations 0 /m);
    expect(readRun(join(VM_RUNS, file)).recordedOn).toMatch(kernelOf(file));
  });
});
