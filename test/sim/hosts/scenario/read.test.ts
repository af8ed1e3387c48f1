import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../../../../src/engine/index.ts";
import { MOM } from "../../../../src/sim/hosts/policies/mom.ts";
import { parseHost, scenarioOf } from "../../../../src/sim/hosts/scenario/read.ts";
import type { TargetPolicy } from "../../../../src/sim/hosts/target-policy.ts";
import { scratchDirectory } from "../../../support/processes/command.ts";
import { changesOf, linesText, messageOf } from "../../trace/support.ts";
import { HostFolder, MINIMAL_HOST } from "./support.ts";

const folder = new HostFolder(scratchDirectory());
const GIB = 262_144;
const S = 1_000_000;
const MIN = 60 * S;

folder.trace("long.json", { name: "long", duration: "1h" });
folder.trace("virtio.json", { name: "virtio", guest: { memory: "2GiB", driver: "virtio-balloon" } });
folder.write("rates.json", '{"driver": "vmmemctl", "alloc-max": 4096}');
folder.write(
  "rows.jsonl",
  linesText(
    { name: "rows", workloads: [{ name: "app", touch: 5 }], rows: { anon: {} } },
    [0, 30, 90].map((t) => ({ t, anon: t })),
  ),
);

describe("a host file with only what it needs", () => {
  const scenario = folder.read();
  const [vm] = scenario.vms;

  test("has the defaults of the manual", () => {
    expect({ ...scenario, vms: [], policy: scenario.policy.name, assumed: [] }).toEqual({
      name: "host",
      description: "",
      durationUs: MIN,
      seed: "1",
      world: 1,
      memory: 16 * GIB,
      reserved: 0,
      swap: { size: 16 * GIB, readNs: 100_000, writeNs: 50_000 },
      largePages: false,
      policy: "none",
      params: {},
      vms: [],
      assumed: [],
    });
    expect(scenario.vms).toHaveLength(1);
    expect({ ...vm, open: null, driver: vm?.driver.name, rates: null }).toEqual({
      name: "a",
      group: "a",
      path: "$.vms[0]",
      traceName: "a.json",
      open: null,
      phaseUs: 0,
      repeats: true,
      memory: 4 * GIB,
      // What a balloon of 65 % leaves.
      min: Math.ceil(4 * GIB * 0.35),
      max: 4 * GIB,
      reservation: 0,
      limit: 4 * GIB,
      shares: 1000,
      maxBalloon: 0.65,
      target: 4 * GIB,
      driver: "vmmemctl",
      rates: null,
      hasAgent: true,
      onUs: 0,
      offUs: Number.POSITIVE_INFINITY,
      touched: 1,
      overhead: 60 * 256,
      seed: "1",
    });
    expect(vm?.rates).toEqual(DEFAULT_POLICY.defaults);
  });

  test("says what it assumes, each once", () => {
    expect(scenario.assumed).toEqual([
      "The targets of the VMs' traces have no effect: the policy none sets all targets.",
      "The host itself uses no memory (host.reserved).",
      "The host's swap is as large as its memory, 16GiB (host.swap.size).",
      "The host's swap needs 100us to read a page and 50us to write one, as an SSD (host.swap.readCost, writeCost).",
      "The host needs 60MiB beside the guest's memory (overhead): a.",
      "All free memory of the guest has been touched before the run (touched): a.",
      "No driver is named, so the guest has vmmemctl: a.",
    ]);
  });

  test("runs as long as the trace that ends last", () => {
    const vms = [{ trace: "a.json" }, { trace: "rows.jsonl", on: "20s" }];
    expect(folder.read({ vms }).durationUs).toBe(110 * S);
    expect(folder.read({ vms, duration: "5m" }).durationUs).toBe(5 * MIN);
  });
});

test("assumes nothing that is written down", () => {
  const { assumed } = folder.read({
    host: { memory: "16GiB", reserved: 0, swap: { size: 0 } },
    policy: "mom",
    defaults: { overhead: 0, min: "1GiB", agent: true, touched: 0.5 },
    vms: [{ trace: "virtio.json" }],
  });
  expect(assumed).toEqual(["The targets of the VMs' traces have no effect: the policy mom sets all targets."]);
});

test("says which VMs repeat, have drawn phases, boot, and have what the policy reads by default", () => {
  const { assumed } = folder.read({
    host: { memory: "64GiB", reserved: 0, swap: { size: 0 } },
    policy: { name: "mom" },
    duration: "10m",
    defaults: { overhead: 0, driver: "virtio-balloon" },
    vms: [
      { trace: "a.json" },
      { name: "web", trace: "long.json", count: 9, phase: "51m", spread: "5m" },
      { trace: "long.json", on: "1m", agent: false },
    ],
  });
  expect(assumed.slice(1)).toEqual([
    "The policy leaves a VM at least what its largest balloon leaves (min): a, web, long.",
    "An agent tells the host the guest's free memory (agent): a, web.",
    "All free memory of the guest has been touched before the run (touched): a, web.",
    "Copies begin at drawn phases of their trace (spread): web.",
    "The trace ends before the run, and begins again (repeat): a, web.",
    "Powered on during the run, so balloon, swap and page cache are empty then: long.",
  ]);
});

describe("a VM", () => {
  const one = (vm: object, members: object = {}) =>
    folder.read({ ...members, vms: [{ trace: "a.json", ...vm }] }).vms[0];

  test("has the settings of the file", () => {
    const vm = one({
      name: "x",
      memory: "8GiB",
      min: "1GiB",
      max: "7GiB",
      reservation: "512MiB",
      limit: "6GiB",
      shares: 20,
      maxBalloon: 0.5,
      target: "3GiB",
      overhead: "1MiB",
      driver: "vmmemctl",
      rates: { "alloc-max": 4096 },
      agent: false,
      on: "10s",
      off: "1m",
      phase: 5,
      repeat: false,
      touched: 0.25,
      seed: 7,
    });
    expect(vm).toMatchObject({
      name: "x",
      memory: 8 * GIB,
      min: GIB,
      max: 7 * GIB,
      reservation: GIB / 2,
      limit: 6 * GIB,
      shares: 20,
      maxBalloon: 0.5,
      target: 3 * GIB,
      overhead: 256,
      hasAgent: false,
      onUs: 10 * S,
      offUs: MIN,
      phaseUs: 5 * S,
      repeats: false,
      touched: 0.25,
      seed: "7",
    });
    expect([vm?.driver.name, vm?.rates.allocMax]).toEqual(["vmmemctl", 4096]);
    expect(vm?.open().trace.guest.memory).toBe(8 * GIB);
  });

  test("inherits the settings of all VMs, but no rates of another driver", () => {
    const defaults = { memory: "3GiB", rates: { "alloc-max": 4096 }, shares: 5 };
    expect(one({ shares: 6 }, { defaults })).toMatchObject({ memory: 3 * GIB, shares: 6, rates: { allocMax: 4096 } });
    expect(one({ driver: "virtio-balloon" }, { defaults })).toMatchObject({ memory: 3 * GIB, shares: 5 });
  });

  test("has the driver of the file, else of the rates, else of the trace", () => {
    expect(one({ trace: "virtio.json" })?.driver.name).toBe("virtio-balloon");
    expect(one({ trace: "virtio.json", driver: "vmw-balloon" })?.driver.name).toBe("vmw-balloon");
    const vm = one({ trace: "virtio.json", rates: "rates.json" });
    expect([vm?.driver.name, vm?.rates.allocMax]).toEqual(["vmmemctl", 4096]);
  });

  test("has other values in its trace", () => {
    const { guest, workloads } = one({
      set: { "guest.swap": "2GiB", "workloads.app.anon": [[0, 7], [5, 8]], "guest.costs.fault": "3us" }, // biome-ignore format: a row
    })?.open().trace ?? { guest: null, workloads: [] };
    expect([guest?.swap, guest?.costs.faultNs, workloads[0]?.anon.value]).toEqual([2 * GIB, 3000, [7, 8]]);
  });

  test("that is not powered on at time 0 boots, and has touched nothing", () => {
    expect(one({ on: "1s" })?.touched).toBe(0);
    expect(one({ on: "1s" })?.open().trace.workloads[0]?.fileWarm).toBe(false);
    expect(one({})?.open().trace.workloads[0]?.fileWarm).toBe(true);
  });

  test("repeats its trace to the end of its own time", () => {
    const last = (vm: object) =>
      changesOf(one({ trace: "rows.jsonl", ...vm }, { duration: "10m" })?.open() as never).at(-1);
    expect(last({})?.[0]).toBe(9.5 * MIN);
    expect(last({ on: "5m" })?.[0]).toBe(5 * MIN);
    expect(last({ off: "2m" })?.[0]).toBe(2 * MIN);
    expect(last({ repeat: false })?.[0]).toBe(1.5 * MIN);
  });

  test("may have the trace of a bundled name, or an absolute path", () => {
    expect(one({ trace: "spike" })?.name).toBe("spike");
    expect(one({ trace: `${folder.path}/a.json` })?.name).toBe("a");
  });
});

describe("copies of a VM", () => {
  const copies = (vm: object, seed = "1") =>
    folder.read({ host: { memory: "99GiB" }, seed, vms: [{ trace: "long.json", name: "w", count: 3, ...vm }] }).vms;

  test("have names and seeds of their own, and drawn phases that depend on the host's seed", () => {
    const vms = copies({});
    expect(vms.map(({ name, group, path }) => [name, group, path])).toEqual(
      [1, 2, 3].map((n) => [`w-${n}`, "w", "$.vms[0]"]),
    );
    expect(vms.map(({ seed }) => seed)).toEqual(["1/w-1", "1/w-2", "1/w-3"]);
    const phases = vms.map(({ phaseUs }) => phaseUs);
    expect(new Set(phases).size).toBe(3);
    for (const us of phases) expect(Number.isInteger(us) && us >= 0 && us < 60 * MIN).toBe(true);
    expect(copies({ count: 9 }).slice(0, 3)).toMatchObject(vms.map(({ phaseUs }) => ({ phaseUs })));
    expect(copies({}, "2").map(({ phaseUs }) => phaseUs)).not.toEqual(phases);
  });

  test("have other phases in other worlds, and the same settings", () => {
    const vms = [{ trace: "long.json", name: "w", count: 3 }];
    const text = JSON.stringify({ host: { memory: "99GiB" }, policy: "none", vms });
    const document = parseHost({ name: "h", folder: folder.path, text });
    const phases = [1, 2, 3].map((world) => scenarioOf(document, world).vms.map(({ phaseUs }) => phaseUs));
    expect(new Set(phases.flat()).size).toBe(9);
    expect(scenarioOf(document, 2).world).toBe(2);
    expect(scenarioOf(document, 2).vms.map(({ seed }) => seed)).toEqual(
      scenarioOf(document).vms.map(({ seed }) => seed),
    );
  });

  test("have the phase of the file, and none in a trace that does not repeat", () => {
    expect(copies({ phase: "7m" }).map(({ phaseUs }) => phaseUs / MIN)).toEqual([7, 7, 7]);
    expect(copies({ repeat: false }).map(({ phaseUs }) => phaseUs)).toEqual([0, 0, 0]);
  });

  test("have phases in the spread that the file gives, from its phase on", () => {
    const minutes = copies({ count: 50, phase: "50m", spread: "20m" }).map(({ phaseUs }) => phaseUs / MIN);
    expect(Math.max(...minutes.filter((at) => at >= 50))).toBeGreaterThan(58);
    expect(Math.max(...minutes.filter((at) => at < 50))).toBeLessThan(10);
    expect(minutes.some((at) => at < 10)).toBe(true);
    expect(copies({ spread: "1s" }).every(({ phaseUs }) => phaseUs < S)).toBe(true);
    expect(copies({ spread: "9h" }).every(({ phaseUs }) => phaseUs < 60 * MIN)).toBe(true);
  });

  test("are powered on one after the other", () => {
    const vms = copies({ stagger: "20s", spread: 0 });
    expect(vms.map(({ onUs, touched }) => [onUs / S, touched])).toEqual([[0, 1], [20, 0], [40, 0]]); // biome-ignore format: a row
    expect(copies({ stagger: "20s", on: "1m" }).map(({ onUs }) => onUs / S)).toEqual([60, 80, 100]);
    const whole = folder.read({ vms: [{ trace: "a.json", count: 3, stagger: "20s", on: "1m" }] });
    expect(whole.durationUs / S).toBe(160);
  });

  test("share their trace, up to its phase", () => {
    const vms = Array.from({ length: 1000 }, (_, i) => ({ name: `n${i}`, trace: "a.json", phase: `${i % 60}s` }));
    const host = { memory: "99GiB" };
    const scenario = folder.read({ host, vms });
    const [first, second] = scenario.vms.map((vm) => vm.open().trace.workloads[0]?.anon);
    expect(scenario.vms[60]?.open().trace.workloads[0]?.anon).toBe(first);
    expect(second).not.toBe(first);
  });
});

describe("changes by a command line", () => {
  const read = (...sets: string[]) =>
    folder.read({ policy: "mom", vms: [{ trace: "a.json", name: "x.y" }, { trace: "long.json" }] }, { sets });

  test("replace values of the host, of its policy, of one VM and of all", () => {
    const host = read(
      "host.memory=99GiB",
      "host.reserved=1GiB",
      "host.largePages=true",
      "host.swap.size=3GiB",
      "host.swap.readCost=7us",
      "host.mom.pressure=0.3",
      "vms.x.y.shares=7",
      "vms.long.memory=2GiB",
      "vms.*.driver=vmmemctl",
      "vms.*.rates.alloc-max=4096",
      "vms.x.y.set.guest.swap=2GiB",
      "vms.long.on=90",
      "duration=2m",
      "seed=9",
      "vms.long.count=2",
      "vms.long.trace=virtio.json",
    );
    expect(host).toMatchObject({
      memory: 99 * GIB,
      reserved: GIB,
      largePages: true,
      swap: { size: 3 * GIB, readNs: 7000, writeNs: 50_000 },
      params: { pressure: 0.3, critical: 0.05 },
      durationUs: 2 * MIN,
      seed: "9",
      vms: [
        { name: "x.y", shares: 7, rates: { allocMax: 4096 } },
        { name: "virtio-1", shares: 1000, memory: 2 * GIB, rates: { allocMax: 4096 }, onUs: 90 * S },
        { name: "virtio-2", traceName: "virtio.json" },
      ],
    });
    expect(host.vms[0]?.open().trace.guest.swap).toBe(2 * GIB);
  });

  test.each([
    [
      "host.memory",
      "expected name=value, such as host.memory=96GiB, host.POLICY.PARAMETER=0.5 or vms.NAME.shares=2000",
    ],
    ["host.memory=5", "expected a size with its unit, such as 512MiB"],
    ["host.memry=5GiB", 'there is no "host.memry" in a host; did you mean "host.memory"?'],
    ["host.swap.siz=5GiB", 'there is no "host.swap.siz" in a host; did you mean "host.swap.size"?'],
    ["host.swap.readCost=5", "expected a cost such as"],
    ["host.esx.tax=0", 'the policy of the host is "mom", not "esx": set parameters of that one, or choose another one with --policy'], // biome-ignore format: a row
    ["host.mom.presure=0", 'unknown parameter "presure"; did you mean "pressure"?'],
    ["host.mom.pressure=7", "expected a number from 0.0001 to 1, found"],
    ["vms.z.shares=1", 'there is no VM "z" in the file (known: x.y, long)'],
    ["vms.long.share=1", 'there is no "share" to set of a VM; did you mean "shares"?'],
    ["vms.*.trace=b", 'there is no "trace" to set of all VMs (known: set, memory'],
    ["vms.long.count=0", "expected a whole number from 1 to 10000, found 0"],
    ["vms.*.shares=many", 'expected a number, found "many"'],
    ["vms.*.agent=1", 'expected true or false, found "1"'],
    ["vms.*.shares=-1", "expected a number from 0 to 1000000000, found -1"],
    ["vms.long.max=9GiB", "expected at most memory, which is 1GiB, found 9GiB"],
    ["vms.long.driver=vmw", 'the driver "vmw": unknown driver'],
    ["vms.long.rates.x=1", 'unknown constant "x"'],
    ["vms.long.shares.x=1", '"shares" has no members'],
    ["vms.long.set=1", "expected one value of it, such as vms.NAME.set.guest.swap=1GiB"],
    ["vms.long.set.guest.swp=1", 'unknown key "swp"; did you mean "swap"?'],
    ["vms.long.set.workloads.ap.anon=1", 'there is no "ap" in "workloads" of the trace'],
    ["time=5", 'there is no "time" in a host'],
    ["host.memory=50MiB", "50MiB are less than the 120MiB that the host itself, the VMs' reservations and their overhead need"], // biome-ignore format: a row
  ])("names --set %s", (set, expected) => {
    const message = messageOf(() => read(set));
    expect(message.startsWith(`--set ${set}: ${expected}`), message).toBe(true);
  });

  test("are each given once", () => {
    expect(messageOf(() => read("seed=1", "seed=2"))).toBe("--set seed=2: seed is set twice: set it once");
  });

  test("may choose another policy, without the parameters of the file's", () => {
    const policy = { name: "esx", params: { tax: 0 } };
    const mom = MOM as unknown as TargetPolicy;
    const host = folder.read({ policy }, { policy: mom, sets: ["host.mom.pressure=0.5"] });
    expect([host.policy.name, host.params.pressure]).toEqual(["mom", 0.5]);
    expect(host.assumed[0]).toBe("The parameters of the file's policy, esx, do not apply to mom.");
    expect(folder.read({ policy: "esx" }, { policy: mom }).assumed[0]).toMatch(/^The targets/);
    const mine: TargetPolicy = { ...mom, name: "mine" };
    expect(folder.read({}, { policy: mine }).policy).toBe(mine);
  });

  test("may give another seed", () => {
    expect(folder.read({ seed: "a" }, { seed: "b" }).seed).toBe("b");
  });
});

describe("problems of a host file", () => {
  const problem = (members: object) => folder.problems({ ...MINIMAL_HOST, ...members });
  const ofVm = (vm: object, members: object = {}) => problem({ ...members, vms: [{ trace: "a.json", ...vm }] });

  test("are all listed, in the order of the text", () => {
    expect(
      folder
        .problems({
          nam: 1,
          host: { memory: "4GB", swp: 1 },
          policy: { name: "esx", params: { tx: 1 } },
          vms: [{ trace: "b.json" }, { shares: -1 }, 7, { trace: "a.json", memory: "1MiB", min: "2MiB" }],
        })
        .map((line) => line.replace(`${folder.path}/`, "")),
    ).toEqual([
      'host.json:1:2: $.nam: unknown key "nam"; did you mean "name"?',
      'host.json:1:27: $.host.memory: expected a size such as "512MiB" or a whole number of pages, found "4GB" (units are binary: write "4GiB")', // biome-ignore format: a row
      'host.json:1:33: $.host.swp: unknown key "swp"; did you mean "swap"?',
      'host.json:1:80: $.policy.params.tx: unknown parameter "tx"; did you mean "tax"?',
      expect.stringMatching(
        /^host\.json:1:100: \$\.vms\[0\]\.trace: b\.json: no such file, and no bundled trace "b\.json"/,
      ),
      'host.json:1:110: $.vms[1]: "trace" is missing',
      "host.json:1:120: $.vms[1].shares: expected a number from 0 to 1000000000, found -1",
      "host.json:1:124: $.vms[2]: expected an object, found 7",
      "host.json:1:166: $.vms[3].min: expected at most max, which is 1MiB, found 2MiB",
    ]);
  });

  test("are told with the first one where a host is wanted, and with the command that lists them", () => {
    const messageOf = (members: object, changes = {}): string => {
      try {
        folder.read(members, changes);
      } catch (error) {
        return (error as Error).message.replaceAll(`${folder.path}/`, "");
      }
      return "";
    };
    expect(messageOf({ nam: 1 })).toBe('host.json:1:71: $.nam: unknown key "nam"; did you mean "name"?');
    expect(messageOf({ nam: 1, seeed: 2, durationn: 3 })).toBe(
      'host.json:1:71: $.nam: unknown key "nam"; did you mean "name"? (and 2 more: balloon-sim validate host.json)',
    );
    // What the command line adds is not in the file.
    expect(messageOf({ nam: 1 }, { sets: ["vms.a.shares=-1"] })).toBe(
      "--set vms.a.shares=-1: expected a number from 0 to 1000000000, found -1",
    );
  });

  test.each<[string, object, RegExp]>([
    [
      "a number of bytes as a size",
      { host: { memory: 68719476736 } },
      /\$\.host\.memory: a size without a unit is a number of pages of 4 KiB, and 68719476736 of them are 256TiB: write it with its unit, "256TiB", 68719476736 bytes "64GiB"$/,
    ],
    [
      "one of a VM",
      { vms: [{ trace: "a.json", memory: 2 ** 28 }] },
      /\$\.vms\[0\]\.memory: a size without a unit .* are 1TiB: /,
    ],
    [
      "a number of MiB as the host's memory",
      { host: { memory: 65_536 } },
      /\$\.host\.memory: 65536 without a unit is a number of pages of 4 KiB, and 256MiB need their unit: did you mean "65536MiB"\?$/,
    ],
    [
      "one of GiB as a VM's",
      { vms: [{ trace: "a.json", memory: 8 }] },
      /\$\.vms\[0\]\.memory: 8 without a unit .* and 32KiB need their unit: did you mean "8GiB"\?$/,
    ],
    [
      "one of MiB as another size",
      { vms: [{ trace: "a.json", overhead: 60 }] },
      /\$\.vms\[0\]\.overhead: 60 without a unit .* and 240KiB need their unit: did you mean "60MiB"\?$/,
    ],
    ["no VM", { vms: [] }, /\$\.vms: expected at least one VM/],
    [
      "an unknown policy",
      { policy: "exs" },
      /\$\.policy: the policy "exs": unknown policy of a host: expected esx, .*; did you mean "esx"\?/,
    ],
    ["a policy without a name", { policy: {} }, /\$\.policy: "name" is missing/],
    ["a foreign format", { format: "x" }, /\$\.format: this is no host file: expected "balloon-sim\/host", found "x"/],
    ["a new version", { version: 2 }, /\$\.version: expected version 1/],
    [
      "a setting of one VM for all",
      { defaults: { trace: "x" } },
      /unknown key "trace": each VM has its own trace; give it in "vms"/,
    ],
    ["a bad setting for all", { defaults: { min: "9GiB" } }, /\$\.defaults\.min: expected at most max, which is 4GiB/],
    [
      "two VMs of a name",
      { vms: [{ trace: "a.json" }, { trace: "a.json" }] },
      /\$\.vms\[1\]: a second VM named a: give it a "name"/,
    ],
    [
      "a copy of a name",
      {
        vms: [
          { trace: "a.json", count: 2 },
          { name: "a-2", trace: "a.json" },
        ],
      },
      /\$\.vms\[1\]\.name: a second VM named a-2/,
    ],
    [
      "too many VMs",
      { vms: [{ trace: "a.json", count: 10_000 }, { trace: "a.json" }] },
      /1:1: \$: a host of 10001 VMs, expected at most 10000/,
    ],
    ["too little memory", { host: { memory: "30MiB" } }, /\$\.host\.memory: 30MiB are less than the 60MiB/],
  ])("%s", (_, members, expected) => {
    const problems = problem(members);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  test.each<[string, object, RegExp]>([
    ["a bad name", { name: "a b" }, /\$\.vms\[0\]\.name: expected a name of letters/],
    ["no copy", { count: 0 }, /\$\.vms\[0\]\.count: expected a whole number from 1/],
    ["a limit above the memory", { limit: "5GiB" }, /\.limit: expected at most memory, which is 4GiB, found 5GiB/],
    ["a reservation above the limit", { limit: "2GiB", reservation: "3GiB" }, /\.reservation: expected at most limit/],
    ["a target above the maximum", { max: "2GiB", target: "3GiB" }, /\.target: expected at most max/],
    ["off before on", { on: "2m", off: "1m" }, /\.off: 1m is not after the VM is powered on, at 2m/],
    [
      "off before the last copy",
      { count: 3, stagger: "1m", off: "2m" },
      /\.off: 2m is not after the VM is powered on, at 2m/,
    ],
    ["a spread of one VM", { spread: "1m" }, /\.spread: is for copies of a VM: give a "count", too/],
    ["a phase behind the trace", { phase: "1m" }, /\.phase: expected less than 1m, the length of the trace/],
    ["a target of the trace", { set: { "host.target": 1 } }, /the policy of the host sets the target/],
    ["another name", { set: { name: "x" } }, /\$\.vms\[0\]\.set\.name: "name" is no path in a trace/],
    ["an empty step", { set: { "guest..swap": 1 } }, /"guest\.\.swap" is no path in a trace/],
    [
      "a bad value for the trace",
      { set: { "guest.swap": "1GB" } },
      /\$\.vms\[0\]\.set\["guest\.swap"\]: expected a size/,
    ],
    [
      "an unknown workload",
      { set: { "workloads.ap.touch": 0 } },
      /there is no "ap" in "workloads" of the trace; did you mean "app"\?/,
    ],
    [
      "memory twice",
      { memory: "1GiB", set: { "guest.memory": 5 } },
      /\.set\["guest\.memory"\]: the memory of the VM is given twice/,
    ],
    [
      "a series of rows",
      { trace: "rows.jsonl", set: { "workloads.app.anon": 5 } },
      /the values of this series are in rows/,
    ],
    ["an unknown driver", { driver: "vmw" }, /\.driver: the driver "vmw": unknown driver: expected/],
    [
      "a driver that the guest can't have",
      { driver: "virtio-balloon", set: { "guest.profile": "balloon-hw" } },
      /\.driver: \$\.guest\.profile: the balloon of balloon-hw is a daemon's/,
    ],
    [
      "a constant of another driver",
      { driver: "virtio-balloon", rates: { "alloc-max": 1 } },
      /\.rates(?:\.alloc-max|\["alloc-max"\]): "alloc-max" is a constant of vmmemctl and open-vm-tools, and the driver here is virtio-balloon/,
    ],
    ["a constant that is no number", { rates: { "alloc-max": "x" } }, /alloc-max.*: expected/],
    [
      "rates of another driver",
      { driver: "virtio-balloon", rates: "rates.json" },
      /\$\.vms\[0\]\.rates: rates\.json|\.rates: .*rates\.json:1:2: \$\.driver: these are rates of the driver "vmmemctl"/,
    ],
    ["no rates file", { rates: "none.json" }, /\.rates: .*none\.json: no such file/],
  ])("of a VM: %s", (_, vm, expected) => {
    const problems = ofVm(vm);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });

  test("of too little memory count the VMs that are on at the same time", () => {
    const vm = (on: string, off: string) => ({ name: on, trace: "a.json", reservation: "3GiB", overhead: 0, on, off });
    const host = { memory: "5GiB" };
    expect(problem({ host, vms: [vm("1m", "2m"), vm("2m", "3m"), vm("0s", "1m")] })).toEqual([]);
    expect(problem({ host, vms: [vm("1m", "3m"), vm("2m", "4m")] })[0]).toMatch(/5GiB are less than the 6GiB/);
    expect(problem({ host: { ...host, reserved: "3GiB" }, vms: [vm("1m", "3m")] })[0]).toMatch(/less than the 6GiB/);
  });

  test("of a trace name its own place, and that the VM changes it", () => {
    folder.write(
      "bad.json",
      '{"format": "balloon-sim/trace", "version": 1, "duration": 1, "guest": {"memory": "1GB"}}',
    );
    expect(ofVm({ trace: "bad.json" })[0]).toMatch(
      /^host\.json:1:\d+: \$\.vms\[0\]\.trace: .*bad\.json:1:82: \$\.guest\.memory: expected a size/,
    );
    folder.trace("kernel.json", { guest: { memory: "1GiB", kernelMemory: "512MiB" } });
    expect(ofVm({ trace: "kernel.json", memory: "256MiB" })[0]).toMatch(
      /512MiB of kernel memory in a guest of 256MiB \(with the settings of this VM\)$/,
    );
  });

  test("of rows are found with the length of the trace", () => {
    folder.write(
      "torn.jsonl",
      linesText({ workloads: [{ name: "a" }], rows: { anon: {} } }, [{ t: 0, anon: 1 }, { t: 0 }]),
    );
    expect(ofVm({ trace: "torn.jsonl" })[0]).toMatch(/\$\.vms\[0\]\.trace: .*torn\.jsonl:3:6: \$\.t: /);
  });

  test("are one line each, whatever the text contains", () => {
    for (const line of [
      ...ofVm({ name: "\u001b[31m\n" }),
      ...ofVm({ "\u001b\n": 1 }),
      ...ofVm({ trace: "\n\u001b" }),
    ]) {
      expect(line).toMatch(/^[ -~…]*$/);
    }
  });
});
