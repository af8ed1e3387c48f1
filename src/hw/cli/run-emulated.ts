import { join } from "node:path";
import { periodOption } from "../../common/cli/option-values.ts";
import { warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import type { Us } from "../../common/units.ts";
import { runDaemon } from "../daemon/run-daemon.ts";
import { DEFAULT_SOCKET, DEFAULT_STATE } from "../settings/choices.ts";
import { loadSettings, type RawSettings } from "../settings/settings.ts";
import type { HostKind } from "../view/types.ts";
import { hostScript } from "./host-script.ts";
import { withRunDirectory } from "./run-directory.ts";
import { runUnderStrictHost } from "./strict-host.ts";
import { requireAll, surroundings } from "./surroundings.ts";

/** Options of `emulate` other than settings, as the command line has them. */
export interface EmulateOptions {
  readonly config?: string;
  readonly for?: string;
  readonly strict?: true;
  readonly dryRun?: true;
  readonly force?: true;
  readonly insideStrictHost?: true;
}

/** Length of the demonstration without a trace, in microseconds. */
const DEMONSTRATION_US = 60_000_000;
/** The longest time of a timer: 24 days. */
const MAX_FOR_US = (2 ** 31 - 1) * 1000;

/** Executes `balloon-hw emulate`. */
export async function runEmulated(
  trace: string | undefined,
  options: EmulateOptions,
  said: RawSettings,
): Promise<void> {
  const force = options.force === true;
  const isInside = options.insideStrictHost === true;
  const demonstrationUs = trace === undefined && !isInside ? DEMONSTRATION_US : Number.POSITIVE_INFINITY;
  const forUs = options.for === undefined ? demonstrationUs : parseFor(options.for);
  const load = () => loadSettings(options.config, said);
  if (options.strict && options.dryRun)
    throw new InputError("--dry-run: takes no pages that --strict could check: leave one out");
  if (options.strict) {
    const { text, notes } = hostScript(trace);
    requireAll(surroundings(load(), "emulated", force));
    for (const note of notes) warn(`balloon-hw: note: ${note}`);
    await runUnderStrictHost(text, { ...options, force }, said, forUs);
    return;
  }
  await withRunDirectory(async (directory) => {
    const loadOwn = () => {
      const settings = load();
      // A demonstration uses neither the socket of the service nor its orders.
      const socket = settings.socket === DEFAULT_SOCKET ? join(directory, "control.sock") : settings.socket;
      const state = settings.state === DEFAULT_STATE ? directory : settings.state;
      return { ...settings, socket, state };
    };
    const { text, notes } = isInside ? { text: "", notes: [] } : hostScript(trace);
    const host: HostKind = isInside ? { kind: "outside" } : { kind: "emulated", script: text };
    const { addon, warnings } = requireAll(surroundings(loadOwn(), host.kind, force));
    const isDry = options.dryRun === true;
    await runDaemon({ loadSettings: loadOwn, addon, warnings: [...warnings, ...notes], host, isDry, forUs });
  });
}

function parseFor(text: string): Us {
  const us = periodOption("--for", text);
  if (us < MAX_FOR_US) return us;
  throw new InputError(`--for ${quote(text)}: expected less than 24d`);
}
