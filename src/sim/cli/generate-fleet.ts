import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { print } from "../../common/cli/output.ts";
import { releaseTemporary, removeTemporary, temporaryBeside, trackTemporary } from "../../common/cli/temporary.ts";
import { timeOption } from "../../common/cli/time-option.ts";
import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { type FleetOptions, fleetGuest, guestName } from "../generate/fleet.ts";
import { Progress } from "./jobs/progress.ts";

/** The options of `balloon-sim generate` as the command line gives them. */
export interface GenerateOptions {
  readonly output: string;
  readonly guests: string;
  readonly for: string;
  readonly every: string;
  readonly seed: string;
  readonly quiet?: true;
}

const MAX_GUESTS = 1_000_000;

/** Writes the traces of a fleet into a directory, which appears when all are written, or not at all. */
export async function generateFleet(what: string, options: GenerateOptions): Promise<void> {
  if (what !== "fleet") throw new InputError(`generate ${quote(what)}: expected fleet`);
  const fleet = fleetOptions(options);
  const directory = options.output;
  checkDirectory(directory);
  const progress = new Progress(1, options.quiet !== true);
  const temporary = temporaryBeside(resolve(directory));
  trackTemporary(temporary);
  try {
    mkdirSync(temporary);
    for (let i = 0; i < fleet.guests; i++) {
      writeFileSync(join(temporary, `${guestName(i)}.json`), `${JSON.stringify(fleetGuest(fleet, i))}\n`);
      await progress.pace(0, (i + 1) / fleet.guests);
    }
    renameSync(temporary, directory);
    releaseTemporary(temporary);
  } finally {
    progress.stop();
    removeTemporary(temporary);
  }
  print(`${directory}: ${fleet.guests} traces\n`);
}

function fleetOptions(options: GenerateOptions): FleetOptions {
  if (options.seed === "" || options.seed.length > 100) throw new InputError("--seed: expected 1 to 100 characters");
  const guests = Number(options.guests);
  if (!/^\d+$/.test(options.guests) || guests < 1 || guests > MAX_GUESTS) {
    throw new InputError(`--guests ${quote(options.guests)}: expected a whole number from 1 to ${MAX_GUESTS}`);
  }
  return {
    seed: options.seed,
    guests,
    durationSeconds: wholeSeconds("--for", options.for),
    everySeconds: wholeSeconds("--every", options.every),
  };
}

function wholeSeconds(option: string, text: string): number {
  const seconds = timeOption(option, text) / 1_000_000;
  if (Number.isInteger(seconds) && seconds > 0) return seconds;
  throw new InputError(`${option}: ${quote(text)}: expected whole seconds, more than 0`);
}

/** An empty directory may be filled; nothing is mixed with what is there already. */
function checkDirectory(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) {
    if (!existsSync(dirname(resolve(directory)))) {
      throw new InputError(`-o ${directory}: the directory that it would be in does not exist`);
    }
    return;
  }
  if (!found.isDirectory()) throw new InputError(`-o ${directory}: is no directory`);
  if (readdirSync(directory).length > 0) throw new InputError(`-o ${directory}: is not empty`);
}
