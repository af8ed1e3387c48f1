import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { because, emulationMissing } from "../support/processes/emulation.ts";
import { unitTestNames, unitTestProgram } from "../support/processes/native-unit.ts";

const missing = emulationMissing();

describe.skipIf(missing !== undefined)(`the native half under AddressSanitizer${because(missing)}`, () => {
  let program: string;
  beforeAll(async () => {
    program = await unitTestProgram();
  }, 900_000);

  it.each(unitTestNames())("%s", (name) => {
    const { stdout, stderr } = spawnSync(program, [name], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe(`ok ${name}\n`);
  });
});
