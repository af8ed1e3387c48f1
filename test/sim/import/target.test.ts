import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { HostPolicy } from "../../../src/sim/host/policies/host-policy.ts";
import { HOST_POLICIES } from "../../../src/sim/host/policies/index.ts";
import { policyGuest } from "../../../src/sim/import/policy-guest.ts";
import { PolicyTarget } from "../../../src/sim/import/policy-target.ts";
import { wantedTarget } from "../../../src/sim/import/target.ts";
import { scratchDirectory } from "../../support/processes/command.ts";

const directory = scratchDirectory();
const MEMORY = 1_048_576;
const END = 100e6;
const choose = (text: string) => wantedTarget(text)(MEMORY, END);
const fileOf = (text: string): string => {
  const path = join(directory, "target.txt");
  writeFileSync(path, text);
  return path;
};

describe("--target", () => {
  it.each([
    ["2GiB", 524_288],
    ["40%", 419_430],
    ["0", 0],
    ["100%", MEMORY],
    ["12.5%", 131_072],
  ])("may be constant: %s", (text, pages) => {
    expect(choose(text)).toMatchObject({
      kind: "series",
      series: { at: [0], value: [pages], how: "assumed" },
    });
  });

  it.each([
    ["a header and lines", "time,target\n0,0\n60,1GiB\n1m30s,\n", [0, 60e6, 90e6], [0, 262_144, Number.NaN]],
    ["lines alone, with other separators", "0;512MiB\r\n2.5;1000\r\n", [0, 2.5e6], [131_072, 1000]],
    ["JSON", '[[0, "1GiB"], ["1m", null]]', [0, 60e6], [262_144, Number.NaN]],
  ])("may be a file with %s", (_, text, at, value) => {
    expect(choose(fileOf(text))).toMatchObject({ kind: "series", series: { at, value } });
  });

  it("may be a file with all that a series of a trace can be", () => {
    const text = '{"points": [[0, 0], [10, "1GiB"]], "repeat": "20s", "hold": "linear"}';
    expect(choose(fileOf(text))).toMatchObject({ series: { repeatUs: 20e6, hold: "linear" } });
  });

  it.each([
    ["50", /^--target "50": expected a size .* no file has that name/],
    ["2GB", /no file has that name/],
    ["140%", /more than all of the guest's memory/],
    ["32TiB", /^--target "32TiB": a target of 8589934592 pages: the protocol carries at most/],
    ["policy:selfbaloon", /expected one of the policies selfballoon; did you mean "selfballoon"\?/],
  ])("is refused: %s", (text, message) => {
    expect(() => choose(text)).toThrow(message);
  });

  it.each([
    ["5,1GiB\n", /a series begins at time 0/],
    ["0,1GiB\n10\n", /target.txt:2: expected time,target/],
    ["0,1GiB\n10,2GB\n", /target.txt:2: expected a size/],
    ["0,1GiB\n1x,2GiB\n", /target.txt:2: expected a time/],
    ["0,1GiB\n10,0\n10,5\n", /target.txt:3: the time is not after the line before/],
    ["0,1GiB\n500,0\n", /target.txt:2: the time is after the end of the log/],
    ["", /a series begins at time 0/],
    ["[[0, 5], [1, -1]]", /target.txt:1:14: \$\[1\]\[1\]: expected 0 or more/],
    ["[[0, 5], [500, 1]]", /target.txt:1:11: .* is after the end of the trace/],
    ["[[0, 5]", /target.txt:1:8: /],
  ])("is refused where its file is damaged: %j", (text, message) => {
    expect(() => choose(fileOf(text))).toThrow(message);
  });
});

describe("selfballooning", () => {
  const [policy] = HOST_POLICIES as [HostPolicy];
  const committed = 262_144;
  const guest = policyGuest(MEMORY, "linux-6.1");

  it("goes an eighth of the way down each time, to committed memory and the kernel's reserve", () => {
    // high watermark of 4 GiB: 2048 + 2 * 1048.
    const goal = committed + 4144;
    let target = 0;
    const first = policy.decide(target, committed, guest);
    expect(first).toBe(Math.floor((MEMORY - goal) / 8 / 256) * 256);
    for (let i = 0; i < 200; i++) target = policy.decide(target, committed, guest);
    expect(MEMORY - target - goal).toBeGreaterThanOrEqual(0);
    // The eighth of less than 8 MiB is less than a whole MiB.
    expect(MEMORY - target - goal).toBeLessThan(9 * 256);
  });

  it("goes up at once", () => {
    expect(policy.decide(700_000, committed * 3, guest)).toBe(Math.floor((MEMORY - committed * 3 - 4144) / 256) * 256);
  });

  it("leaves the guest what it needs at least", () => {
    let target = 0;
    for (let i = 0; i < 300; i++) target = policy.decide(target, 0, guest);
    const least = 4144 + 99 * 256 + Math.floor((MEMORY - 4144 - 99 * 256) / 32);
    expect(MEMORY - target).toBeGreaterThanOrEqual(least);
    expect(MEMORY - target).toBeLessThan(least + 256);
    expect(policy.decide(0, 0, policyGuest(4096, "linux-6.1"))).toBe(0);
  });
});

describe("a policy's target over time", () => {
  const halving: HostPolicy = {
    name: "halving",
    meaning: "",
    intervalUs: 10,
    decide: (target, committed, { memory }) => Math.floor((target + memory - committed) / 2),
  };

  it("is decided at its own intervals, with what was seen last, and told where it changes", () => {
    const policy = new PolicyTarget(halving, { memory: 1000, reserve: 0 });
    const changes: [number, number][] = [];
    const note = (atUs: number, target: number) => changes.push([atUs, target]);
    policy.see(0, 200);
    expect(policy.target).toBe(400);
    policy.decideBefore(25, note);
    expect(changes).toEqual([
      [10, 600],
      [20, 700],
    ]);
    policy.see(30, 900);
    expect(policy.target).toBe(400);
    policy.decideBefore(41, note);
    expect(changes.at(-1)).toEqual([40, 250]);
  });

  it("stays the same while the log knows nothing", () => {
    const policy = new PolicyTarget(halving, { memory: 1000, reserve: 0 });
    policy.see(0, 200);
    policy.see(5, Number.NaN);
    policy.decideBefore(1000, () => expect.unreachable());
    expect(policy.target).toBe(400);
  });
});
