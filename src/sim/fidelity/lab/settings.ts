import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote } from "../../../common/quote.ts";
import { type Pages, type Percent, parseSizeArgument, type Seconds } from "../../../common/units.ts";
import {
  type BalloonPolicy,
  Capability,
  ParamError,
  type Params,
  VIRTIO_BALLOON,
  VMMEMCTL,
  VMW_BALLOON,
} from "../../../engine/index.ts";
import { CAPABILITY_NAMES } from "../../trace/sections/host.ts";
import { type Costs, type LruName, THP_MODES, type ThpMode } from "../../trace/types.ts";

/** A workload of the lab that touches anonymous memory. */
export interface Hog {
  /** Memory that it touches at the beginning, in MiB. */
  readonly mib: number;
  /** Part of it that it touches again every second, in order, in MiB. */
  readonly mibPerSecond: number;
  /** When it begins, in seconds. */
  readonly atSeconds: number;
}

/** The limits of the daemon in a run with `driver=balloon-hw`; null: its defaults. */
export interface LabDaemon {
  readonly floor: Pages | null;
  readonly psiLimit: Percent | null;
}

/** The settings of a run of a lab; missing ones have their defaults. */
export interface LabSettings {
  /** Whether it is a run of the VM lab, whose settings have the guest's processors. */
  readonly isVirtualMachine: boolean;
  /** Processors of the guest. */
  readonly cpus: number;
  /** The workloads that touch anonymous memory. The first one is already running when the run begins. */
  readonly hogs: readonly [Hog, Hog, Hog];
  /** When the first of them is killed, in seconds; null: never. */
  readonly hogStopSeconds: Seconds | null;
  /**
   * Size of a file that was read before the run, and of its part that is read repeatedly with pauses of a second, in
   * MiB.
   */
  readonly cacheMib: number;
  readonly rereadMib: number;
  /** Size of a file that is written again and again, with pauses of a second, in MiB. */
  readonly dirtyMib: number;
  /** Processes that do nothing but use a processor. */
  readonly spinners: number;
  /** Changes of the target: the time since the run began, and the target. */
  readonly targets: readonly (readonly [Seconds, Pages])[];
  readonly refusals: readonly { readonly atSeconds: number; readonly count: number; readonly status: number }[];
  readonly resets: readonly Seconds[];
  readonly seconds: Seconds;
  /** The policy of the guest's balloon driver. */
  readonly policy: BalloonPolicy;
  /** The daemon, if the driver is `balloon-hw`; null: it is the kernel's. */
  readonly daemon: LabDaemon | null;
  /** The driver's constants. */
  readonly rates: Params;
  /** What the host grants, by the names that traces use. */
  readonly capabilities: readonly string[];
  /** Huge pages of anonymous memory. */
  readonly thp: ThpMode;
  /** Least costs of the run's disk for swap, whatever the machine; empty: its disk is in RAM. */
  readonly diskCosts: Partial<Costs>;
  /** Settings with an effect that the simulation does not model, with their meaning: `mapped=400 (a …)`. */
  readonly unmodelled: readonly string[];
  /** The kernel's LRU. */
  readonly lru: LruName;
  /** `vm.swappiness`; null: the kernel's default. */
  readonly swappiness: number | null;
}

/** Defaults of the labs' scripts. */
const DEFAULTS = { target: 50_000, hold: 30, target2: 0, secs: 60, hogAt: 10, targetAt: 2 } as const;

const NUMBERS = [
  ...["swap", "hog", "hograte", "hog2", "hog2rate", "hog2at", "hog3", "hog3rate", "hog3at", "hogstop"],
  ...[
    "cache",
    "reread",
    "dirty",
    "mapped",
    "mappedrate",
    "spin",
    "cgroup",
    "target",
    "hold",
    "target2",
    "secs",
    "cpus",
    "swappiness",
    "text",
    "steals",
    "stress",
    "psi_limit",
  ],
] as const;
const LISTS = ["targets", "refuse", "resets", "rates"] as const;
const WORDS = [
  "disk",
  "driver",
  "caps",
  "deflate_on_oom",
  "thp",
  "mglru",
  "addram",
  "freeze",
  "snapshot",
  "protocol",
  "floor",
  "events",
] as const;

/** Parameters of the driver, vmmemctl, by their names as parameters of the VM lab's module (`rates=`). */
const RATES: ReadonlyMap<string, string> = new Map(
  VMMEMCTL.params.map(({ key, name }) => [name.replaceAll("-", "_"), key]),
);
/** What precedes these names on the command line of the kernel lab's kernel. */
const KERNEL_LAB_PREFIX = "fakehost_";

/** The names of all settings, each once. */
export const LAB_SETTING_NAMES: readonly string[] = [
  ...["mem", ...NUMBERS, ...LISTS, ...WORDS],
  ...[...RATES.keys()].map((name) => `${KERNEL_LAB_PREFIX}${name}`),
];

/**
 * Parses the line of a run's settings, without its `# `: `mem=1024M swap=1 hog=300 …`.
 * @param place of the line, for messages
 * @throws {InputError} if a setting is unknown, or its value is invalid
 */
export function parseSettings(line: string, place: string): LabSettings {
  const texts = new Map<string, string>();
  for (const word of line.split(/\s+/).filter((w) => w !== "")) {
    const [, name = "", value = ""] = /^([a-z0-9_]+)=(\S+)$/.exec(word) ?? [];
    if (name === "") throw new InputError(`${place}: expected settings such as hog=300, found ${quote(word)}`);
    if (!LAB_SETTING_NAMES.includes(name)) {
      throw new InputError(`${place}: the lab has no setting ${quote(name)}${didYouMean(name, LAB_SETTING_NAMES)}`);
    }
    texts.set(name, value);
  }
  const memory = texts.get("mem") ?? "";
  if (!/^\d+[KMG]?$/.test(memory)) {
    throw new InputError(`${place}: mem: expected the machine's memory, such as 1024M, found ${quote(memory)}`);
  }
  const policy = policyOf(texts.get("driver"), place);
  const number = (name: (typeof NUMBERS)[number], otherwise = 0): number => {
    const text = texts.get(name);
    return text === undefined ? otherwise : wholeNumber(text, name, place);
  };
  const list = (name: (typeof LISTS)[number]): string[] => texts.get(name)?.split(",") ?? [];
  return {
    isVirtualMachine: isVirtualMachine(texts),
    cpus: Math.max(1, number("cpus", 1)),
    hogs: [
      { mib: number("hog"), mibPerSecond: number("hograte"), atSeconds: 0 },
      { mib: number("hog2"), mibPerSecond: number("hog2rate"), atSeconds: number("hog2at", DEFAULTS.hogAt) },
      { mib: number("hog3"), mibPerSecond: number("hog3rate"), atSeconds: number("hog3at", DEFAULTS.hogAt) },
    ],
    // The scripts take 0 for no stop.
    hogStopSeconds: number("hogstop") === 0 ? null : number("hogstop"),
    cacheMib: number("cache"),
    rereadMib: number("reread"),
    dirtyMib: number("dirty"),
    spinners: number("spin"),
    targets: texts.has("targets")
      ? list("targets").map((entry) =>
          fields<[number, number]>(entry, /^(\d+):(\d+)$/, "targets", "SECONDS:PAGES", place),
        )
      : [
          [DEFAULTS.targetAt, number("target", DEFAULTS.target)],
          [DEFAULTS.targetAt + number("hold", DEFAULTS.hold), number("target2", DEFAULTS.target2)],
        ],
    refusals: list("refuse").map((entry) => {
      const [count, status, atSeconds] = fields<[number, number, number]>(
        entry,
        /^(\d+):(\d+)@(\d+)$/,
        "refuse",
        "COUNT:STATUS@SECONDS",
        place,
      );
      return { atSeconds, count, status };
    }),
    resets: list("resets").map((entry) => wholeNumber(entry, "resets", place)),
    seconds: number("secs", DEFAULTS.secs),
    policy,
    daemon:
      texts.get("driver") === DAEMON
        ? { floor: floorOf(texts.get("floor"), place), psiLimit: texts.has("psi_limit") ? number("psi_limit") : null }
        : null,
    rates: ratesOf(policy, texts, place),
    capabilities: capabilitiesOf(texts.get("caps"), place),
    // The labs' kernels have the classic LRU unless told otherwise.
    lru: /^(?:n|0)/.test(texts.get("mglru") ?? "n") ? "classic" : "mglru",
    swappiness: texts.has("swappiness") ? number("swappiness") : null,
    thp: thpOf(texts, place),
    diskCosts: diskCostsOf(texts.get("disk"), place),
    unmodelled: unmodelledOf(texts),
  };
}

/** The driver that is the daemon of this package. */
const DAEMON = "balloon-hw";

/** The policies of the drivers that the labs run, by the values of `driver`. */
const DRIVERS: ReadonlyMap<string, BalloonPolicy> = new Map<string, BalloonPolicy>([
  ["seed", VMMEMCTL],
  ["mainline", VMW_BALLOON],
  ["virtio", VIRTIO_BALLOON],
  [DAEMON, VMMEMCTL],
]);

/** @throws {InputError} if the run has a balloon driver that the simulation does not know, or none */
function policyOf(driver: string | undefined, place: string): BalloonPolicy {
  const policy = DRIVERS.get(driver ?? "seed");
  if (policy !== undefined) return policy;
  const known = [...DRIVERS].map(([name, { name: is }]) => `${name} (${is})`).join(", ");
  throw new InputError(
    `${place}: driver=${driver}: can't be replayed: expected a driver that the simulation knows: ${known}`,
  );
}

function floorOf(text: string | undefined, place: string): Pages | null {
  if (text === undefined) return null;
  try {
    return parseSizeArgument(text);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${place}: floor: ${error.message}`);
    throw error;
  }
}

/** The lab's host grants nothing but the basic commands unless told otherwise. */
function capabilitiesOf(caps: string | undefined, place: string): string[] {
  const bits = Number(caps ?? "0x2");
  if (!/^0x[0-9a-f]{1,8}$/.test(caps ?? "0x2")) {
    throw new InputError(`${place}: caps: expected bits such as 0xe, found ${quote(caps as string)}`);
  }
  const granted = Object.entries(CAPABILITY_NAMES).filter(([, bit]) => (bits & bit) !== 0);
  const unknown = bits & ~granted.reduce((sum, [, bit]) => sum | bit, Capability.Basic as number);
  if (unknown !== 0) throw new InputError(`${place}: caps: the protocol has no capability 0x${unknown.toString(16)}`);
  return granted.map(([name]) => name);
}

/**
 * What a page costs on the disks of the VM lab: measured in its guest, because a request takes longer than run.sh's latency
 * and bandwidth say. QEMU's main loop waits for timers in whole milliseconds (util/async.c `aio_ctx_prepare()`): a fault that
 * reads eight pages from `ssd`, 100 µs and 82 µs of transfer, waits for a millisecond.
 *
 * The command is
 *
 *     INIT=/init-measure DATA=lab/build/vm/daemon.img lab/vm/run.sh 1024M swap=1024 disk=ssd secs=40
 *
 * that is `calibrate --here --swap` in the idle guest: pages are touched in order, so faults read eight of them. The values
 * are means of two medians, of 15 and 15 (`ssd`), and of 6 and 10 passes (`san`). docs/fidelity.md has the spread. Unmapping
 * is part of the writes.
 */
const DISKS: ReadonlyMap<string, Partial<Costs>> = new Map<string, Partial<Costs>>([
  ["ram", {}],
  ["ssd", { swapReadNs: 130_000, swapFaultNs: 43_000, swapWriteNs: 15_400 }],
  ["san", { swapReadNs: 185_000, swapFaultNs: 50_000, swapWriteNs: 54_000 }],
]);

function diskCostsOf(disk: string | undefined, place: string): Partial<Costs> {
  const costs = DISKS.get(disk ?? "ram");
  if (costs !== undefined) return costs;
  throw new InputError(
    `${place}: disk: expected one of ${[...DISKS.keys()].join(", ")}, found ${quote(disk as string)}`,
  );
}

const isVirtualMachine = (texts: ReadonlyMap<string, string>): boolean => texts.has("cpus");

/** Settings that add what the simulation does not model, unless they are 0. */
const UNMODELLED = [
  ["mapped", "a mapped file"],
  ["cgroup", "a memory cgroup with a limit"],
  ["addram", "RAM added during the run"],
  ["freeze", "the machine stands still"],
  ["stress", "a host that does something random each second"],
  ["snapshot", "the machine is saved and goes on"],
] as const;

/** The settings that the simulation does not model. */
function unmodelledOf(texts: ReadonlyMap<string, string>): string[] {
  const settings = UNMODELLED.flatMap(([name, meaning]) => {
    const value = texts.get(name);
    return value === undefined || value === "0" ? [] : [`${name}=${value} (${meaning})`];
  });
  return texts.get("driver") === DAEMON ? [`driver=${DAEMON} (how it uses its own memory)`, ...settings] : settings;
}

/** Huge pages: the VM lab enables them unless told otherwise; the kernel lab's kernel has none. */
function thpOf(texts: ReadonlyMap<string, string>, place: string): ThpMode {
  const text = texts.get("thp") ?? (isVirtualMachine(texts) ? "always" : "never");
  const mode = THP_MODES.find((name) => name === text);
  if (mode !== undefined && (mode === "never" || isVirtualMachine(texts))) return mode;
  if (mode !== undefined)
    throw new InputError(`${place}: thp=${mode}: the kernel lab's kernel has no huge pages: expected thp=never`);
  throw new InputError(`${place}: thp: expected one of ${THP_MODES.join(", ")}, found ${quote(text)}`);
}

function ratesOf(policy: BalloonPolicy, texts: ReadonlyMap<string, string>, place: string): Params {
  const onOom = deflateOnOom(policy, texts, place);
  if (policy !== VMMEMCTL) {
    if (texts.has("rates")) throw new InputError(`${place}: rates: ${policy.name} has no such constants`);
    return { ...policy.defaults, ...onOom };
  }
  const rates: Record<string, number> = { ...VMMEMCTL.defaults };
  for (const [name, key] of RATES) {
    const text = texts.get(`${KERNEL_LAB_PREFIX}${name}`);
    if (text !== undefined) rates[key] = wholeNumber(text, name, place);
  }
  for (const entry of texts.get("rates")?.split(",") ?? []) {
    const [, name = "", text = ""] = /^([a-z_]+)=(\d+)$/.exec(entry) ?? [];
    const key = RATES.get(name);
    if (key === undefined) {
      const names = [...RATES.keys()];
      throw new InputError(
        `${place}: rates: expected constants such as alloc_max=4096, found ${quote(entry)}${didYouMean(name, names)}`,
      );
    }
    rates[key] = wholeNumber(text, name, place);
  }
  try {
    VMMEMCTL.validate(rates);
  } catch (error) {
    if (error instanceof ParamError) throw new InputError(`${place}: ${error.message}`);
    throw error;
  }
  return rates;
}

/** What the device's feature of this name adds to the constants. */
function deflateOnOom(policy: BalloonPolicy, texts: ReadonlyMap<string, string>, place: string): Params {
  const text = texts.get("deflate_on_oom");
  if (text === undefined) return {};
  if (policy !== VIRTIO_BALLOON) throw new InputError(`${place}: deflate_on_oom: ${policy.name} has no such feature`);
  if (text !== "on" && text !== "off") {
    throw new InputError(`${place}: deflate_on_oom: expected on or off, found ${quote(text)}`);
  }
  return { deflateOnOom: text === "on" ? 1 : 0 };
}

const MAX_DIGITS = 12;

function wholeNumber(text: string, name: string, place: string): number {
  if (/^\d+$/.test(text) && text.length <= MAX_DIGITS) return Number(text);
  throw new InputError(`${place}: ${name}: expected a whole number, found ${quote(text)}`);
}

/** The numbers of an entry of a list. */
function fields<T extends number[]>(entry: string, pattern: RegExp, name: string, form: string, place: string): T {
  const match = pattern.exec(entry);
  if (match === null) throw new InputError(`${place}: ${name}: expected ${form}, found ${quote(entry)}`);
  return match.slice(1).map((text) => wholeNumber(text, name, place)) as T;
}
