import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { print } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { removeTemporary, temporaryDirectory } from "../../common/files/temporary.ts";
import { policyNamed } from "../../common/policy-named.ts";
import { quote } from "../../common/quote.ts";
import { ratesByName } from "../../common/rates.ts";
import { formatTime, type Us } from "../../common/units.ts";
import { type Checked, check, type Failure } from "../fuzz/check.ts";
import { checkHost } from "../fuzz/host-check.ts";
import { HOST_FILE, type HostFiles, hostScenarioOf, writeHostFiles } from "../fuzz/host-scenario.ts";
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
  readonly hosts?: true;
}

const DEFAULT_MS = 10_000;
const STATUS_EVERY_MS = 1000;

/** What came of one scenario. */
interface Outcome {
  readonly isFailed: boolean;
  /** Events, or meetings of VMs with a host. */
  readonly count: number;
  readonly simulatedSeconds: number;
}

/** Runs scenario after scenario; prints each failure when it occurs, and the numbers at the end. */
export async function fuzzScenarios(options: FuzzOptions): Promise<void> {
  const policy = policyNamed(options.driver, "--driver");
  const directory = directoryOf(options);
  await fuzz(options, "events", async (seed, beforeReport) => {
    const scenario = scenarioOf(seed, policy);
    const { failure, events, simulatedSeconds } = check(scenario);
    if (failure !== null) {
      beforeReport();
      await report(scenario, failure, directory);
    }
    return { isFailed: failure !== null, count: events, simulatedSeconds };
  });
}

/** Runs random hosts, and checks the invariants of their memory after every round. */
export async function fuzzHosts(options: FuzzOptions): Promise<void> {
  if (options.driver !== undefined) throw new InputError("--driver: --hosts draws the drivers of VMs: leave one out");
  const directory = directoryOf(options);
  const folder = temporaryDirectory();
  try {
    await fuzz(options, "meetings", async (seed, beforeReport) => {
      const files = hostScenarioOf(seed);
      writeHostFiles(folder, files);
      const { failure, meetings, simulatedSeconds } = checkHost(join(folder, HOST_FILE), files.quantumUs);
      if (failure !== null) {
        beforeReport();
        reportHost(files, failure, directory);
      }
      return { isFailed: failure !== null, count: meetings, simulatedSeconds };
    });
  } finally {
    removeTemporary(folder);
  }
}

function directoryOf({ output = null }: { readonly output?: string | null }): string | null {
  if (output !== null && !statSync(output, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError(`-o ${output}: no such directory`);
  }
  return output;
}

/** @param check checks the scenario of a seed; calls the function that it gets before it prints anything */
async function fuzz(
  options: FuzzOptions,
  counted: string,
  check: (seed: string, beforeReport: () => void) => Promise<Outcome>,
): Promise<void> {
  const { seed = randomBytes(4).toString("hex"), runs = Number.POSITIVE_INFINITY } = options;
  const untilMs = performance.now() + timeLimitMs(options, runs);
  const status = new Status(options.quiet !== true && process.stderr.isTTY === true);
  const sum = { scenarios: 0, failures: 0, count: 0, simulatedSeconds: 0 };
  for (let n = 0; n < runs && (n === 0 || performance.now() < untilMs); n++) {
    const outcome = await check(n === 0 ? seed : `${seed}+${n}`, () => status.clear());
    sum.scenarios++;
    sum.count += outcome.count;
    sum.simulatedSeconds += outcome.simulatedSeconds;
    if (outcome.isFailed) sum.failures++;
    status.show(`${sum.scenarios} scenarios, ${sum.failures} failures`);
    // The event loop handles signals between two scenarios.
    await turn();
  }
  status.clear();
  print(
    `seed ${seed}: ${sum.scenarios} scenarios, ${sum.failures} failures, ${sum.count} ${counted}, ` +
      `${formatTime(Math.round(sum.simulatedSeconds) * 1_000_000)} simulated\n`,
  );
  if (sum.failures > 0) throw new RunError(`${sum.failures} of ${sum.scenarios} scenarios failed`);
}

function reportHost(files: HostFiles, { kind, atUs, message }: Failure, directory: string | null): void {
  print(
    `${files.seed}: ${kind} at ${atUs / 1e6} s: ${message}\n` +
      `  again: balloon-sim fuzz --hosts --seed ${quote(files.seed)} --runs 1\n`,
  );
  if (directory === null) return;
  const name = join(directory, `fuzz-${files.seed.replace(/[^\w.-]/g, "_")}`);
  writeHostFiles(name, files);
  print(`  its files: ${name}\n`);
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
