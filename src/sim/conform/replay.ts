import { emptyInput } from "../../common/empty-input.ts";
import { RunError } from "../../common/errors.ts";
import {
  DriverFault,
  dispatch,
  Engine,
  type EngineState,
  Life,
  type Rates,
  Request,
  statisticsText,
} from "../../engine/index.ts";
import { INIT_FORM, parseInit, parseStep } from "./plan.ts";
import { ScriptedGuest, ScriptedHost } from "./scripted.ts";

/** The columns of a row and their fields in the state: the driver's own state, then its statistics. */
const COLUMNS: ReadonlyArray<readonly [name: string, key: keyof EngineState]> = [
  ["size", "size"],
  ["target", "target"],
  ["rate_alloc", "rateAlloc"],
  ["rate_free", "rateFree"],
  ["slow", "slow"],
  ["reset_required", "resetRequired"],
  ["refused", "refused"],
  ["timer", "timer"],
  ["start", "start"],
  ["start_fail", "startFail"],
  ["guest_type", "guestType"],
  ["guest_type_fail", "guestTypeFail"],
  ["lock", "lock"],
  ["lock_fail", "lockFail"],
  ["unlock", "unlock"],
  ["unlock_fail", "unlockFail"],
  ["target_n", "targetCount"],
  ["target_fail", "targetFail"],
  ["alloc", "alloc"],
  ["alloc_fail", "allocFail"],
  ["sleep_alloc", "sleepAlloc"],
  ["sleep_alloc_fail", "sleepAllocFail"],
  ["free", "free"],
  ["refused_alloc", "refusedAlloc"],
  ["refused_free", "refusedFree"],
  ["yields", "yields"],
];

const HEADER = `${["cycle", ...COLUMNS.map(([name]) => name)].join(",")}\n`;

/** The error number EIO, which the driver returns if loading fails. */
const EIO = 5;

export interface ReplayOptions {
  readonly rates: Rates;
  /** Whether the driver's statistics text follows each row. */
  readonly text: boolean;
  /** Name of the plan, for messages about its lines. */
  readonly source: string;
  /** Receives the messages that the driver would log, one line each. */
  readonly log: (message: string) => void;
}

/**
 * Replays a plan of the oracle through the engine, line by line, with the output of the oracle: `init,RC`, a header,
 * and the state after every work cycle.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #engine: Engine;
  readonly #guest = new ScriptedGuest();
  #host: ScriptedHost | undefined;
  #line = 0;
  #cycle = 0;
  #done = false;
  #first = 0;
  #second = 0;
  readonly #reply = (first: number, second: number): void => {
    this.#first = first;
    this.#second = second;
  };

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#engine = new Engine(options.rates);
  }

  /** Whether the plan is at its end: the driver was unloaded, or was not loaded. Further lines are not read. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Takes the next line of the plan, without its line break, and returns the output that it causes.
   * @throws {InputError} if the line is malformed
   * @throws {RunError} if the driver would crash in this cycle
   */
  feed(line: string): string {
    this.#line++;
    const where = `${this.#options.source}:${this.#line}`;
    const host = this.#host;
    if (host === undefined) return this.#load(line, where);

    const step = parseStep(line, where);
    if (step === undefined) return "";
    if (step.kind === "exit") {
      this.#done = true;
      this.#work(this.#engine.exit(), host, where);
    } else {
      host.follow(step);
      this.#guest.follow(step);
      this.#work(this.#engine.cycle(), host, where);
    }
    return this.#show();
  }

  /**
   * Ends the plan.
   * @throws {InputError} if it was empty
   */
  end(): void {
    if (this.#host !== undefined) return;
    throw emptyInput(this.#options.source, `a plan, with "${INIT_FORM}" in its first line`);
  }

  #load(line: string, where: string): string {
    const host = new ScriptedHost(parseInit(line, where));
    this.#host = host;
    this.#work(this.#engine.load(), host, where);
    if (this.#engine.state.life === Life.Loaded) return `init,0\n${HEADER}`;
    this.#done = true;
    return `init,${-EIO}\n`;
  }

  #work(first: number, host: ScriptedHost, where: string): void {
    const { state } = this.#engine;
    try {
      for (let request = first; request !== Request.None; ) {
        dispatch(state, this.#guest, host, this.#reply);
        this.#logFailure(request);
        request = this.#engine.step(this.#first, this.#second);
      }
    } catch (error) {
      if (error instanceof DriverFault) throw new RunError(`${where}: the driver crashes here: ${error.message}`);
      throw error;
    }
  }

  /** The driver logs a failed START only during loading, and every failed GUEST_ID. */
  #logFailure(request: number): void {
    if (this.#first === 0) return;
    if (request === Request.GuestId) this.#options.log("failed to send guest ID to the host");
    else if (request === Request.Start && this.#engine.state.life === Life.Unloaded) {
      this.#options.log("failed to send start command to the host");
    }
  }

  #show(): string {
    const { state } = this.#engine;
    let row = String(this.#cycle++);
    for (const [, key] of COLUMNS) row += `,${state[key]}`;
    row += "\n";
    return this.#options.text ? row + statisticsText(state, "seed") : row;
  }
}
