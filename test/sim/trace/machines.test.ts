import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { MACHINES } from "../../../src/sim/trace/all-machines.ts";
import { COST_KEYS } from "../../../src/sim/trace/cost-keys.ts";
import type { BesideReader } from "../../../src/sim/trace/decode.ts";
import { guestText } from "../../../src/sim/trace/guest-text.ts";
import { machineText, parseMachine } from "../../../src/sim/trace/machines.ts";
import { openTrace } from "../../../src/sim/trace/open.ts";
import { readTrace } from "../../../src/sim/trace/read.ts";
import { MACHINE_KEYS, QUEUE_KEYS } from "../../../src/sim/trace/sections/machine.ts";
import { PROVENANCE_KEYS } from "../../../src/sim/trace/sections/provenance.ts";
import { COST_FIELDS, type Costs, type MachineProfile, type MachineProvenance } from "../../../src/sim/trace/types.ts";
import { AS_IT_IS } from "../../../src/sim/trace/what-if.ts";
import { holdTrace, readHeldTrace, readTraceText } from "../../../src/sim/tune/study/trace-text.ts";
import { eachSecond, traceOf } from "../../support/in-process/curves.ts";

/** Whole nanoseconds up to the longest cost, and thousandths of a nanosecond up to a millisecond. */
const cost = fc.oneof(
  fc.integer({ min: 0, max: 1e12 }),
  fc.integer({ min: 0, max: 1e9 }).map((thousandths) => thousandths / 1000),
);
const costs = fc.record(
  Object.fromEntries(COST_FIELDS.map((field) => [field, cost])),
) as unknown as fc.Arbitrary<Costs>;
const interval = fc.tuple(cost, cost).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const score = fc.double({ min: 0, max: 99, noNaN: true });
const provenance: fc.Arbitrary<MachineProvenance> = fc.record({
  program: fc.string({ maxLength: 30 }),
  method: fc.string({ maxLength: 30 }),
  base: fc.option(fc.string({ maxLength: 30 })),
  recordings: fc.array(fc.record({ name: fc.string(), sha256: fc.stringMatching(/^[0-9a-f]{64}$/) }), { maxLength: 3 }),
  score: fc.option(fc.record({ before: score, after: score })),
  intervals: fc.dictionary(fc.constantFrom(...COST_FIELDS), interval, { noNullPrototype: true }),
  kept: fc.uniqueArray(fc.constantFrom(...COST_FIELDS)),
});
const queuePages = fc.integer({ min: 1, max: 2 ** 24 });
const machines: fc.Arbitrary<MachineProfile> = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/),
  description: fc.string({ unit: "binary", maxLength: 60 }),
  hz: fc.constantFrom(100, 250, 300, 1000),
  cpus: fc.integer({ min: 1, max: 8192 }),
  swapQueue: fc.tuple(queuePages, queuePages, queuePages).map(([plugPages, mergePages, more]) => ({
    plugPages,
    depthPages: Math.max(plugPages, mergePages, more),
    mergePages,
  })),
  costs,
  daemonCosts: fc.option(fc.record({ allocNs: cost, freeNs: cost })),
  provenance: fc.option(provenance),
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
      /depthPages: expected a depth of at least the 9 pages of plugPages, found 8/,
    ],
    [
      documentWith({ swapQueue: { plugPages: 8, depthPages: 8, mergePages: 9 } }),
      /depthPages: expected a depth of at least the 9 pages of mergePages, found 8/,
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

  it.each(["", " \n"])("that is empty is refused: %j", (text) => {
    expect(() => parseMachine(text, "m.json")).toThrow(/^m\.json: is empty, expected a machine file$/);
  });
});

describe("docs/machines.md", () => {
  const page = readFileSync(new URL("../../../docs/machines.md", import.meta.url), "utf8");

  it("shows a machine", () => {
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    expect(parseMachine(example, "page").name).toBe("nvme-box");
  });

  it("names every key of the format", () => {
    for (const key of [...MACHINE_KEYS, ...QUEUE_KEYS, ...PROVENANCE_KEYS, ...COST_KEYS.keys()])
      expect(page).toContain(`\`${key}\``);
  });
});

describe("a trace's machine", () => {
  const lab = MACHINES.get("lab") as MachineProfile;
  const withMachine = (machine: unknown, guest: object = {}): string =>
    traceOf(60, {
      guest: { memory: "256MiB", swap: "256MiB", ...guest, machine },
      workloads: [{ name: "app", anon: "180MiB", touch: "1GiB/s" }],
      host: { target: [[0, "120MiB"]] },
    });
  const machineOf = (text: string, beside?: BesideReader) => readTrace(text, "t.json", beside).trace.guest.machine;

  it("is one of the package, a file beside the trace, or stands in the trace", () => {
    expect(machineOf(withMachine("lab"))).toEqual(lab);
    expect(machineOf(withMachine(JSON.parse(machineText(lab))))).toEqual(lab);
    const { format: _, version: __, ...members } = JSON.parse(machineText(lab));
    expect(machineOf(withMachine(members))).toEqual(lab);
    const beside = (path: string) => ({ text: path === "a/b.json" ? machineText(lab) : "", name: path });
    expect(machineOf(withMachine("a/b.json"), beside)).toEqual(lab);
    expect(machineOf(withMachine(null))).toBe(null);
  });

  it("has the costs, ticks and processors that the profile lab has, and other rules of the kernel", () => {
    const rows = (text: string) => eachSecond(text, ({ guest }) => guest.free);
    const changed = rows(withMachine("lab"));
    expect(changed).not.toEqual(rows(withMachine(null)));
    expect(changed).not.toEqual(rows(withMachine(null, { profile: "lab" })));
    expect(rows(withMachine("lab", { profile: "lab" }))).toEqual(rows(withMachine(null, { profile: "lab" })));
    expect(rows(withMachine("server"))).toEqual(rows(withMachine(null)));
    expect(rows(withMachine("server", { profile: "balloon-hw" }))).toEqual(
      rows(withMachine(null, { profile: "balloon-hw" })),
    );
  });

  it("that is bad is refused in one line with its place in the trace, and in the file", () => {
    const bad = (machine: unknown, beside?: BesideReader) => () => machineOf(withMachine(machine), beside);
    expect(bad("labb")).toThrow(
      /^t\.json:1:\d+: \$\.guest\.machine: there is no machine "labb": .*; did you mean "lab"\?$/,
    );
    expect(bad("m.json")).toThrow(/^t\.json:1:\d+: \$\.guest\.machine: the machine file "m\.json" .* is not in a file/);
    expect(bad({ ...lab, hz: 7 })).toThrow(/^t\.json:1:\d+: \$\.guest\.machine\.[^\n]*$/);
    expect(bad("m.json", (name) => ({ name, text: "{\n" }))).toThrow(
      /^t\.json:1:\d+: \$\.guest\.machine: m\.json:2:1: \$: [^\n]*$/,
    );
  });
});

describe("a machine file that a trace names", () => {
  const directory = mkdtempSync(join(tmpdir(), "machines-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const lab = MACHINES.get("lab") as MachineProfile;
  const trace = join(directory, "sub.json");
  const guest = { memory: "64MiB", machine: "box/m.json" };
  writeFileSync(trace, traceOf(10, { guest }));
  const file = join(directory, "box", "m.json");

  it("is looked for in the folder of the trace's file", () => {
    expect(() => openTrace(trace)).toThrow(`${file}: no such file`);
    mkdirSync(join(directory, "box"));
    writeFileSync(file, machineText(lab));
    const source = openTrace(trace);
    source.close();
    expect(source.trace.guest.machine).toEqual(lab);
    expect(guestText(source.trace.guest)).toContain(", linux-6.1, machine lab");
  });

  it("is not looked for beside a copy of the trace", () => {
    expect(() => openTrace(trace, "-")).toThrow(/^-:1:\d+: \$\.guest\.machine: .* is not in a file/);
  });

  it("is kept by a study with its text, so that threads and later runs read no file", () => {
    const { text } = readHeldTrace(trace, AS_IT_IS);
    expect(text.machine).toBe(machineText(lab));
    writeFileSync(file, "damaged");
    expect(holdTrace(text, AS_IT_IS).trace.guest.machine).toEqual(lab);
    expect(() => holdTrace(readTraceText(trace), AS_IT_IS)).toThrow(/is not in a file/);
    expect(readHeldTrace("spike", AS_IT_IS).text).toEqual(readTraceText("spike"));
  });
});
