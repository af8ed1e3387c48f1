import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { periodOption, seedOption, sizeOption, wholeNumberOption } from "../../common/cli/option-values.ts";
import { print } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { outputStat } from "../../common/files/output-file.ts";
import { releaseTemporary, removeTemporary, temporaryBeside, trackTemporary } from "../../common/files/temporary.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { type FleetOptions, fleetGuest, guestName } from "../generate/fleet.ts";
import { Progress } from "./jobs/progress.ts";

/** The options of `balloon-sim generate` as the command line gives them. */
export interface GenerateOptions {
  readonly output?: string;
  readonly guests: string;
  readonly for: string;
  readonly every: string;
  readonly seed: string;
  readonly memory?: string;
  readonly quiet?: true;
}

const MAX_GUESTS = 1_000_000;

/** Writes the traces of a fleet into a directory, which appears when all are written, or not at all. */
export async function generateFleet(what: string, options: GenerateOptions): Promise<void> {
  if (what !== "fleet") throw new InputError(`generate ${quote(what)}: expected fleet`);
  const fleet = fleetOptions(options);
  const directory = options.output;
  if (directory === undefined) {
    throw new InputError("generate: -o is missing, such as: balloon-sim generate fleet -o fleet/");
  }
  checkDirectory(directory);
  const progress = new Progress(1, options.quiet !== true);
  const temporary = temporaryBeside(resolve(directory));
  trackTemporary(temporary);
  try {
    makeDirectory(temporary, directory);
    for (let i = 0; i < fleet.guests; i++) {
      const name = `${guestName(i)}.json`;
      try {
        writeFileSync(join(temporary, name), `${JSON.stringify(fleetGuest(fleet, i))}\n`);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        throw new RunError(`${escapeUnsafe(join(directory, name))}: ${systemErrorText(error)}`);
      }
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
  return {
    seed: seedOption("--seed", options.seed),
    guests: wholeNumberOption("--guests", options.guests, MAX_GUESTS),
    durationSeconds: wholeSeconds("--for", options.for),
    everySeconds: wholeSeconds("--every", options.every),
    ...(options.memory === undefined ? {} : { sizesMib: sizesOf(options.memory) }),
  };
}

const PAGES_PER_MIB = 256;
const LEAST_MIB = 256;
const MOST_MIB = 16 * 1024 * 1024;

/** `512MiB..1TiB`: the first size, and its doubles up to the second; or one size. */
function sizesOf(text: string): number[] {
  const shown = `--memory ${quote(text)}`;
  const ends = text.split("..").map((size) => sizeOption("--memory", size) / PAGES_PER_MIB);
  const [from = 0, to = from] = ends;
  if (ends.length > 2 || !ends.every(Number.isInteger) || from < LEAST_MIB || to > MOST_MIB || to < from) {
    throw new InputError(`${shown}: expected whole MiB from 256MiB to 16TiB, such as 512MiB..1TiB, or one size`);
  }
  const sizes: number[] = [];
  for (let mib = from; mib <= to; mib *= 2) sizes.push(mib);
  return sizes;
}

function wholeSeconds(option: string, text: string): number {
  const seconds = periodOption(option, text) / 1_000_000;
  if (!Number.isInteger(seconds)) throw new InputError(`${option} ${quote(text)}: expected whole seconds`);
  return seconds;
}

function makeDirectory(path: string, shown: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error) || error.code === "ENOSPC") throw error;
    throw new InputError(`-o ${escapeUnsafe(shown)}: can't be written: ${systemErrorText(error)}`);
  }
}

/** An empty directory may be filled; nothing is mixed with what is there already. */
function checkDirectory(directory: string): void {
  const found = outputStat(directory, "-o");
  if (found === undefined) {
    if (!existsSync(dirname(resolve(directory)))) {
      throw new InputError(`-o ${directory}: the directory that it would be in does not exist`);
    }
    return;
  }
  if (!found.isDirectory()) throw new InputError(`-o ${directory}: is no directory`);
  if (readdirSync(directory).length > 0) throw new InputError(`-o ${directory}: is not empty`);
}
