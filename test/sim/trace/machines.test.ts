import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MACHINES, machineText, parseMachine } from "../../../src/sim/trace/machines.ts";
import { COST_KEYS, MACHINE_KEYS, QUEUE_KEYS } from "../../../src/sim/trace/sections/machine.ts";
import { COST_FIELDS, type Costs, type MachineProfile } from "../../../src/sim/trace/types.ts";

/** Whole nanoseconds up to the longest cost, and thousandths of a nanosecond up to a millisecond. */
const cost = fc.oneof(
  fc.integer({ min: 0, max: 1e12 }),
  fc.integer({ min: 0, max: 1e9 }).map((thousandths) => thousandths / 1000),
);
const costs = fc.record(
  Object.fromEntries(COST_FIELDS.map((field) => [field, cost])),
) as unknown as fc.Arbitrary<Costs>;
const machines: fc.Arbitrary<MachineProfile> = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  description: fc.string({ unit: "binary", maxLength: 60 }),
  hz: fc.constantFrom(100, 250, 300, 1000),
  cpus: fc.integer({ min: 1, max: 8192 }),
  swapQueue: fc
    .tuple(fc.integer({ min: 1, max: 2 ** 24 }), fc.integer({ min: 1, max: 2 ** 24 }))
    .map(([a, b]) => ({ plugPages: Math.min(a, b), depthPages: Math.max(a, b) })),
  costs,
  daemonCosts: fc.option(fc.record({ allocNs: cost, freeNs: cost })),
});

/** The server's document with some members replaced; undefined leaves one out. */
const documentWith = (members: object): string =>
  JSON.stringify({ ...JSON.parse(machineText(MACHINES.get("server") as MachineProfile)), ...members });

describe("a machine file", () => {
  it("that is written and read gives the same machine", () => {
    fc.assert(
      fc.property(machines, (machine) => {
        expect(parseMachine(machineText(machine), "m.json")).toEqual(machine);
      }),
    );
  });

  it("of the package is written as the program writes it", () => {
    expect([...MACHINES.keys()]).toEqual(["server", "lab"]);
    for (const [name, machine] of MACHINES) {
      const file = new URL(`../../../src/sim/trace/machines/${name}.json`, import.meta.url);
      expect(readFileSync(file, "utf8")).toBe(machineText(machine));
    }
  });

  it.each([
    ["", /the text ends where a value should follow/],
    ["[]", 'm.json:1:1: $: expected a machine, an object with "format": "balloon-sim/machine", found an array'],
    [
      documentWith({ format: "balloon-sim/trace" }),
      /^m\.json:1:1: \$: this is no machine: expected "format": "balloon-sim\/machine", found "balloon-sim\/trace"$/,
    ],
    [documentWith({ version: 2 }), /^m\.json:1:\d+: \$\.version: expected version 1 of a machine/],
    [documentWith({ version: undefined }), 'm.json:1:1: $: "version" is missing'],
    [documentWith({ hz: 200 }), /\$\.hz: expected one of 100, 250, 300, 1000 ticks a second, found 200$/],
    [documentWith({ cpus: 0 }), /\$\.cpus: expected a whole number from 1 to 8192, found 0$/],
    [documentWith({ name: "a b" }), /\$\.name: expected a name of 1 to 64 letters/],
    [documentWith({ cost: {} }), /\$\.cost: unknown key "cost"; did you mean "costs"\?$/],
    [documentWith({ costs: { alloc: "1us" } }), /\$\.costs: "free" is missing$/],
    [documentWith({ daemonCosts: { alloc: 5, free: "1us" } }), /\$\.daemonCosts\.alloc: expected a cost such as/],
    [documentWith({ daemonCosts: { alloc: "1us" } }), /\$\.daemonCosts: "free" is missing$/],
    [
      documentWith({ swapQueue: { plugPages: 9, depthPages: 8 } }),
      /depthPages: expected a depth of at least the 9 pages/,
    ],
    [
      documentWith({ swapQueue: { plugPages: 0, depthPages: 8 } }),
      /plugPages: expected a whole number from 1 to 16777216/,
    ],
  ])("that is bad is refused in one line that says where: %s", (text, message) => {
    const read = () => parseMachine(text, "m.json");
    expect(read).toThrow(message);
    expect(read).toThrow(/^m\.json:1:\d+: \$[^\n]*$/);
  });
});

describe("docs/machines.md", () => {
  const page = readFileSync(new URL("../../../docs/machines.md", import.meta.url), "utf8");

  it("shows a machine", () => {
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    expect(parseMachine(example, "page").name).toBe("nvme-box");
  });

  it("names every key of the format", () => {
    for (const key of [...MACHINE_KEYS, ...QUEUE_KEYS, ...COST_KEYS.keys()]) expect(page).toContain(`\`${key}\``);
  });
});
