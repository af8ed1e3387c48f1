import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { print } from "../../common/cli/output.ts";
import { InputError, RunError } from "../../common/errors.ts";
import { outputStat } from "../../common/files/output-file.ts";
import { releaseTemporary, removeTemporary, temporaryBeside, trackTemporary } from "../../common/files/temporary.ts";
import { escapeUnsafe, quote } from "../../common/quote.ts";
import { isSystemError, systemErrorText } from "../../common/system-error.ts";
import { type FleetOptions, fleetGuest, guestName } from "../generate/fleet.ts";
import type { GenerateOptions } from "./fleet-options.ts";
import { barTerminal, Progress } from "./jobs/progress.ts";

/** Writes the traces of a fleet into a directory, which appears when all are written, or not at all. */
export async function generateFleet(what: string, options: GenerateOptions): Promise<void> {
  if (what !== "fleet") throw new InputError(`generate ${quote(what)}: expected fleet`);
  const fleet = fleetOptions(options);
  const directory = options.output;
  if (directory === undefined) {
    throw new InputError("generate: -o is missing, such as: balloon-sim generate fleet -o fleet/");
  }
  checkDirectory(directory);
  const progress = new Progress(1, () => barTerminal(options.quiet === true));
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

function fleetOptions({
  seed,
  guests,
  for: durationSeconds,
  every: everySeconds,
  memory,
}: GenerateOptions): FleetOptions {
  return { seed, guests, durationSeconds, everySeconds, ...(memory === undefined ? {} : { sizesMib: memory }) };
}

function makeDirectory(path: string, shown: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error) || error.code === "ENOSPC") throw error;
    throw new InputError(`-o ${escapeUnsafe(shown)}: can't be written: ${systemErrorText(error)}`);
  }
}

/** Refuses a directory that is not empty. */
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
