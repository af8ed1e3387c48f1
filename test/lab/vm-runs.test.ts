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
const scenario = (name: string) => labScenarios().find((one) => one.name === name);

describe("the recorded runs of the VM lab", () => {
  it("are three of each scenario, with the settings of lab/scenarios.json", () => {
    expect(SCENARIOS.length).toBeGreaterThan(5);
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
    expect(recordings).toHaveLength(6);
    for (const { name, sha256 } of recordings) expect(sha256OfFile(join(VM_RUNS, name)), name).toBe(sha256);
  });

  it.each(FILES)("%s is of an idle machine, without a violation of the protocol, and can be replayed", (file) => {
    const text = readFileSync(join(VM_RUNS, file), "utf8");
    expect(Number(/^# load before: ([\d.]+)/m.exec(text)?.[1])).toBeLessThanOrEqual(0.5);
    expect(text).toMatch(/^# host: locked \d+ violations 0 /m);
    expect(readRun(join(VM_RUNS, file)).recordedOn).toBe("VM lab, Linux 6.1.0-56-cloud-amd64");
  });
});
