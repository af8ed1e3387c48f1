import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote } from "../../common/quote.ts";
import { type KernelProfile, LINUX_2_6_32, LINUX_6_1, LINUX_6_1_UML, LINUX_6_12 } from "./kernel-profile.ts";
import { bundledMachine } from "./machines.ts";
import type { Costs, GuestSpec, LruName, MachineProfile } from "./types.ts";

/**
 * Which program the balloon belongs to: the `kernel`'s driver allocates in the kernel and may take all pages that the
 * allocator gives it; a `daemon` is a process and keeps to the limits of `DaemonLimits`.
 */
export type BalloonKind = "kernel" | "daemon";

/** What one name in a trace's `profile` stands for: a kernel, the machine that it runs on, and a kind of balloon. */
export interface Profile {
  /** Its name, as traces have it. */
  readonly name: string;
  /** What it stands for, in a sentence. */
  readonly description: string;
  /** The kernel. */
  readonly kernel: KernelProfile;
  /** The machine of a guest whose trace names none. */
  readonly machine: MachineProfile;
  /** Whether the balloon is a driver of the kernel or a daemon. */
  readonly balloon: BalloonKind;
}

/** A profile whose machine is the package's of that name, which is read when it is first asked for. */
const profile = (
  name: string,
  kernel: KernelProfile,
  machineName: string,
  balloon: BalloonKind,
  description: string,
): Profile => ({
  name,
  description,
  kernel,
  get machine() {
    return bundledMachine(machineName) as MachineProfile;
  },
  balloon,
});

/** All profiles, by the names that traces use. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map(
  [
    profile(
      "linux-6.1",
      LINUX_6_1,
      "server",
      "kernel",
      "Linux 6.1: a no-sleep allocation stops at min and does not wake kswapd",
    ),
    profile(
      "linux-6.12",
      LINUX_6_12,
      "server",
      "kernel",
      "Linux 6.12: the rules of 6.1 but for the multi-generational LRU",
    ),
    profile(
      "linux-2.6.32",
      LINUX_2_6_32,
      "server",
      "kernel",
      "Linux 2.6.32, the driver's own time: a no-sleep allocation goes down to 3/4 of min and wakes kswapd",
    ),
    profile(
      "balloon-hw",
      LINUX_6_1,
      "server",
      "daemon",
      "Linux 6.1 with balloon-hw instead of the kernel's driver: its balloon keeps to floor, watermarks and pressure",
    ),
    profile(
      "lab",
      LINUX_6_1_UML,
      "lab",
      "kernel",
      "Linux 6.1 on the slow machine of the recorded runs: User-Mode Linux, one processor, 100 ticks a second",
    ),
  ].map((one) => [one.name, one]),
);

/** The error for an unknown name of a profile. */
export function unknownProfile(name: string): InputError {
  const known = [...PROFILES.keys()];
  return new InputError(
    `there is no profile ${quote(name)}: expected one of ${known.join(", ")}${didYouMean(name, known)}`,
  );
}

/**
 * The profile that a guest names, with the guest's own machine where its trace has one.
 * @throws {InputError} if there is no profile of that name
 */
export function profileOf({ profile: name, machine }: Pick<GuestSpec, "profile" | "machine">): Profile {
  const known = PROFILES.get(name);
  if (known === undefined) throw unknownProfile(name);
  return machine === null ? known : { ...known, machine };
}

/** A setting of a guest that its profile's kernel does not have. */
export interface MissingFeature {
  readonly field: "lru" | "thp";
  readonly message: string;
}

/** The settings of a guest that its profile's kernel does not have. */
export function missingFeatures({
  profile: name,
  lru,
  thp,
}: Pick<GuestSpec, "profile" | "lru" | "thp">): MissingFeature[] {
  const kernel = PROFILES.get(name)?.kernel;
  if (kernel === undefined) return [];
  const missing = (
    field: MissingFeature["field"],
    what: string,
    instead: string,
    has: (rules: KernelProfile) => boolean,
  ): MissingFeature[] => {
    if (has(kernel)) return [];
    const others = [...PROFILES.values()].filter((other) => has(other.kernel)).map((other) => other.name);
    return [
      { field, message: `${name} has no ${what}: expected "${instead}", or a profile that has: ${others.join(", ")}` },
    ];
  };
  return [
    ...(lru === "mglru"
      ? missing("lru", "multi-generational LRU", "classic", (rules) => rules.generations !== null)
      : []),
    ...(thp === "never" ? [] : missing("thp", "transparent huge pages", "never", (rules) => rules.hugePages)),
  ];
}

/** The LRU of a guest; the trace's own comes first. */
export const lruOf = ({ lru }: Pick<GuestSpec, "lru">, { kernel }: Profile): LruName => lru ?? kernel.lru;

/** How the timer of a balloon driver counts. */
export interface TimerRules {
  /** Ticks a second. */
  readonly hz: number;
  /** Whether it runs late by the granularity of the kernel's timer wheel. */
  readonly isWheel: boolean;
}

/** A daemon's timer comes from CLOCK_MONOTONIC, which has no timer wheel and is taken to be exact to a millisecond. */
const DAEMON_HZ = 1000;

/** The timer of the balloon driver in a guest of this profile; the trace's own tick rate comes first. */
export const timerOf = ({ hz }: Pick<GuestSpec, "hz">, { kernel, machine, balloon }: Profile): TimerRules =>
  balloon === "daemon" ? { hz: hz ?? DAEMON_HZ, isWheel: false } : { hz: hz ?? machine.hz, isWheel: kernel.timerWheel };

/** What operations cost on the profile's machine, those of its kind of balloon included. */
export const balloonCosts = ({ machine, balloon }: Profile): Costs =>
  balloon === "daemon" ? { ...machine.costs, ...machine.daemonCosts } : machine.costs;
