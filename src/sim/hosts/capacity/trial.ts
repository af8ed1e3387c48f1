/** One run of a host at a point of a search, which ends as soon as a requirement can't be kept any more. */
import type { Us } from "../../../common/units.ts";
import { HostRun, QUANTUM_US } from "../machine/host-run.ts";
import type { HostObserver, HostRunView } from "../machine/run-view.ts";
import { LocalGroup } from "../machine/vm-group.ts";
import type { HostResult, VmResult, WorstTime } from "../measures/results.ts";
import { HostSummarizer, summaryPeriodUs } from "../measures/summarizer.ts";
import type { HostScenario, VmScenario } from "../scenario/types.ts";
import { type Breach, breachOf, lastingBreachOf } from "./breach.ts";
import type { HostRequirement } from "./requirement.ts";

/** What a run has shown; plain data. */
export interface TrialResult {
  /** The first requirement that was not kept; null: all were. */
  readonly breach: Breach | null;
  /** Virtual time at which the requirement was broken for good; null: that was known at the end alone, or it was kept. */
  readonly atUs: Us | null;
  /** When the VM of the breach lost most; null: there is none, or it lost nothing. */
  readonly worst: WorstTime | null;
  /** The run ended at the breach, so that its figures are those up to then. */
  readonly isCut?: true;
}

/** Thrown out of a run that needs no end. */
class Decided extends Error {}

/**
 * Runs a host in its world.
 * @param isWhole whether the run goes on after a breach, so that its figures are those of the whole time
 * @throws {InputError} @throws {RunError} as `HostRun.run`
 */
export function runTrial(
  scenario: HostScenario,
  requirements: readonly HostRequirement[],
  { isWhole, quantumUs = QUANTUM_US }: { readonly isWhole: boolean; readonly quantumUs?: Us | undefined },
): TrialResult {
  const watch = new Watch(scenario, requirements, isWhole);
  const group = new LocalGroup(scenario, { world: scenario.world });
  const observers = [{ observer: watch, everyUs: summaryPeriodUs(scenario.durationUs) }];
  try {
    new HostRun(scenario, group, { quantumUs }, observers).run();
  } catch (error) {
    if (!(error instanceof Decided)) throw error;
    group.close();
  }
  return watch.trial;
}

/** Looks at the requirements at every sample. */
class Watch implements HostObserver {
  readonly #requirements: readonly HostRequirement[];
  readonly #isWhole: boolean;
  readonly #summarizer: HostSummarizer;
  /** How long VMs are to be on, by their names. */
  readonly #plannedUs: ReadonlyMap<string, Us>;
  #first: Breach | null = null;
  #atUs: Us | null = null;
  #result: HostResult | null = null;

  constructor(scenario: HostScenario, requirements: readonly HostRequirement[], isWhole: boolean) {
    this.#requirements = requirements;
    this.#isWhole = isWhole;
    this.#summarizer = new HostSummarizer(scenario);
    this.#plannedUs = new Map(scenario.vms.map((vm) => [vm.name, plannedOnUs(vm, scenario.durationUs)]));
  }

  change(view: HostRunView): void {
    this.#summarizer.change(view);
  }

  kill(): void {
    this.#summarizer.kill();
  }

  sample(view: HostRunView): void {
    this.#summarizer.sample(view);
    if (this.#first !== null) return;
    const result = this.#summarizer.resultUpTo(view);
    this.#first = lastingBreachOf(this.#requirements, result, ({ name }) => this.#plannedUs.get(name) ?? 0);
    if (this.#first === null) return;
    this.#atUs = view.timeUs;
    this.#result = result;
    if (!this.#isWhole) throw new Decided();
  }

  end(view: HostRunView): void {
    this.#summarizer.end(view);
    this.#result = this.#summarizer.result;
  }

  get trial(): TrialResult {
    const result = this.#result;
    if (result === null) throw new Error("the host's run is not over");
    const isCut = this.#first !== null && !this.#isWhole;
    const breach = isCut ? this.#first : this.#atTheEnd(result);
    const vm = result.vms.find(({ name }) => name === breach?.vm);
    return { breach, atUs: this.#atUs, worst: vm?.worst ?? null, ...(isCut ? { isCut } : {}) };
  }

  /** The requirement that broke first with its value at the end, else the first one that does not hold at the end. */
  #atTheEnd(result: HostResult): Breach | null {
    const first = this.#first;
    if (first === null) return breachOf(this.#requirements, result);
    const alone = [this.#requirements[first.requirement] as HostRequirement];
    const of = (vms: readonly VmResult[]): Breach | null => breachOf(alone, { ...result, vms });
    const same = first.vm === null ? of(result.vms) : of(result.vms.filter(({ name }) => name === first.vm));
    return same === null ? null : { ...same, requirement: first.requirement };
  }
}

const plannedOnUs = ({ onUs, offUs }: VmScenario, durationUs: Us): Us =>
  Math.max(0, Math.min(offUs, durationUs) - onUs);
