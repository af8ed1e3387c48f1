import { print } from "../../common/cli/output.ts";
import { RunError } from "../../common/errors.ts";
import { openWorker } from "../daemon/open-worker.ts";
import type { Addon, WorkerOptions } from "../native/addon.ts";
import type { CHOICES } from "../settings/settings.ts";
import { findings, missingFailure, surroundings } from "./surroundings.ts";

/** Options of `check`, as the command line has them. */
export interface CheckOptions {
  readonly pin: (typeof CHOICES.pin)[number];
  readonly ioPermission: (typeof CHOICES.ioPermission)[number];
  readonly emulate?: true;
}

/** A worker that opens has pinned a page and learned its frame number; of its host nothing is asked. */
const TRIAL: Omit<WorkerOptions, "pin"> = {
  backdoor: "emulated",
  ioPermission: "none",
  script: "balloon-host 1\n",
  arenaPages: 512,
  slotPages: 512,
  floorPages: 0,
  psiFullLimit: 100,
};

/** Does what `balloon-hw check` says. */
export async function check({ pin, ioPermission, emulate }: CheckOptions): Promise<void> {
  const at = surroundings({ pin, ioPermission, force: false }, emulate !== true);
  let exitCode = 0;
  const say = (state: string, name: string, text: string): void =>
    print(`${state.padEnd(8)} ${name.padEnd(14)} ${text}\n`);
  for (const [prerequisite, finding] of findings(at)) {
    say(finding.state, prerequisite.name, finding.text);
    if (finding.state === "missing" && exitCode === 0) ({ exitCode } = missingFailure(prerequisite, finding));
  }
  if (!("code" in at.addon)) {
    const outcome = await tryPages(at.addon, pin);
    if (outcome instanceof RunError) {
      say("missing", "trial", outcome.message);
      exitCode ||= outcome.exitCode;
    } else {
      say("ok", "trial", `a page was pinned by ${outcome}, and its frame number read`);
    }
  }
  process.exitCode = exitCode;
}

/** Pins a page and lets it go again; returns by what, or why that is impossible. */
async function tryPages(addon: Addon, pin: WorkerOptions["pin"]): Promise<string | RunError> {
  try {
    const worker = await openWorker(addon, { ...TRIAL, pin });
    await new Promise<void>((resolve) => worker.close(() => resolve()));
    return worker.pin;
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}
