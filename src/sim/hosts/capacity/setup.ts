/** What the runs of a search have in common, and what distinguishes them: plain data, which threads can be sent. */

import type { Us } from "../../../common/units.ts";
import { policyFinder } from "../own-policy/load.ts";
import { shortened } from "../run-host.ts";
import type { HostText } from "../scenario/host-text.ts";
import { applyHostSets, type HostDocument, parseHost, scenarioOf } from "../scenario/read.ts";
import type { HostScenario } from "../scenario/types.ts";
import { type Point, scenarioAt } from "./point.ts";
import type { HostRequirement } from "./requirement.ts";
import { runTrial, type TrialResult } from "./trial.ts";

/** A policy under which the host is tried. */
export interface PolicySetup {
  /** Its name, or the path of its module, relative to the working directory; null: the file's. */
  readonly policy: string | null;
  /** `--set` options. */
  readonly sets: readonly string[];
}

/** What all runs have in common. */
export interface CapacitySetup {
  readonly source: HostText;
  /** The seed of the command line; null: the file's. */
  readonly seed: string | null;
  /** End of each run, if it does not end before; absent: its own. */
  readonly untilUs?: Us;
  readonly policies: readonly PolicySetup[];
  readonly requirements: readonly HostRequirement[];
  /** As in `HostRunOptions`. */
  readonly quantumUs?: Us;
}

/** One run. */
export interface Trial {
  /** Index of the policy in the setup. */
  readonly policy: number;
  readonly point: Point;
  /** Number of the world, from 1. */
  readonly world: number;
  readonly isWhole: boolean;
}

/** Makes the hosts of a search, and runs them. Files are read once. */
export class TrialRunner {
  readonly #setup: CapacitySetup;
  readonly #find = policyFinder("--policies");
  #document: HostDocument | null = null;
  readonly #changed = new Map<number, { readonly document: HostDocument; readonly base: HostScenario }>();

  constructor(setup: CapacitySetup) {
    this.#setup = setup;
  }

  /**
   * The host of the file under a policy.
   * @throws {InputError}
   */
  base(policy: number): HostScenario {
    return this.#under(policy).base;
  }

  /** @throws {InputError} as `scenarioAt` */
  scenario({ policy, point, world }: Trial): HostScenario {
    const { document, base } = this.#under(policy);
    return shortened(scenarioAt(document, base, point, world), this.#setup.untilUs ?? Number.POSITIVE_INFINITY);
  }

  /** @throws {InputError} @throws {RunError} as `runTrial` */
  run(trial: Trial): TrialResult {
    const { requirements, quantumUs } = this.#setup;
    return runTrial(this.scenario(trial), requirements, { isWhole: trial.isWhole, quantumUs });
  }

  #under(index: number): { readonly document: HostDocument; readonly base: HostScenario } {
    const known = this.#changed.get(index);
    if (known !== undefined) return known;
    const { source, seed, policies } = this.#setup;
    const { policy: name, sets } = policies[index] as PolicySetup;
    const policy = name === null ? null : this.#find(name);
    this.#document ??= parseHost(source);
    const document = applyHostSets(this.#document, { sets, policy, seed });
    const made = { document, base: scenarioOf(document) };
    this.#changed.set(index, made);
    return made;
  }
}
