import type { Pages, Us } from "../../../common/units.ts";
import { Invariants } from "../../run/invariants.ts";
import { Simulation } from "../../run/simulation.ts";
import type { Observer, RunView } from "../../view/types.ts";
import type { VmScenario } from "../scenario/types.ts";
import { Order, Report, Sampling, Work } from "./exchange.ts";
import { HostMind } from "./host-mind.ts";
import { TouchedPages } from "./touched-pages.ts";
import { LEASE, VmBook } from "./vm-book.ts";
import { WithoutTargets } from "./without-targets.ts";

/** A VM whose swapped pages come back slowly meets the host when about so many have come, or after this time at the latest. */
const SWEPT_PAGES: Pages = LEASE / 2;
const SWEPT_US: Us = 1_000_000;

/** What a VM is made with, beside its scenario. */
export interface HostedVmOptions {
  /** When the host's run ends. */
  readonly endUs: Us;
  /** Number of the world in which its trace runs, from 1. */
  readonly world: number;
  /** Observes the VM; its times begin when the VM is powered on. */
  readonly observer?: Observer | undefined;
  /** As `SimulationOptions.sampleEveryUs`. */
  readonly sampleEveryUs?: Us | undefined;
  /** As `TargetPolicy.samplingUs`, and `TargetPolicy.populates`. */
  readonly samplingUs: Us;
  readonly populates: boolean;
}

/** A VM that is on. */
interface Running {
  readonly simulation: Simulation;
  readonly book: VmBook;
  readonly mind: HostMind;
  readonly onUs: Us;
  /** The sampling period: what it has shown, its beginning in the VM's time, and the VM's waits before it. */
  readonly touched: TouchedPages;
  periodUs: Us;
  waitedNs: number;
  /** Made for the first check. */
  invariants?: Invariants;
  /** The time up to which it has run; its simulation may be behind, where nothing but idle cycles is due. */
  atUs: Us;
  /** When it is to meet the host because of swapped pages, in the VM's time; Infinity: it need not. */
  sweepUs: Us;
}

/** A VM on a host: a guest with its driver, which lives by the host's orders. */
export class HostedVm {
  readonly #scenario: VmScenario;
  readonly #options: HostedVmOptions;
  #running: Running | null = null;

  constructor(scenario: VmScenario, options: HostedVmOptions) {
    this.#scenario = scenario;
    this.#options = options;
  }

  /**
   * Carries out an order, and reports.
   * @throws {InputError} if its trace can't be simulated
   * @throws {RunError} if its guest crashes
   */
  meet(order: Float64Array, report: Float64Array): void {
    const work = order[Order.Work];
    if (work === Work.Begin) this.#begin(order);
    else if (work === Work.Run) this.#run(order);
    else if (work === Work.Forget) this.#running?.book.forget(order[Order.SwapOut] as number);
    if (work === Work.End) this.#end(order, report);
    else if (this.#running !== null) this.#report(this.#running, order, report);
  }

  /** The view of its run; null while it is off. */
  get view(): RunView | null {
    return this.#running?.simulation.view ?? null;
  }

  /** The host's book of it; null while it is off. */
  get book(): VmBook | null {
    return this.#running?.book ?? null;
  }

  /** @throws {Error} if the host's book, or the state of the guest, can't be true */
  check(): void {
    const running = this.#running;
    if (running === null) return;
    running.book.check();
    running.invariants ??= new Invariants(running.simulation.parts);
    const wrong = running.invariants.violated();
    if (wrong !== null) throw new Error(`the state of ${this.#scenario.name} is wrong: ${wrong}`);
  }

  #begin(order: Float64Array): void {
    const { driver, rates, seed } = this.#scenario;
    const { world, observer, sampleEveryUs, endUs, populates } = this.#options;
    const onUs = order[Order.NowUs] as Us;
    const mind = new HostMind(order[Order.Target] as number);
    const books: VmBook[] = [];
    const simulation = new Simulation(
      new WithoutTargets(this.#scenario.open()),
      {
        policy: driver,
        rates,
        seed,
        world,
        untilUs: Math.min(endUs, this.#scenario.offUs) - onUs,
        ...(sampleEveryUs === undefined ? {} : { sampleEveryUs }),
        mind,
        backing: (memory, frames) => {
          const book = new VmBook(memory, frames, populates);
          books.push(book);
          return book;
        },
      },
      observer,
    );
    const [book] = books as [VmBook];
    book.begin(this.#scenario.touched);
    const touched = new TouchedPages(simulation.parts.guest.memory);
    this.#running = {
      simulation,
      book,
      mind,
      onUs,
      touched,
      periodUs: 0,
      waitedNs: 0,
      atUs: 0,
      sweepUs: Number.POSITIVE_INFINITY,
    };
  }

  #run(order: Float64Array): void {
    const running = this.#running;
    if (running === null) return;
    const { simulation, book, mind, onUs } = running;
    const target = order[Order.Target] as number;
    const swapOut = order[Order.SwapOut] as number;
    const nowUs = Math.max((order[Order.NowUs] as Us) - onUs, simulation.view.timeUs);
    if (target >= 0 || swapOut > 0) simulation.runTo(nowUs);
    if (swapOut > 0) {
      // Up to now it has accessed its pages as they were.
      simulation.parts.guest.settle();
      book.balance();
      book.swapOut(swapOut);
    }
    if (target >= 0 && mind.set(target)) simulation.retarget();
    book.grant({
      backed: order[Order.Backed] as number,
      readNs: order[Order.ReadNs] as number,
      writeNs: order[Order.WriteNs] as number,
      blockNs: order[Order.BlockNs] as number,
    });
    // A VM that has run ahead may be met before that time: when another one has made the host ask its policy.
    const untilUs = Math.max((order[Order.UntilUs] as Us) - onUs, nowUs);
    const quantumUs = order[Order.QuantumUs] as Us;
    if (quantumUs > 0) this.#runAhead(running, nowUs, untilUs, quantumUs, order[Order.Lease] as Pages);
    else this.#runQuantum(running, untilUs);
  }

  #runQuantum(running: Running, untilUs: Us): void {
    const { simulation, book } = running;
    if (book.isSwept) simulation.parts.guest.look();
    const { reads } = book;
    const { timeUs } = simulation.view;
    simulation.runTo(untilUs);
    if (book.isSwept) simulation.parts.guest.settle();
    book.balance();
    running.sweepUs = book.isSwept ? this.#nextSweepUs(running, book.reads - reads, timeUs) : Number.POSITIVE_INFINITY;
    running.atUs = untilUs;
  }

  /**
   * Runs from quantum to quantum without meeting the host, over those in which it has nothing to do, until it has more backed
   * than its lease.
   */
  #runAhead(running: Running, nowUs: Us, untilUs: Us, quantumUs: Us, lease: Pages): void {
    const { simulation, book } = running;
    let atUs = nowUs;
    for (;;) {
      const quanta = Math.max(1, Math.ceil((simulation.busyUs() - atUs) / quantumUs));
      atUs = Math.min(untilUs, atUs + quanta * quantumUs);
      // Nothing but idle cycles: it need not run.
      if (simulation.busyUs() > atUs) break;
      this.#runQuantum(running, atUs);
      if (atUs === untilUs || book.backed > lease || running.sweepUs !== Number.POSITIVE_INFINITY) break;
    }
    running.atUs = atUs;
  }

  /**
   * When a VM is to meet the host again whose swapped pages come back without events.
   * @param reads pages that came back since `fromUs`
   */
  #nextSweepUs({ simulation, book }: Running, reads: Pages, fromUs: Us): Us {
    const { timeUs } = simulation.view;
    if (timeUs === fromUs) return timeUs;
    const us = Math.min(SWEPT_US, reads === 0 ? SWEPT_US : Math.floor((SWEPT_PAGES * (timeUs - fromUs)) / reads));
    book.keepLease();
    return timeUs + us;
  }

  #end(order: Float64Array, report: Float64Array): void {
    const running = this.#running;
    if (running === null) return;
    const { simulation, onUs } = running;
    const atUs = (order[Order.NowUs] as Us) - onUs;
    simulation.runTo(Math.max(atUs, simulation.view.timeUs));
    order[Order.IsLook] = 1;
    this.#report(running, order, report);
    simulation.end();
    this.#running = null;
    report.fill(0, Report.Backed, Report.WaitNs);
    report[Report.BusyUs] = Number.POSITIVE_INFINITY;
    report[Report.SweepUs] = Number.POSITIVE_INFINITY;
    report[Report.Balloon] = 0;
  }

  #report(running: Running, order: Float64Array, report: Float64Array): void {
    const { simulation, book, onUs } = running;
    report[Report.AtUs] = running.atUs + onUs;
    report[Report.BusyUs] = simulation.busyUs() + onUs;
    report[Report.SweepUs] = running.sweepUs + onUs;
    report[Report.Backed] = book.backed;
    report[Report.Locked] = book.locked;
    report[Report.Swapped] = book.swapped;
    report[Report.Untouched] = book.untouched;
    report[Report.WaitNs] = book.waitNs;
    report[Report.Reads] = book.reads;
    report[Report.Written] = book.written;
    if (order[Order.IsLook] === 1) this.#reportAll(running, order, report);
  }

  #reportAll(running: Running, order: Float64Array, report: Float64Array): void {
    const { simulation } = running;
    const { guest, balloon, host } = simulation.view;
    report[Report.Target] = host.target;
    report[Report.Balloon] = balloon.size;
    report[Report.Free] = guest.free;
    report[Report.Cache] = guest.cache;
    report[Report.Swap] = guest.swap;
    report[Report.PsiSomeUs] = guest.psiSomeUs;
    report[Report.PsiFullUs] = guest.psiFullUs;
    report[Report.Undone] = guest.undonePages;
    report[Report.OomKills] = guest.oomKills;
    report[Report.SwapOut] = guest.swapOut;
    report[Report.SwapIn] = guest.swapIn;
    report[Report.Lost] = guest.lostPages;
    report[Report.DownUs] = guest.downtimeUs;
    report[Report.IsBallooning] = balloon.isLoaded ? 1 : 0;
    const sampling = order[Order.Sampling] as number;
    if (sampling !== Sampling.None) this.#sample(running, report, sampling === Sampling.Take);
  }

  #sample(running: Running, report: Float64Array, isTaken: boolean): void {
    const { simulation, book, touched, periodUs, waitedNs } = running;
    const { timeUs } = simulation.view;
    simulation.parts.guest.settle();
    const runUs = Math.max(0, timeUs - periodUs - Math.round((book.waitNs - waitedNs) / 1000));
    report[Report.Touched] = touched.pages;
    report[Report.RunUs] = runUs;
    if (!isTaken || runUs < this.#options.samplingUs) return;
    touched.begin();
    running.periodUs = timeUs;
    running.waitedNs = book.waitNs;
  }
}
