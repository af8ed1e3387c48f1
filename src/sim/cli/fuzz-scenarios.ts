import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { print } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { quote } from "../../common/quote.ts";
import { ratesByName } from "../../common/rates.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { type Checked, check, type Failure } from "../fuzz/check.ts";
import { driverOption, type Scenario, scenarioOf } from "../fuzz/scenario.ts";
import { shrink } from "../fuzz/shrink.ts";
import { writeWhole } from "./with-output.ts";

/** The options of `balloon-sim fuzz` as the command line gives them. */
export interface FuzzOptions {
  readonly driver?: string;
  readonly seed?: string;
  readonly runs?: number;
  /** How long, in microseconds of the wall clock. */
  readonly for?: Us;
  readonly output?: string;
  readonly quiet?: true;
}

const DEFAULT_MS = 10_000;
const STATUS_EVERY_MS = 1000;

/** Runs scenario after scenario; prints each failure when it occurs, and the numbers at the end. */
export async function fuzzScenarios(options: FuzzOptions): Promise<void> {
  const { seed = randomBytes(4).toString("hex"), runs = Number.POSITIVE_INFINITY } = options;
  const untilMs = performance.now() + timeLimitMs(options, runs);
  const directory = options.output ?? null;
  if (directory !== null && !statSync(directory, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`-o ${directory}: no such directory`);
  }

  const policy = policyNamed(options.driver, "--driver");
  const status = new Status(options.quiet !== true && process.stderr.isTTY === true);
  const sum = { scenarios: 0, failures: 0, events: 0, simulatedSeconds: 0 };
  for (let n = 0; n < runs && (n === 0 || performance.now() < untilMs); n++) {
    const scenario = scenarioOf(n === 0 ? seed : `${seed}+${n}`, policy);
    const { failure, events, simulatedSeconds } = check(scenario);
    sum.scenarios++;
    sum.events += events;
    sum.simulatedSeconds += simulatedSeconds;
    if (failure !== null) {
      sum.failures++;
      status.clear();
      await report(scenario, failure, directory);
    }
    status.show(`${sum.scenarios} scenarios, ${sum.failures} failures`);
    // The event loop handles signals between two scenarios.
    await turn();
  }
  status.clear();
  print(
    `seed ${seed}: ${sum.scenarios} scenarios, ${sum.failures} failures, ${sum.events} events, ` +
      `${formatTime(Math.round(sum.simulatedSeconds) * 1_000_000)} simulated\n`,
  );
  if (sum.failures > 0) throw new RunError(`${sum.failures} of ${sum.scenarios} scenarios failed`);
}

function timeLimitMs(options: FuzzOptions, runs: number): number {
  if (options.for === undefined) return Number.isFinite(runs) ? Number.POSITIVE_INFINITY : DEFAULT_MS;
  return options.for / 1000;
}

async function report(scenario: Scenario, failure: Failure, directory: string | null): Promise<void> {
  print(
    `${scenario.seed}: ${failure.kind} at ${failure.atUs / 1e6} s: ${failure.message}\n` +
      `  again: balloon-sim fuzz --seed ${quote(scenario.seed)} --runs 1${driverOption(scenario.policy)}\n`,
  );
  if (directory === null) return;
  const smallest = shrink(scenario, failure, failureOf);
  const name = join(directory, `fuzz-${scenario.seed.replace(/[^\w.-]/g, "_")}`);
  await writeJson(`${name}.json`, smallest.document);
  await writeJson(`${name}.rates.json`, ratesByName(scenario.policy.params, smallest.rates));
  print(`  smaller: balloon-sim run ${name}.json --rates ${name}.rates.json${driverOption(scenario.policy)}\n`);
}

/** The failure of a scenario; null if it passes, or if shrinking has made it an invalid trace. */
function failureOf(scenario: Scenario): Checked["failure"] {
  try {
    return check(scenario).failure;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

const writeJson = (path: string, document: unknown): Promise<void> =>
  writeWhole(path, "-o", `${JSON.stringify(document, null, 2)}\n`);

/** A line on a terminal that is overwritten. */
class Status {
  readonly #isVisible: boolean;
  #shownMs = 0;

  constructor(isVisible: boolean) {
    this.#isVisible = isVisible;
  }

  show(text: string): void {
    const now = performance.now();
    if (!this.#isVisible || now - this.#shownMs < STATUS_EVERY_MS) return;
    this.#shownMs = now;
    process.stderr.write(`\r\u001b[K${text}`);
  }

  clear(): void {
    if (this.#isVisible && this.#shownMs > 0) process.stderr.write("\r\u001b[K");
  }
}
