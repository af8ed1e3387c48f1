import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../../../common/record/machine.ts";
import { isSystemError } from "../../../common/system-error.ts";
import type { ShadowGuest } from "../../shadow/window-trace.ts";
import { parseMachine } from "../../trace/machines.ts";
import { readMachine } from "../what-if-options.ts";

/** The directories with the kernel's figures and settings. */
export interface KernelPaths {
  readonly proc: string;
  readonly sys: string;
}

/** The machine of a shadow, as the simulation has it. */
export interface GuestMachine {
  readonly guest: Omit<ShadowGuest, "driver">;
  /** What the costs of operations are from: the name of a machine. */
  readonly costs: string;
  /** Whether the user has named a machine, which should be this one, calibrated. */
  readonly isCalibrated: boolean;
}

/** Machine of a shadow whose user has named none: that of the profile. */
const ASSUMED = "server";
/** Timer ticks a second that a trace may have. */
const HERTZ = [100, 250, 300, 1000];

/**
 * This machine as a simulated guest: the nearest kernel, its settings, and the costs of the machine that `--machine` names.
 * @throws {InputError} if that can't be read
 */
export function guestOf({ facts }: Machine, { proc, sys }: KernelPaths, machine: string | undefined): GuestMachine {
  const settings = {
    profile: profileOf(facts.kernel),
    ...settingsOf(proc, sys, profileOf(facts.kernel)),
  };
  if (machine !== undefined) {
    const { content } = readMachine(machine);
    const { name } = parseMachine(content, machine);
    return { guest: { ...settings, machine: JSON.parse(content) as object }, costs: name, isCalibrated: true };
  }
  const hz = facts.hz !== null && HERTZ.includes(facts.hz) ? { hz: facts.hz } : {};
  const cpus = facts.cpus === null ? {} : { cpus: facts.cpus };
  return { guest: { ...settings, ...hz, ...cpus }, costs: ASSUMED, isCalibrated: false };
}

/** The profile whose kernel is nearest to one of that release. */
function profileOf(release: string | null): string {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? "") ?? [];
  if (major === undefined) return "linux-6.1";
  if (Number(major) <= 2) return "linux-2.6.32";
  return Number(major) > 6 || (Number(major) === 6 && Number(minor) >= 12) ? "linux-6.12" : "linux-6.1";
}

/** Bit of `lru_gen/enabled` that says whether the multi-generational LRU is in use. */
const MGLRU_IN_USE = 1;

function settingsOf(proc: string, sys: string, profile: string): Partial<ShadowGuest> {
  const swappiness = Number(textOf(join(proc, "sys/vm/swappiness")) ?? Number.NaN);
  const common = Number.isInteger(swappiness) && swappiness >= 0 && swappiness <= 200 ? { swappiness } : {};
  if (profile === "linux-2.6.32") return common;
  const thp = /\[(never|madvise|always)\]/.exec(textOf(join(sys, "kernel/mm/transparent_hugepage/enabled")) ?? "")?.[1];
  const generations = Number(textOf(join(sys, "kernel/mm/lru_gen/enabled")) ?? 0);
  return {
    ...common,
    ...(thp === undefined ? {} : { thp }),
    ...((generations & MGLRU_IN_USE) === 0 ? {} : { lru: "mglru" }),
  };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "latin1").trim();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}
