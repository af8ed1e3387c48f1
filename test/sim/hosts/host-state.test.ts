import { describe, expect, test } from "vitest";
import { parseHostState } from "../../../src/sim/hosts/host-state.ts";
import { paramsInSets } from "../../../src/sim/hosts/params.ts";
import { targetPolicyNamed } from "../../../src/sim/hosts/policies/index.ts";

const read = (policy: string, text: string, ...sets: string[]) =>
  parseHostState(text, "host.json", targetPolicyNamed(policy, "policy"), paramsInSets(sets));
const A = { name: "A", size: "1GB", min: "1GB", max: "2GB" };
const state = (vm: object, more: object = {}) => JSON.stringify({ host: { goal: 0 }, vms: [{ ...A, ...vm }], ...more });

describe("the state of a host", () => {
  test("has sizes as bytes, in decimal and in binary units", () => {
    const vms = [{ ...A, size: 5, min: "1KiB", max: "1.1MB", free: "3B" }];
    expect(read("proxmox", JSON.stringify({ host: { goal: "-10MB" }, vms })).states).toMatchObject([
      { host: { goal: -10_000_000 }, vms: [{ size: 5, min: 1024, max: 1_100_000, free: 3 }] },
    ]);
  });

  test("has drivers that do what they are told, unless it says otherwise", () => {
    const driver = { rate: "100KiB", min: 5, max: "1GB", stuck: { every: "0.25s" } };
    expect(read("proxmox", state({ driver })).states[0]?.vms[0]?.driver).toEqual({
      rate: 102_400,
      min: 5,
      max: 1e9,
      stuck: { everyUs: 250_000 },
    });
    expect(read("proxmox", state({})).states[0]?.vms[0]?.driver).toMatchObject({ stuck: false, min: 0 });
  });

  test("has parameters, which options override", () => {
    const text = state({}, { params: { maxchange: "7MB", target: 0.5 } });
    expect(read("proxmox", text).params).toMatchObject({ maxchange: 7_000_000, target: 0.5, enough: 0.25 });
    expect(read("proxmox", text, "maxchange=9MiB", "target=0.25").params).toMatchObject({
      maxchange: 9 * 2 ** 20,
      target: 0.25,
    });
    expect(
      read("squeezed", JSON.stringify({ host: { free: 0, goal: 0 }, vms: [], params: { "stuck-after": 2 } })).params,
    ).toMatchObject({
      "stuck-after": 2_000_000,
    });
  });

  test("may be a list of states over time, of which the first has parameters", () => {
    const list = `[${state({}, { params: { maxchange: 3 } })},${state({ size: 7 })}]`;
    const { states, params } = read("proxmox", list);
    expect([states.length, states[1]?.vms[0]?.size, params.maxchange]).toEqual([2, 7, 3]);
  });

  test.each([
    ["proxmox", "", "host.json: is empty, expected the state of a host (docs/host-policies.md)"],
    [
      "proxmox",
      '{"host":{"memory":"8GiB"},"policy":"mom","vms":[{"trace":"spike"}]}',
      "host.json: is a host file, expected the state of a host (balloon-sim host runs hosts)",
    ],
    ["proxmox", "{", "host.json:1:2: $: the text ends where a key"],
    ["proxmox", "[]", "host.json:1:1: $: expected 1 to 100000 states, found 0"],
    ["proxmox", "[1]", "host.json:1:2: $[0]: expected an object, found 1"],
    ["proxmox", '{"host":{"goal":0}}', 'host.json:1:1: $: "vms" is missing'],
    ["proxmox", '{"host":{},"vms":[]}', '$.host: "goal" is missing: proxmox needs "goal", or "memory" and "used"'],
    [
      "proxmox",
      '{"host":{"memory":1},"vms":[]}',
      '$.host: "goal" is missing: proxmox needs "goal", or "memory" and "used"',
    ],
    ["mom", '{"vms":[]}', '$: "host" is missing: mom needs "memory" and "free" of it'],
    ["mom", '{"host":{"memory":1},"vms":[]}', '$.host: "free" is missing: mom needs "memory" and "free"'],
    ["mom", `{"host":{"memory":1,"free":1},"vms":[${JSON.stringify(A)}]}`, '$.vms[0]: "free" is missing: mom needs it'],
    ["proxmox", state({ size: undefined }), '$.vms[0]: "size" is missing: proxmox needs it'],
    ["proxmox", state({ name: undefined }), '$.vms[0]: "name" is missing'],
    ["proxmox", state({ name: "" }), '$.vms[0].name: expected a name of 1 to 100 characters, found ""'],
    ["proxmox", state({ shres: 1 }), '$.vms[0].shres: unknown key "shres"; did you mean "shares"?'],
    ["proxmox", state({}, { hosts: 1 }), '$.hosts: unknown key "hosts"; did you mean "host"?'],
    ["proxmox", state({ size: -1 }), "$.vms[0].size: expected 0 or more, found -1"],
    ["proxmox", state({ size: "-1GB" }), "$.vms[0].size: expected 0 or more, found -1000000000"],
    ["proxmox", state({ size: 0.5 }), "$.vms[0].size: expected whole bytes, found 0.5"],
    [
      "proxmox",
      state({ size: "NaN" }),
      '$.vms[0].size: expected a size such as "512MiB" or "512MB", or a number of bytes, found "NaN"',
    ],
    ["proxmox", state({ size: null }), "$.vms[0].size: expected a size"],
    [
      "proxmox",
      state({ size: 1e17 }),
      "$.vms[0].size: 100000000000000000 bytes is more than the limit of 4503599627370496",
    ],
    ["proxmox", state({ shares: -1 }), "$.vms[0].shares: expected a number from 0 to 1000000000, found -1"],
    ["proxmox", state({ active: 1.5 }), "$.vms[0].active: expected a number from 0 to 1, found 1.5"],
    [
      "proxmox",
      state({ min: "3GB" }),
      '$.vms[0].min: expected no more than "max", which is 2000000000, found 3000000000',
    ],
    [
      "proxmox",
      state({ reservation: 2, limit: 1 }),
      '$.vms[0].reservation: expected no more than "limit", which is 1, found 2',
    ],
    [
      "proxmox",
      state({ size: "3GB" }),
      '$.vms[0].size: expected no more than "max", which is 2000000000, found 3000000000',
    ],
    [
      "mom",
      '{"host":{"memory":1,"free":2},"vms":[]}',
      '$.host.free: expected no more than "memory", which is 1, found 2',
    ],
    [
      "mom",
      '{"host":{"memory":1,"free":1},"vms":[{"name":"A","siz":1}]}',
      '$.vms[0].siz: unknown key "siz"; did you mean "size"?',
    ],
    ["mom", '{"host":{"memory":1,"fre":1},"vms":[]}', '$.host.fre: unknown key "fre"; did you mean "free"?'],
    ["proxmox", state({ ballooning: 1 }), "$.vms[0].ballooning: expected true or false, found 1"],
    [
      "proxmox",
      state({ driver: { stuck: 3 } }),
      '$.vms[0].driver.stuck: expected true, false or {"every": "0.25s"}, found 3',
    ],
    [
      "proxmox",
      state({ driver: { stuck: { every: 0 } } }),
      "$.vms[0].driver.stuck.every: expected a millisecond or more, found 0",
    ],
    [
      "proxmox",
      state({ driver: { min: 2, max: 1 } }),
      '$.vms[0].driver.min: expected no more than "max", which is 1, found 2',
    ],
    ["proxmox", state({ driver: { speed: 2 } }), '$.vms[0].driver.speed: unknown key "speed"'],
    [
      "proxmox",
      state({}, { params: { maxchang: 1 } }),
      '$.params.maxchang: unknown parameter "maxchang"; did you mean "maxchange"?',
    ],
    [
      "proxmox",
      state({}, { params: { maxchange: 0 } }),
      '$.params.maxchange: expected a size such as "100MiB", or bytes, from 1 to 4503599627370496, found 0',
    ],
    ["proxmox", state({}, { params: { target: 2 } }), "$.params.target: expected a number from 0 to 1, found 2"],
    ["proxmox", state({}, { params: [] }), "$.params: expected an object, found an array"],
    ["static", state({}, { params: { x: 1 } }), '$.params.x: unknown parameter "x" (it has none)'],
    [
      "mom",
      JSON.stringify({ host: { memory: 1, free: 1 }, vms: [], params: { "lower-bound": "mid" } }),
      '$.params.lower-bound: expected max or min, found "mid"',
    ],
    [
      "mom",
      JSON.stringify({ host: { memory: 1, free: 1 }, vms: [], params: { samples: 1.5 } }),
      "$.params.samples: expected a whole number from 1 to 1000, found 1.5",
    ],
    ["squeezed", JSON.stringify({ host: { free: 1, goal: -1 }, vms: [] }), "$.host.goal: expected 0 or more, found -1"],
    [
      "squeezed",
      JSON.stringify({ host: { free: 1, goal: 1 }, vms: [], params: { "two-phases": 2 } }),
      "expected 0 or 1, found 2",
    ],
    [
      "squeezed",
      JSON.stringify({ host: { free: 1, goal: 1 }, vms: [], params: { "stuck-after": "5 h" } }),
      'expected a time such as "5s", or seconds, from 0s to 1h, found "5 h"',
    ],
    [
      "esx",
      JSON.stringify({ host: { memory: 1, free: 1 }, vms: [], params: { hard: 0.7 } }),
      "$.params.hard: hard is 0.7: expected no more than soft, which is 0.64",
    ],
  ])("for %s: %s", (policy, text, message) => {
    expect(() => read(policy, text)).toThrow(message);
  });

  test("names the second of two VMs with the same name", () => {
    const text = JSON.stringify({ host: { goal: 0 }, vms: [A, A] });
    expect(() => read("proxmox", text)).toThrow('host.json:1:85: $.vms[1].name: another VM has the name "A", too');
  });

  test("has parameters in the first of several states only", () => {
    expect(() => read("proxmox", `[${state({})},${state({}, { params: {} })}]`)).toThrow(
      "$[1].params: only the first state may have parameters",
    );
  });

  test.each([
    [["maxchange"], "--set maxchange: expected name=value, such as maxchange=100MB"],
    [["maxchange=1", "maxchange=2"], "--set maxchange=2: maxchange is set twice: set it once"],
    [
      ["maxchange=NaN"],
      '--set maxchange=NaN: expected a size such as "100MiB", or bytes, from 1 to 4503599627370496, found "NaN"',
    ],
    [["taget=1"], '--set taget=1: unknown parameter "taget"; did you mean "target"?'],
    [["target=0x1"], '--set target=0x1: expected a number from 0 to 1, found "0x1"'],
  ])("is not read with the options %j", (sets, message) => {
    expect(() => read("proxmox", state({}), ...sets)).toThrow(message);
  });

  test("names the option that is above a parameter of the file", () => {
    const text = JSON.stringify({ host: { memory: 1, free: 1 }, vms: [], params: { soft: 0.5 } });
    expect(() => read("esx", text, "hard=0.6")).toThrow(
      "--set hard=0.6: hard is 0.6: expected no more than soft, which is 0.5",
    );
  });
});

test("a policy with another name is refused, with the nearest one", () => {
  expect(() => targetPolicyNamed("proxmx", "policy")).toThrow(
    'policy "proxmx": unknown policy of a host: expected esx, proxmox, mom, squeezed, static, none; did you mean "proxmox"?',
  );
});
