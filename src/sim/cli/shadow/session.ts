import { ratesByName } from "../../../common/rates.ts";
import type { Machine } from "../../../common/record/machine.ts";
import { accountOf, type ShadowAccount, type ShadowSubject } from "../../shadow/account.ts";
import { LEAST_WINDOWS } from "../../shadow/claims.ts";
import type { WindowReplayer } from "../../shadow/replayer.ts";
import { type Sample, type SampleReader, sampleReader } from "../../shadow/sample.ts";
import { Shadow } from "../../shadow/shadow.ts";
import { costsSentence, driversSentence } from "../../shadow/words.ts";
import { checkFloor, otherDriver, realDriver, type ShadowDriver } from "./drivers.ts";
import { guestOf } from "./guest.ts";
import type { ShadowOptions } from "./options.ts";
import type { ReportFile } from "./report-file.ts";
import { VerdictChanges, windowLine } from "./window-lines.ts";

/** What a session is made of, beside the machine. */
export interface SessionParts {
  readonly options: ShadowOptions;
  readonly program: ShadowSubject["program"];
  readonly replayer: WindowReplayer;
  /** Written after each window that was replayed. */
  readonly report: ReportFile | null;
  /** Prints a line for people. */
  say(line: string): void;
}

/** A window ends at so many times its usual length although the balloon still moves. */
const LONGEST = 3;
/** Shorter windows are not replayed. */
const LEAST_US = 20_000_000;
/** Time between samples of one window at most: two samples may be missing. */
const GAP_US = 3_500_000;

/** A shadow of a machine: from its values to lines, reports and accounts. */
export class ShadowSession {
  readonly #parts: SessionParts;
  readonly #subject: ShadowSubject;
  readonly #shadow: Shadow;
  readonly #read: SampleReader;
  readonly #changes = new VerdictChanges();
  #last: Sample | null = null;
  #span: { fromMs: number | null; untilMs: number | null; samples: number } = {
    fromMs: null,
    untilMs: null,
    samples: 0,
  };
  /** The writing of reports, one after the other. */
  #writing: Promise<void> = Promise.resolve();

  /** @throws {InputError} if the machine or the options do not allow a shadow */
  constructor(machine: Machine, parts: SessionParts) {
    const { options } = parts;
    this.#parts = parts;
    const guest = guestOf(machine, options, options.machine);
    const real = realDriver(machine, guest);
    const other = otherDriver(options, guest);
    this.#read = sampleReader(
      machine.sources.flatMap(({ fields }) => fields),
      machine.facts.pageBytes,
    );
    const { name, kernel } = machine.facts;
    this.#subject = {
      program: parts.program,
      machine: { name, kernel },
      real: { ...driverAccount(real), layout: real.layout },
      other: driverAccount(other),
      costs: { machine: guest.costs, isCalibrated: guest.isCalibrated },
      caveats: caveatsOf(machine, real.caveat),
    };
    this.#shadow = new Shadow(
      {
        real: real.predicted,
        other: other.predicted,
        slack: Math.max(real.policy.slack ?? 0, other.policy.slack ?? 0),
        lengths: { usualUs: options.window, mostUs: LONGEST * options.window, leastUs: LEAST_US, gapUs: GAP_US },
        replayer: parts.replayer,
      },
      {
        replayed: (window, result) => {
          if (options.quiet !== true) {
            parts.say(windowLine(window, result));
            for (const line of this.#changes.lines(this.#shadow.claims, LEAST_WINDOWS)) parts.say(line);
          }
          this.#write(false);
        },
        failed: (_, why) => parts.say(`a window can't be simulated: ${why}`),
      },
    );
  }

  /** The first lines for people: who is predicted, and how. */
  get beginning(): string[] {
    const account = this.account(false);
    return [driversSentence(account), costsSentence(account), ...account.caveats];
  }

  /** The last sample; null if it could not be read. */
  get last(): Sample | null {
    return this.#last;
  }

  /** Takes the values of a sample. @throws an unexpected error of a replay */
  add(wallMs: number, monotonicUs: number, values: Float64Array): void {
    const sample = this.#read(wallMs, monotonicUs, values);
    const first = this.#span.samples === 0;
    if (sample !== null) {
      if (first) checkFloor(this.#parts.options.floor, sample.memory);
      this.#span = { fromMs: this.#span.fromMs ?? wallMs, untilMs: wallMs, samples: this.#span.samples + 1 };
    }
    this.#last = sample;
    this.#shadow.add(sample);
  }

  /** Ends the present window, replays it, and writes the last report. @throws {InputError} if that can't be written */
  async end(): Promise<void> {
    await this.#shadow.end();
    await this.#writing;
    await this.#parts.report?.write(this.account(true), this.#shadow.pictures);
  }

  /** The state of the shadow. */
  account(isOver: boolean): ShadowAccount {
    return accountOf(this.#subject, { ...this.#span, isOver }, this.#shadow.counts, this.#shadow.claims);
  }

  /** Writes the report. A failure is reported, and the next window tries again. */
  #write(isOver: boolean): void {
    const { report, say } = this.#parts;
    if (report === null) return;
    this.#writing = this.#writing
      .then(() => report.write(this.account(isOver), this.#shadow.pictures))
      .catch((error: Error) => say(error.message));
  }
}

const driverAccount = ({ name, detail, policy, predicted }: ShadowDriver) => ({
  name,
  detail,
  rates: ratesByName(policy.params, predicted.rates),
});

function caveatsOf({ sources }: Machine, caveat: string | null): string[] {
  const has = (file: string, field: string): boolean =>
    sources.some(({ fields }) => fields.some((one) => one.file === file && one.field === field));
  return [
    ...(caveat === null ? [] : [`${caveat}.`]),
    ...(has("pressure/memory", "some")
      ? []
      : ["The kernel has no pressure stall information: nothing is said about stalls."]),
    ...(has("vmstat", "pswpin") ? [] : ["The kernel does not count swapped pages: nothing is said about swap."]),
  ];
}
