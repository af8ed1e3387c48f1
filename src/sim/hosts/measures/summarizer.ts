import type { Pages, Us } from "../../../common/units.ts";
import { timeTicks } from "../../output/axis.ts";
import { Report } from "../machine/exchange.ts";
import type { HostedVmView, HostObserver, HostRunView } from "../machine/run-view.ts";
import { mostAtOnce } from "../scenario/at-once.ts";
import type { HostScenario } from "../scenario/types.ts";
import { HostExtremes } from "./extremes.ts";
import type { Cause, HostResult, VmResult, WorstTime } from "./results.ts";

/** The most times between two samples in a run, and the bounds of that time. */
const SAMPLES = 480;
const SAMPLE_MIN_US: Us = 1_000_000;
const SAMPLE_MAX_US: Us = 600_000_000;

/** The time between two samples with which a run is summarized: a round one, for the times of losses. */
export function summaryPeriodUs(durationUs: Us): Us {
  const [, periodUs = SAMPLE_MIN_US] = timeTicks(durationUs, SAMPLES);
  return Math.max(SAMPLE_MIN_US, Math.min(SAMPLE_MAX_US, periodUs));
}

/** Losses of a VM since it was powered on, in microseconds. */
interface Losses {
  readonly stall: Us;
  readonly wait: Us;
  readonly down: Us;
}

const NO_LOSSES: Losses = { stall: 0, wait: 0, down: 0 };

const lossesOf = ({ report }: HostedVmView): Losses => ({
  stall: report[Report.PsiSomeUs] as Us,
  wait: Math.round((report[Report.WaitNs] as number) / 1000),
  down: report[Report.DownUs] as Us,
});

/** How much of a time a VM was off though it would have been on, because the host had ended it. */
function endedForUs({ isKilled, endedUs, scenario }: HostedVmView, fromUs: Us, untilUs: Us): Us {
  if (!isKilled || endedUs === null) return 0;
  return Math.max(0, Math.min(untilUs, scenario.offUs) - Math.max(fromUs, endedUs));
}

/** Follows one VM. */
class VmMeter {
  worst: WorstTime | null = null;
  /** Time of the samples at which it was on. */
  #sampledUs: Us = 0;
  balloonArea = 0;
  balloonMax: Pages = 0;
  consumedArea = 0;
  consumedMax: Pages = 0;
  #losses = NO_LOSSES;

  /** The host's book has changed. */
  change({ isOn, report, consumed }: HostedVmView): void {
    if (!isOn) return;
    this.balloonMax = Math.max(this.balloonMax, report[Report.Locked] as Pages);
    this.consumedMax = Math.max(this.consumedMax, consumed);
  }

  /** A time is over in which the VM was on at the end, or at the beginning. */
  follow(vm: HostedVmView, fromUs: Us, untilUs: Us, state: string | null): void {
    const us = untilUs - fromUs;
    if (vm.isOn) {
      this.#sampledUs += us;
      this.balloonArea += (vm.report[Report.Locked] as Pages) * us;
      this.consumedArea += vm.consumed * us;
    }
    const now = lossesOf(vm);
    const { stall, wait, down } = this.#losses;
    this.#losses = now;
    const parts: readonly [Cause, Us][] = [
      ["host-swap", now.wait - wait],
      ["guest-memory", now.stall - stall],
      ["oom-kill", now.down - down],
      ["ended", endedForUs(vm, fromUs, untilUs)],
    ];
    const lostUs = parts.reduce((sum, [, part]) => sum + part, 0);
    if (lostUs <= (this.worst?.lostUs ?? 0)) return;
    const [cause] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
    // The state that the host has once the VM's memory is free again says nothing about why it ended the VM.
    this.worst = { fromUs, untilUs, lostUs, cause, state: cause === "ended" ? null : state };
  }

  result(vm: HostedVmView, endUs: Us): VmResult {
    const { scenario, report, isKilled, beganUs, endedUs } = vm;
    const { stall, wait, down } = lossesOf(vm);
    const us = Math.max(1, this.#sampledUs);
    return {
      name: scenario.name,
      group: scenario.group,
      driver: scenario.driver.name,
      memory: scenario.memory,
      onUs: beganUs === null ? 0 : (endedUs ?? endUs) - beganUs,
      isEnded: isKilled,
      stallSomeUs: stall,
      stallFullUs: report[Report.PsiFullUs] as Us,
      hostWaitUs: wait,
      downUs: down,
      oomKills: report[Report.OomKills] as number,
      undonePages: Math.round((report[Report.Undone] as Pages) + (report[Report.Lost] as Pages)),
      swapOutPages: report[Report.SwapOut] as Pages,
      swapInPages: report[Report.SwapIn] as Pages,
      hostReadPages: report[Report.Reads] as Pages,
      balloonMean: Math.round(this.balloonArea / us),
      balloonMax: this.balloonMax,
      consumedMean: Math.round(this.consumedArea / us),
      consumedMax: this.consumedMax,
      lostUs: stall + wait + down + endedForUs(vm, 0, endUs),
      worst: this.worst,
    };
  }
}

/**
 * Summarizes the run of a host, in memory that does not grow with its length. Its samples come every `summaryPeriodUs`
 * (`SampledObserver.everyUs`): mean sizes and the times of losses are as exact as that. Sums, extremes and times in states are
 * exact.
 */
export class HostSummarizer implements HostObserver {
  readonly #scenario: HostScenario;
  readonly #meters: readonly VmMeter[];
  readonly #extremes: HostExtremes;
  readonly #states = new Map<string, Us>();
  /** The state since `#stateUs`. */
  #state: string | null = null;
  #stateUs: Us = 0;
  #lastUs: Us = 0;
  readonly #configured: Pages;
  #result: HostResult | null = null;

  constructor(scenario: HostScenario) {
    this.#scenario = scenario;
    this.#meters = scenario.vms.map(() => new VmMeter());
    this.#extremes = new HostExtremes(scenario);
    const { vms, durationUs } = scenario;
    this.#configured = mostAtOnce(
      vms.filter(({ onUs }) => onUs < durationUs),
      ({ memory }) => memory,
    );
  }

  change(view: HostRunView): void {
    this.#extremes.change(view);
    view.vms.forEach((vm, index) => {
      (this.#meters[index] as VmMeter).change(vm);
    });
    this.#followState(view);
  }

  sample(view: HostRunView): void {
    this.#follow(view);
  }

  kill(): void {
    this.#extremes.kill();
  }

  end(view: HostRunView): void {
    this.#follow(view);
    this.#result = this.resultUpTo(view);
  }

  /** The summary of a run up to its last sample. */
  resultUpTo(view: HostRunView): HostResult {
    const { name, policy, memory } = this.#scenario;
    const { timeUs, decisions, changes, unfit, memory: book } = view;
    return {
      name,
      policy: policy.name,
      durationUs: timeUs,
      memory,
      configured: this.#configured,
      overcommit: this.#configured / memory,
      freeMin: this.#extremes.freeMin,
      consumedMax: this.#extremes.consumedMax,
      balloonMax: this.#extremes.balloonMax,
      swappedMax: this.#extremes.swappedMax,
      unfit,
      swapWritten: book.written,
      swapRead: book.read,
      decisions,
      changes,
      states: this.#states,
      vms: view.vms.map((vm, index) => (this.#meters[index] as VmMeter).result(vm, timeUs)),
    };
  }

  /** The summary, once the run is over. */
  get result(): HostResult {
    if (this.#result === null) throw new Error("the host's run is not over");
    return this.#result;
  }

  /** Up to now the host was in the state that it had. */
  #followState({ timeUs, state }: HostRunView): void {
    const us = timeUs - this.#stateUs;
    if (this.#state !== null && us > 0) this.#states.set(this.#state, (this.#states.get(this.#state) ?? 0) + us);
    this.#state = state;
    this.#stateUs = timeUs;
  }

  #follow(view: HostRunView): void {
    const { timeUs, vms, state } = view;
    const fromUs = this.#lastUs;
    this.#lastUs = timeUs;
    this.#followState(view);
    vms.forEach((vm, index) => {
      (this.#meters[index] as VmMeter).follow(vm, fromUs, timeUs, state);
    });
  }
}
