import type { Pages, Us } from "../../../common/units.ts";
import { timeTicks } from "../../output/axis.ts";
import { Report } from "../machine/exchange.ts";
import type { HostedVmView, HostObserver, HostRunView } from "../machine/run-view.ts";
import type { HostScenario } from "../scenario/types.ts";
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

  /** A time is over in which the VM was on at the end, or at the beginning. */
  follow(vm: HostedVmView, fromUs: Us, untilUs: Us, state: string | null): void {
    const us = untilUs - fromUs;
    if (vm.isOn) {
      this.#sampledUs += us;
      const balloon = vm.report[Report.Locked] as Pages;
      this.balloonArea += balloon * us;
      this.balloonMax = Math.max(this.balloonMax, balloon);
      this.consumedArea += vm.consumed * us;
      this.consumedMax = Math.max(this.consumedMax, vm.consumed);
    }
    const now = lossesOf(vm);
    const { stall, wait, down } = this.#losses;
    this.#losses = now;
    const parts: readonly [Cause, Us][] = [
      ["host-swap", now.wait - wait],
      ["guest-memory", now.stall - stall],
      ["oom-kill", now.down - down],
      ["ended", vm.isKilled ? untilUs - Math.max(fromUs, vm.endedUs ?? untilUs) : 0],
    ];
    const lostUs = parts.reduce((sum, [, part]) => sum + part, 0);
    if (lostUs <= (this.worst?.lostUs ?? 0)) return;
    const [cause] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
    this.worst = { fromUs, untilUs, lostUs, cause, state };
  }

  result(vm: HostedVmView, endUs: Us): VmResult {
    const { scenario, report, isKilled, beganUs, endedUs } = vm;
    const { stall, wait, down } = lossesOf(vm);
    const endedFor = isKilled ? endUs - (endedUs ?? endUs) : 0;
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
      lostUs: stall + wait + down + endedFor,
      worst: this.worst,
    };
  }
}

/**
 * Summarizes the run of a host, in memory that does not grow with its length. Its samples come every `summaryPeriodUs`
 * (`HostRunOptions.sampleEveryUs`): mean sizes and the times of losses are as exact as that, sums are exact.
 */
export class HostSummarizer implements HostObserver {
  readonly #scenario: HostScenario;
  readonly #meters: readonly VmMeter[];
  readonly #states = new Map<string, Us>();
  #lastUs: Us = 0;
  #freeMin: Pages;
  #consumedMax: Pages = 0;
  #balloonMax: Pages = 0;
  #swappedMax: Pages = 0;
  #configured: Pages = 0;
  #result: HostResult | null = null;

  constructor(scenario: HostScenario) {
    this.#scenario = scenario;
    this.#meters = scenario.vms.map(() => new VmMeter());
    this.#freeMin = scenario.memory;
  }

  sample(view: HostRunView): void {
    this.#follow(view);
  }

  /** The host had nothing left. */
  kill({ vms }: HostRunView, vm: number): void {
    this.#freeMin = 0;
    const { scenario } = vms[vm] as HostedVmView;
    this.#configured = Math.max(this.#configured, configuredOn(vms) + scenario.memory);
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
      freeMin: this.#freeMin,
      consumedMax: this.#consumedMax,
      balloonMax: this.#balloonMax,
      swappedMax: this.#swappedMax,
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

  #follow({ timeUs, memory, vms, state }: HostRunView): void {
    const fromUs = this.#lastUs;
    this.#lastUs = timeUs;
    if (state !== null) this.#states.set(state, (this.#states.get(state) ?? 0) + timeUs - fromUs);
    vms.forEach((vm, index) => {
      (this.#meters[index] as VmMeter).follow(vm, fromUs, timeUs, state);
    });
    this.#freeMin = Math.min(this.#freeMin, memory.free);
    this.#consumedMax = Math.max(this.#consumedMax, memory.consumed);
    this.#swappedMax = Math.max(this.#swappedMax, memory.swapped);
    const on = vms.filter(({ isOn }) => isOn);
    this.#balloonMax = Math.max(this.#balloonMax, sum(on.map(({ report }) => report[Report.Locked] as Pages)));
    this.#configured = Math.max(this.#configured, configuredOn(vms));
  }
}

/** Configured memory of the VMs that are on. */
const configuredOn = (vms: readonly HostedVmView[]): Pages =>
  sum(vms.map(({ isOn, scenario }) => (isOn ? scenario.memory : 0)));

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
