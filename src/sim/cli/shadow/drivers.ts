import { defaultFloor } from "../../../common/balloon-limits.ts";
import { InputError } from "../../../common/errors.ts";
import { policyNamed } from "../../../common/policy-named.ts";
import { quote } from "../../../common/quote.ts";
import { driverOfRates, ratesByName, ratesOf } from "../../../common/rates.ts";
import { readRatesFile } from "../../../common/rates-file.ts";
import type { Machine } from "../../../common/record/machine.ts";
import type { Pages, Percent } from "../../../common/units.ts";
import { type BalloonPolicy, VIRTIO_BALLOON, VMMEMCTL, VMW_BALLOON } from "../../../engine/index.ts";
import type { PredictedDriver } from "../../shadow/predict.ts";
import type { GuestMachine } from "./guest.ts";

/** Name of the daemon, beside the names of drivers. */
export const DAEMON = "balloon-hw";

/** A driver of a shadow, and what is said about it. */
export interface ShadowDriver {
  /** Name of the driver, or of the daemon. */
  readonly name: string;
  readonly policy: BalloonPolicy;
  /** What distinguishes it, for people: empty, or the constants that are not the defaults. */
  readonly detail: string;
  readonly predicted: PredictedDriver;
}

/** The kernel's driver that runs here. */
export interface RealDriver extends ShadowDriver {
  /** The layout of its statistics, as evidence. */
  readonly layout: string;
  /** Why its prediction is that of another driver; null: it is not. */
  readonly caveat: string | null;
}

/**
 * The kernel's driver, by the layout of its statistics.
 * @throws {InputError} if there are none, or they have neither target nor size
 */
export function realDriver({ sources, missing }: Machine, { guest }: GuestMachine): RealDriver {
  const absent = missing.find(({ file }) => file === "vmmemctl");
  if (absent !== undefined) {
    throw new InputError(
      `${absent.path}: ${absent.why}: a shadow needs the statistics of the kernel's balloon driver: load vmw_balloon, and start the shadow as root, or name the file with --vmmemctl`,
    );
  }
  const source = sources.find(({ fields }) => fields.some(({ file }) => file === "vmmemctl"));
  const fields = source?.fields.map(({ field }) => field) ?? [];
  for (const needed of ["target", "current"]) {
    if (fields.includes(needed)) continue;
    throw new InputError(
      `${source?.path}: has no line ${quote(needed)}: expected the statistics of the kernel's balloon driver, whole`,
    );
  }
  const hasRates = fields.includes("rateNoSleepAlloc");
  const policy: BalloonPolicy = hasRates ? VMMEMCTL : VMW_BALLOON;
  const isBetween = !hasRates && fields.includes("rateSleepAlloc");
  return {
    name: policy.name,
    policy,
    detail: "",
    layout: hasRates ? "with rates, as of Linux up to 4.3" : "without rates, as of Linux 4.4 and later",
    caveat: isBetween
      ? "the driver of Linux 4.4 to 4.18 is not simulated: vmw-balloon, its successor, is predicted in its place"
      : null,
    predicted: { guest: { ...guest, driver: policy.name }, rates: policy.defaults },
  };
}

/** The options that name the other driver. */
export interface OtherOptions {
  readonly rates?: string;
  readonly driver?: string;
  readonly floor?: Pages;
  readonly psiLimit?: Percent;
}

/**
 * The other driver: the one of `--driver`, or of the file of `--rates`, or the daemon.
 * @throws {InputError} if there is no such driver, or its rates or limits are invalid
 */
export function otherDriver(options: OtherOptions, { guest }: GuestMachine): ShadowDriver {
  const given = options.rates === undefined ? null : readRatesFile(options.rates, "--rates ");
  const ofFile = given === null ? null : driverOfRates(given);
  const name = options.driver ?? (ofFile === null || ofFile === VMMEMCTL ? DAEMON : ofFile.name);
  const isDaemon = name === DAEMON;
  const policy = isDaemon ? VMMEMCTL : policyNamed(name, "--driver");
  if (policy === VIRTIO_BALLOON) {
    throw new InputError("--driver virtio-balloon: expected a driver of a VMware host, which the real one is");
  }
  const { floor, psiLimit } = options;
  if (!isDaemon && (floor !== undefined || psiLimit !== undefined)) {
    const option = floor === undefined ? "--psi-limit" : "--floor";
    throw new InputError(`${option}: only ${DAEMON} has such a limit: leave it out, or --driver`);
  }
  const rates = ratesOf(policy, given);
  const set = ratesByName(policy.params, rates);
  const changed = policy.params.filter(({ key, default: usual }) => rates[key] !== usual);
  return {
    name,
    policy,
    detail: changed.map((param) => `${param.name} ${set[param.name]}`).join(", "),
    predicted: {
      guest: {
        ...guest,
        driver: policy.name,
        ...(isDaemon ? { profile: DAEMON } : {}),
        ...(floor === undefined ? {} : { floor }),
        ...(psiLimit === undefined ? {} : { psiLimit }),
      },
      rates,
    },
  };
}

/**
 * Checks the floor against the machine's memory.
 * @throws {InputError} if it leaves no room for a balloon
 */
export function checkFloor(floor: Pages | undefined, memory: Pages): void {
  if ((floor ?? defaultFloor(memory)) >= memory) {
    throw new InputError("--floor: is all that this machine has, or more: nothing is left for a balloon");
  }
}
