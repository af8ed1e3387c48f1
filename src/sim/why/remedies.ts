/** Changes to a run that might prevent a stall: each is tried. */
import { formatRate, formatSize, type Pages, type PagesPerS } from "../../common/units.ts";
import { type BalloonPolicy, POLICIES, Status } from "../../engine/index.ts";
import type { CauseName, CauseRecord, Episode } from "../causes/index.ts";
import { watermarks } from "../guest/watermarks.ts";
import type { TargetMind } from "../host/mind.ts";
import { checkPolicyFits } from "../run/policy-fits.ts";
import { balloonCosts, profileOf } from "../trace/profile.ts";
import type { Costs, HostRule, Trace } from "../trace/types.ts";
import { PacedMind, PartMind } from "./minds.ts";

/** Swap that is added. */
const MORE_SWAP: Pages = 262_144;
const MIB: Pages = 256;
/** Part by which memory grows, part of the target that is left, and by what disks are faster. */
const MORE_MEMORY = 0.25;
const LOWER_TARGET = 0.75;
const FASTER_DISK = 4;
const MORE_MIN_FREE = 4;
/** A usual value of `vm.watermark_scale_factor` for guests whose kswapd is late. */
const SCALE_FACTOR = 200;

/** A run as it is, which a remedy changes. */
export interface Subject {
  readonly trace: Trace;
  readonly policy: BalloonPolicy;
  /** Mean pace at which the balloon was inflated; 0 if it was not. */
  readonly pace: PagesPerS;
}

/** A changed run: what is absent stays as it is. */
export interface Changed {
  readonly trace?: Trace;
  readonly mind?: () => TargetMind;
  /** The driver, with its own constants. */
  readonly policy?: BalloonPolicy;
}

/** A change to a run. */
export interface Remedy {
  readonly name: string;
  /** What is changed, with its figures. */
  readonly title: (subject: Subject) => string;
  /** Whether it could matter to an episode. */
  readonly fits: (episode: Episode, subject: Subject) => boolean;
  readonly change: (subject: Subject) => Changed;
}

const all = ({ records, chain, beside }: Episode): readonly CauseRecord[] => [...records, ...chain, ...beside];
const has = (episode: Episode, ...kinds: CauseRecord["kind"][]): boolean =>
  all(episode).some(({ kind }) => kinds.includes(kind));

const guest = (trace: Trace, change: Partial<Trace["guest"]>): Trace => ({
  ...trace,
  guest: { ...trace.guest, ...change },
});
const rules = (trace: Trace, keeps: (rule: HostRule) => boolean): Changed => ({
  trace: { ...trace, host: { ...trace.host, rules: trace.host.rules.filter(keeps) } },
});

/** A trace on faster disks. */
function faster({ trace }: Subject, ...fields: (keyof Costs)[]): Changed {
  const costs = { ...balloonCosts(profileOf(trace.guest)), ...trace.guest.costs };
  const changed = Object.fromEntries(fields.map((field) => [field, costs[field] / FASTER_DISK]));
  return { trace: guest(trace, { costs: { ...trace.guest.costs, ...changed } }) };
}

/** The watermark `min` of a guest as it is. */
function minOf({ guest: { memory, minFree, watermarkScaleFactor, thp, profile, machine } }: Trace): Pages {
  const { kernel } = profileOf({ profile, machine });
  return watermarks(memory, kernel, minFree, watermarkScaleFactor ?? kernel.watermarkScaleFactor, thp).min;
}

const moreMemory = ({ trace }: Subject): Pages => Math.ceil((trace.guest.memory * MORE_MEMORY) / MIB) * MIB;

/** Another driver that the guest can have; null: there is none. */
export function otherDriver({ trace, policy }: Subject): BalloonPolicy | null {
  const other = POLICIES.get(policy.name === "vmmemctl" ? "vmw-balloon" : "vmmemctl");
  if (other === undefined) return null;
  try {
    checkPolicyFits(other, trace.guest.profile, profileOf(trace.guest));
    return other;
  } catch {
    return null;
  }
}

const isRefusal = ({ command, status }: HostRule): boolean =>
  /lock$/.test(command) && status !== Status.Success && status !== Status.Reset;

/** All remedies, in the order in which they are tried and listed. */
export const REMEDIES: readonly Remedy[] = [
  {
    name: "swap",
    title: ({ trace }) => `${formatSize(MORE_SWAP)} ${trace.guest.swap === 0 ? "of swap" : "more swap"}`,
    fits: (episode) => episode.kind !== "failure",
    change: ({ trace }) => ({ trace: guest(trace, { swap: trace.guest.swap + MORE_SWAP }) }),
  },
  {
    name: "memory",
    title: (subject) => `a quarter more memory (${formatSize(moreMemory(subject))})`,
    fits: () => true,
    change: (subject) => ({
      trace: guest(subject.trace, { memory: subject.trace.guest.memory + moreMemory(subject) }),
    }),
  },
  {
    name: "target",
    title: () => "targets lower by a quarter",
    fits: ({ worst, before }) => worst.target > 0 || before.target > 0,
    change: () => ({ mind: () => new PartMind(LOWER_TARGET) }),
  },
  {
    name: "no-balloon",
    title: () => "no balloon at all",
    fits: ({ worst }) => worst.balloon > 0,
    change: ({ trace }) => ({ trace: guest(trace, { balloon: 0 }), mind: () => new PartMind(0) }),
  },
  {
    name: "pace",
    title: ({ pace }) => `targets raised at half the pace (${formatRate(Math.round(pace / 2))})`,
    fits: ({ before, worst, driverUs }, { pace }) => pace > 0 && (worst.balloon > before.balloon || driverUs > 0),
    change: ({ pace, trace }) => ({ mind: () => new PacedMind(pace / 2, trace.guest.balloon) }),
  },
  {
    name: "driver",
    title: (subject) => `the driver ${otherDriver(subject)?.name}`,
    fits: ({ worst }, subject) => worst.target > 0 && otherDriver(subject) !== null,
    change: (subject) => {
      const policy = otherDriver(subject);
      return policy === null ? {} : { policy };
    },
  },
  {
    name: "kswapd-earlier",
    title: () => `kswapd woken earlier (watermark_scale_factor ${SCALE_FACTOR})`,
    fits: (episode, { trace }) =>
      has(episode, "direct-reclaim", "nosleep-failed", "oom-kill") &&
      profileOf(trace.guest).kernel.watermarks === "scaled" &&
      (trace.guest.watermarkScaleFactor ?? 0) < SCALE_FACTOR,
    change: ({ trace }) => ({ trace: guest(trace, { watermarkScaleFactor: SCALE_FACTOR }) }),
  },
  {
    name: "min-free",
    title: ({ trace }) => `min_free_kbytes four times as high (${formatSize(MORE_MIN_FREE * minOf(trace))})`,
    fits: (episode) => has(episode, "direct-reclaim", "nosleep-failed", "oom-kill"),
    change: ({ trace }) => ({ trace: guest(trace, { minFree: MORE_MIN_FREE * minOf(trace) }) }),
  },
  {
    name: "fast-swap",
    title: () => "a disk for swap four times as fast",
    fits: (episode) => has(episode, "swap-read", "swap-queue", "swap-written") || episode.worst.swap > 0,
    change: (subject) => faster(subject, "swapReadNs", "swapWriteNs"),
  },
  {
    name: "fast-files",
    title: () => "a disk for files four times as fast",
    fits: (episode) => has(episode, "refault", "reread", "file-read", "dirty-limit", "file-writeback"),
    change: (subject) => faster(subject, "fileReadNs", "fileWriteNs"),
  },
  {
    name: "no-refusals",
    title: () => "a host that refuses no page",
    fits: (episode) => has(episode, "refused", "unlock-refused"),
    change: ({ trace }) => rules(trace, (rule) => !isRefusal(rule)),
  },
  {
    name: "no-resets",
    title: () => "a host that demands no reset",
    fits: (episode) => has(episode, "reset"),
    change: ({ trace }) => rules(trace, ({ status }) => status !== Status.Reset),
  },
  {
    name: "no-failures",
    title: () => "a host that carries out all commands",
    fits: (episode) => has(episode, "command-failed"),
    change: ({ trace }) => rules(trace, (rule) => /lock$/.test(rule.command) || rule.status === Status.Reset),
  },
];

/** The names of the remedies that a cause suggests, the nearest first. The others are tried for comparison. */
const SUGGESTED: Readonly<Record<CauseName, readonly string[]>> = {
  reset: ["no-resets"],
  "unlock-refused": ["no-refusals"],
  "no-swap": ["swap", "target", "memory"],
  "swap-full": ["swap", "target", "memory"],
  "nothing-left": ["target", "memory"],
  swapping: ["target", "memory", "fast-swap"],
  "cache-evicted": ["target", "memory", "fast-files"],
  "cache-reread": ["target", "memory", "fast-files"],
  "dirty-limit": ["fast-files", "memory"],
  burst: ["kswapd-earlier", "min-free", "pace"],
  "driver-waits": ["pace", "kswapd-earlier", "min-free"],
  "at-min": ["memory"],
  refused: ["no-refusals"],
  limited: ["memory"],
  "command-failed": ["no-failures"],
};

/** Whether what is known of an episode suggests a remedy. */
export function isSuggested(cause: CauseName, { before, worst }: Episode, { name }: Remedy): boolean {
  const isInflating = worst.balloon > before.balloon && worst.balloon < worst.target;
  return SUGGESTED[cause].includes(name) || (name === "pace" && isInflating && !OF_HOST.includes(cause));
}

/** Causes that no pace of inflation changes. */
const OF_HOST: readonly CauseName[] = ["reset", "unlock-refused", "dirty-limit"];
