import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, test } from "vitest";
import { register } from "../../../../src/sim/cli/commands/tune.ts";
import { createTuneRequest, type TuneOptions } from "../../../../src/sim/cli/tune/tune-options.ts";
import { tuneArguments } from "../../../../src/sim/tune/study/command-line.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";

/** The header of the study that these arguments of `tune` ask for. */
function headerOf(args: readonly string[]) {
  const program = new Command();
  register(program);
  const tune = program.commands[0] as Command;
  tune.action(() => {});
  program.parse(["tune", ...args], { from: "user" });
  return createTuneRequest(tune.args, tune.opts<TuneOptions>()).header;
}

test.each([
  ["spike --minimize stall_full"],
  [
    "spike ramp --maximize reclaimed_area --minimize stall_full --set alloc-max=64..4096 --aggregate q0.9 --seed two --seeds 3 --worlds 2 --judge-worlds 7",
  ],
  [
    "ramp spike thrash --minimize refaults --halving 2 --sampler tpe --ahead 3 --set free-inc=1,16,256 --set alloc-min=lin:1..64",
  ],
  [
    "spike ramp --minimize refaults --weight ramp=2.5 --holdout steady --holdout thrash --set slow-cycles=9 --set alloc-inc=1..99",
  ],
])("the command that a study's header gives makes the study again: %s", (line) => {
  const header = headerOf([...line.split(" "), "--require", "oom_kills == 0", "--require", "unreached<=2"]);
  const again = tuneArguments(header);
  expect(headerOf(again)).toEqual(header);
  expect(tuneArguments(headerOf(again))).toEqual(again);
});

test.each([
  [
    ["--require", "stall_full <= 1.1 * reference"],
    ["--require", "stall_full <= 1.1 * reference"],
  ],
  [
    ["--require", "oom_kills <= reference"],
    ["--require", "oom_kills <= reference"],
  ],
  [["--allow-kills"], ["--allow-kills"]],
  // What was assumed is assumed again.
  [[], []],
])("the command of a header has its requirements: %j", (options, again) => {
  const header = headerOf(["spike", "--minimize", "stall_full", ...options]);
  const args = tuneArguments(header);
  expect(args.slice(3, 3 + again.length + 1)).toEqual([...again, "--set"]);
  expect(headerOf(args)).toEqual(header);
});

test("the command of an old study, without an assumption about kills, has --allow-kills", () => {
  const { requirements, ...header } = headerOf(["spike", "--minimize", "stall_full"]);
  expect(requirements).toHaveLength(1);
  expect(tuneArguments({ ...header, requirements: [] })).toContain("--allow-kills");
});

test("the command of a study has the values of a rates file, not its name", () => {
  const file = join(scratchDirectory(), "rates.json");
  writeFileSync(file, '{"alloc-max": 8192, "slow-cycles": 9}');
  const header = headerOf([
    "spike",
    "--minimize",
    "refaults",
    "--rates",
    file,
    "--set",
    "free-inc=1..9",
    "--set",
    "slow-cycles=2",
  ]);
  expect(header.reference).toMatchObject({ allocMax: 8192, slowCycles: 9, freeInc: 16 });
  expect(header.base).toMatchObject({ allocMax: 8192, slowCycles: 2 });
  expect(headerOf([...tuneArguments(header), "--rates", file])).toEqual(header);
});
