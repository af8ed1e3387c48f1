import { describe, expect, test } from "vitest";
import { DEFAULT_RATES, VMMEMCTL } from "../../../src/engine/index.ts";
import { parseLabLog } from "../../../src/sim/fidelity/lab/log.ts";
import { parseSettings } from "../../../src/sim/fidelity/lab/settings.ts";
import { driverRunText, labRunText, vmRunText } from "../../support/data/lab-runs.ts";

const LOG = labRunText("refusals.1.csv");
const parse = (text: string) => parseLabLog(text, "run.csv");
/** The log with one of its lines changed. */
const withLine = (number: number, change: (line: string) => string): string =>
  LOG.split("\n")
    .map((line, i) => (i === number - 1 ? change(line) : line))
    .join("\n");

describe("a log of the lab", () => {
  test("is read to its last row", () => {
    const log = parse(LOG);
    expect(log.settingsText).toMatch(/^mem=512M swap=1 hog=50 targets=/);
    expect(log.watermarks).toEqual({ min: 702, low: 877, high: 1052, line: 3 });
    expect([log.memTotalKib, log.swapTotalKib]).toEqual([495_304, 1_048_572]);
    expect(log.column("t_s")).toHaveLength(28);
    expect([log.column("t_s")[0], log.column("t_s").at(-1)]).toEqual([0, 27.019]);
    expect(log.column("size").slice(0, 4)).toEqual([0, 0, 16_385, 30_000]);
  });

  test("may hold lines of the guest's kernel between its rows", () => {
    const text = labRunText("spike-oom.1.csv");
    expect(text).toMatch(/^Out of memory: Killed process/m);
    expect(parse(text).column("oom_kill").at(-1)).toBe(1);
  });

  test("of the VM lab has several zones, the load, and figures that are missing", () => {
    const log = parse(vmRunText("seed-thp-static.csv"));
    expect(log.watermarks).toEqual({ min: 11_263, low: 14_078, high: 16_893, line: 4 });
    expect([log.memTotalKib, log.column("size").at(-1)]).toEqual([996_312, 50_000]);
    const text = vmRunText("mainline-4k-swap.csv").replace("driver=mainline ", "").replace("caps=0x2 ", "");
    expect(() => parse(text)).toThrow(/^run\.csv:\d+: rate_alloc: expected a number of 0 or more, found "-1"$/);
    // Mainline's driver has none, and virtio_balloon has no figures but its size.
    const mainline = parse(vmRunText("mainline-4k-swap.csv"));
    expect(mainline.column("rate_alloc").every(Number.isNaN)).toBe(true);
    const none = ["rate_alloc", "rate_free", "nosleep", "nosleep_fail", "sleep", "sleep_fail"];
    expect([mainline.missing, parse(driverRunText("virtio-static.1.csv")).missing]).toEqual([none, none]);
    expect(log.missing).toEqual([]);
    // A figure that is missing now and then is not.
    expect(parse(text.replace(/,-1(?=,)/g, ",5").replace(/^(8\.[^,]*(?:,\d+){3}),5,/m, "$1,-1,")).missing).toEqual([]);
    const damaged = driverRunText("virtio-static.1.csv").replace(/^(5\.\d+,\d+),\d+,/m, "$1,-1,");
    expect(() => parse(damaged)).toThrow('size: expected a number of 0 or more, found "-1"');
  });

  test("may have been moved to a system with other line ends", () => {
    expect(parse(LOG.replaceAll("\n", "\r\n")).column("size")).toEqual(parse(LOG).column("size"));
  });

  test.each([
    ["", 'run.csv:1: expected the settings of a run of a lab, such as "# mem=1024M …", found an empty line'],
    [withLine(2, () => "# lab"), 'run.csv:2: expected "# lab kernel VERSION", found "# lab"'],
    [
      withLine(3, (line) => line.replace(" high", "")),
      'run.csv:3: expected "# zone pages: pages free N min N low N high N", found "# zone pages: pages free 121496 min 702 low 877…"',
    ],
    [
      withLine(4, () => "# MemTotal: much"),
      'run.csv:4: expected "# MemTotal: N kB SwapTotal: N kB", found "# MemTotal: much"',
    ],
    [
      withLine(5, () => "time,size"),
      'run.csv:5: expected the heading of the rows, which begins with "t_s,", found "time,size"',
    ],
    [withLine(5, (line) => line.replace("psi_full_us", "psi")), 'run.csv:5: there is no column "psi_full_us"'],
    [withLine(7, (line) => line.slice(0, 20)), "run.csv:7: expected 23 values, found 5: the row is damaged"],
    [
      withLine(7, (line) => line.replace(/,0,2048,/, ",-1,2048,")),
      'run.csv:7: size: expected a number of 0 or more, found "-1"',
    ],
    [
      withLine(5, (line) => line.replace("rate_free", "rate\u0089\u202e")).replace(
        /^(\d[^,]*,\d+,\d+,\d+),\d+/m,
        "$1,x",
      ),
      'run.csv:6: rate\\u{89}\\u{202e}: expected a number of 0 or more, found "x"',
    ],
    [
      withLine(8, (line) => line.replace(/^[\d.]+/, "1.001")),
      "run.csv:8: t_s: expected more than the 1.001 of the row before, found 1.001",
    ],
    [LOG.slice(0, LOG.length >> 1), 'run.csv: ends without "# end": the recording was cut off; record the run again'],
    [`${LOG.split("\n").slice(0, 6).join("\n")}\n# end\n`, "run.csv:7: expected two rows at least, found 1"],
  ])("that is damaged is refused in one line (%#)", (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe("settings", () => {
  test("name the driver and what the host grants", () => {
    const { policy, capabilities, rates } = parseSettings("mem=1024M cpus=2 driver=mainline caps=0xe", "run.csv:1");
    expect([policy.name, capabilities, rates]).toEqual(["vmw-balloon", ["batched", "batched-2m"], policy.defaults]);
    expect(parseSettings("mem=1024M cpus=2 driver=mainline", "run.csv:1").capabilities).toEqual([]);
  });

  test("of a virtio device may have its feature deflate-on-oom", () => {
    const onOom = (more: string) => {
      const { policy, rates } = parseSettings(`mem=1024M cpus=2 driver=virtio ${more}`, "run.csv:1");
      return [policy.name, rates.deflateOnOom];
    };
    expect([onOom(""), onOom("deflate_on_oom=off"), onOom("deflate_on_oom=on")]).toEqual([
      ["virtio-balloon", 0],
      ["virtio-balloon", 0],
      ["virtio-balloon", 1],
    ]);
  });

  test("that are left out are those of the lab's script", () => {
    expect(parseSettings("mem=1024M", "run.csv:1")).toEqual({
      isVirtualMachine: false,
      cpus: 1,
      hogs: [
        { mib: 0, mibPerSecond: 0, atSeconds: 0 },
        { mib: 0, mibPerSecond: 0, atSeconds: 10 },
        { mib: 0, mibPerSecond: 0, atSeconds: 10 },
      ],
      hogStopSeconds: null,
      cacheMib: 0,
      rereadMib: 0,
      dirtyMib: 0,
      spinners: 0,
      targets: [
        [2, 50_000],
        [32, 0],
      ],
      refusals: [],
      resets: [],
      seconds: 60,
      policy: VMMEMCTL,
      daemon: null,
      rates: DEFAULT_RATES,
      capabilities: [],
      swappiness: null,
      thp: "never",
      lru: "classic",
      diskCosts: {},
      unmodelled: [],
    });
  });

  test("of the VM lab have processors, rates in a list, and huge pages unless they are disabled", () => {
    const settings = (more: string) => parseSettings(`mem=1024M cpus=4 driver=seed ${more}`, "run.csv:1");
    const { cpus, rates, swappiness, unmodelled } = settings("rates=alloc_max=4096,slow_cycles=1 swappiness=10 text=1");
    expect([cpus, rates, swappiness]).toEqual([4, { ...DEFAULT_RATES, allocMax: 4096, slowCycles: 1 }, 10]);
    expect(unmodelled).toEqual([]);
    const thp = (more: string) => settings(more).thp;
    expect([thp(""), thp("thp=always"), thp("thp=madvise"), thp("thp=never")]).toEqual([
      "always",
      "always",
      "madvise",
      "never",
    ]);
    expect(() => settings("thp=sometimes")).toThrow('thp: expected one of never, madvise, always, found "sometimes"');
    expect(settings("thp=never mglru=y")).toMatchObject({ unmodelled: [], lru: "mglru" });
    expect(settings("thp=madvise mglru=n")).toMatchObject({ unmodelled: [], lru: "classic" });
  });

  test("hold from second 2 on, for as long as they say", () => {
    const { targets } = parseSettings("mem=1024M target=70000 hold=5 target2=100", "run.csv:1");
    expect(targets).toEqual([
      [2, 70_000],
      [7, 100],
    ]);
  });

  test("may be lists", () => {
    const settings = parseSettings(
      "mem=512M targets=1:30000,8:10000 refuse=16:5@3,2000:2@15 resets=20,24",
      "run.csv:1",
    );
    expect(settings.targets).toEqual([
      [1, 30_000],
      [8, 10_000],
    ]);
    expect(settings.refusals).toEqual([
      { count: 16, status: 5, atSeconds: 3 },
      { count: 2000, status: 2, atSeconds: 15 },
    ]);
    expect(settings.resets).toEqual([20, 24]);
  });

  test("may be the driver's constants", () => {
    const { rates } = parseSettings(
      "mem=1024M fakehost_nosleep_alloc_max=4096 fakehost_alloc_min=64 fakehost_alloc_max=512 fakehost_alloc_inc=4 fakehost_free_min=8 fakehost_free_max=2048 fakehost_free_inc=2 fakehost_slow_cycles=8",
      "run.csv:1",
    );
    expect(rates).toEqual({
      ...DEFAULT_RATES,
      nosleepAllocMax: 4096,
      allocMin: 64,
      allocMax: 512,
      allocInc: 4,
      freeMin: 8,
      freeMax: 2048,
      freeInc: 2,
      slowCycles: 8,
    });
  });

  test.each([
    ["mem=1024M hogg=3", 'run.csv:1: the lab has no setting "hogg"; did you mean "hog"?'],
    ["mem=lots", 'run.csv:1: mem: expected the machine\'s memory, such as 1024M, found "lots"'],
    ["mem=1024M hog", 'run.csv:1: expected settings such as hog=300, found "hog"'],
    ["mem=1024M hog=many", 'run.csv:1: hog: expected a whole number, found "many"'],
    ["mem=1024M targets=2", 'run.csv:1: targets: expected SECONDS:PAGES, found "2"'],
    ["mem=1024M refuse=3@1", 'run.csv:1: refuse: expected COUNT:STATUS@SECONDS, found "3@1"'],
    ["mem=1024M resets=x", 'run.csv:1: resets: expected a whole number, found "x"'],
    ["mem=1024M fakehost_alloc_min=4096", "run.csv:1: alloc-min"],
    [
      "mem=1024M cpus=2 rates=alloc_mx=4",
      'run.csv:1: rates: expected constants such as alloc_max=4096, found "alloc_mx=4"; did you mean "alloc_max"?',
    ],
    [
      "mem=1024M cpus=2 driver=none",
      "run.csv:1: driver=none: can't be replayed: expected a driver that the simulation knows: seed (vmmemctl), mainline (vmw-balloon), virtio (virtio-balloon), balloon-hw (vmmemctl)",
    ],
    ["mem=1024M cpus=2 driver=mainline caps=14", "run.csv:1: caps: expected bits such as 0xe, found"],
    ["mem=1024M cpus=2 driver=mainline caps=0x40", "run.csv:1: caps: the protocol has no capability 0x40"],
    ["mem=1024M cpus=2 driver=mainline rates=alloc_max=4096", "run.csv:1: rates: vmw-balloon has no such constants"],
    ["mem=1024M cpus=2 driver=virtio rates=alloc_max=4096", "run.csv:1: rates: virtio-balloon has no such constants"],
    ["mem=1024M cpus=2 driver=virtio deflate_on_oom=1", 'run.csv:1: deflate_on_oom: expected on or off, found "1"'],
    ["mem=1024M cpus=2 deflate_on_oom=on", "run.csv:1: deflate_on_oom: vmmemctl has no such feature"],
  ])("that can't be are refused: %s", (text, message) => {
    expect(() => parseSettings(text, "run.csv:1")).toThrow(message);
  });
});
