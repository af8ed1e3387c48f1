import { checkDistinct, type NamedFile } from "../../../common/cli/distinct-files.ts";
import { print, warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { METRICS_TYPE } from "../../../common/metrics/exposition.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import { DEFAULT_VMMEMCTL, type Machine, openMachine } from "../../../common/record/machine.ts";
import { type RecordingClock, record, SYSTEM_CLOCK } from "../../../common/record/recorder.ts";
import { RecordingFile } from "../../../common/record/recording-file.ts";
import { isLocal, type ListenAddress, parseListenAddress } from "../../../common/server/listen-address.ts";
import { PageServer } from "../../../common/server/page-server.ts";
import { IN_THREAD, type WindowReplayer } from "../../shadow/replayer.ts";
import { isMachinePath } from "../../trace/machines.ts";
import { accountText } from "./account-text.ts";
import { shadowMetrics } from "./metrics.ts";
import type { ShadowOptions } from "./options.ts";
import { ReportFile } from "./report-file.ts";
import { ShadowSession } from "./session.ts";

/** What a shadow needs of the machine beside its files. Tests have others. */
export interface ShadowSurroundings {
  readonly clock: RecordingClock;
  readonly replayer: WindowReplayer;
  /** Opens the files. @throws {InputError} if there is nothing to read */
  open(options: ShadowOptions): Machine;
}

const HERE: ShadowSurroundings = {
  clock: SYSTEM_CLOCK,
  replayer: IN_THREAD,
  open: ({ proc, vmmemctl }) => openMachine({ proc, vmmemctl: vmmemctl ?? null }),
};

/** The driver acts once a second. */
const EVERY_US = 1_000_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Executes `shadow`: until the time is over, or a signal.
 * @param program the command's name, for messages and reports, and its version
 */
export async function runShadow(
  options: ShadowOptions,
  program: { readonly name: string; readonly version: string },
  around: ShadowSurroundings = HERE,
): Promise<void> {
  checkFiles(options);
  const address = options.metrics === undefined ? null : addressOf(options.metrics, options.metricsRemote === true);
  const report = options.report === undefined ? null : new ReportFile(options.report);
  const say = (line: string): void => warn(`${program.name}: ${line}`);
  const machine = around.open(options);
  const session = new ShadowSession(machine, { options, program, replayer: around.replayer, report, say });
  await report?.write(session.account(false), []);
  const file = options.record === undefined ? null : new RecordingFile(options.record, "--record");
  const server = address === null ? null : await serve(address, session);
  const ending = new AbortController();
  const end = (): void => ending.abort();
  for (const signal of SIGNALS) process.on(signal, end);
  try {
    for (const line of session.beginning) say(line);
    await record({
      machine,
      clock: around.clock,
      program,
      everyUs: EVERY_US,
      forUs: options.for ?? Number.POSITIVE_INFINITY,
      signal: ending.signal,
      write: (line) => file?.write(line),
      onValues: (wallMs, us, values) => session.add(wallMs, us, values),
      onSample: () => {},
      onChange: (path, why) =>
        say(`${escapeUnsafe(path)}: ${why === null ? "can be read again" : `${why}: waiting for it`}`),
    });
    await session.end();
    print(accountText(session.account(true)));
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, end);
    for (const source of machine.sources) source.close();
    file?.close();
    await server?.close();
  }
}

/** Checks that no output is an input, or another output. */
function checkFiles({ rates, machine, vmmemctl = DEFAULT_VMMEMCTL, report, record: recording }: ShadowOptions): void {
  const named = (option: string, path: string | undefined): NamedFile[] =>
    path === undefined ? [] : [{ option, path }];
  checkDistinct(
    [...named("--report", report), ...named("--record", recording)],
    [
      ...named("--rates", rates),
      ...named("--machine", machine !== undefined && isMachinePath(machine) ? machine : undefined),
      ...named("--vmmemctl", vmmemctl),
    ],
  );
}

function addressOf(text: string, isRemoteAllowed: boolean): ListenAddress {
  let address: ListenAddress;
  try {
    address = parseListenAddress(text);
  } catch (error) {
    throw error instanceof InputError ? new InputError(`--metrics: ${error.message}`) : error;
  }
  if (isLocal(address) || isRemoteAllowed) return address;
  throw new InputError(
    "--metrics: other machines could reach this address, and metrics are neither encrypted nor protected: use 127.0.0.1 or unix:PATH, or add --metrics-remote",
  );
}

const serve = (address: ListenAddress, session: ShadowSession): Promise<PageServer> =>
  PageServer.listen(
    address,
    new Map([
      ["/metrics", () => ({ type: METRICS_TYPE, body: shadowMetrics(session.account(false), session.last) })],
      ["/report", () => ({ type: "application/json", body: `${JSON.stringify(session.account(false), null, 2)}\n` })],
    ]),
    "--metrics",
  );
