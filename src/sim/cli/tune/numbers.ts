import { availableParallelism } from "node:os";
import { wholeNumberOption } from "../../../common/cli/option-values.ts";

const MAX_WORKERS = 256;
const MAX_SEEDS = 1000;
const MAX_TRIALS = 100_000_000;
const MAX_WORLDS = 1000;

/** `--workers`: threads that make runs. @throws {InputError} */
export const parseWorkers = (text: string | undefined): number =>
  text === undefined
    ? Math.min(MAX_WORKERS, availableParallelism())
    : wholeNumberOption("--workers", text, MAX_WORKERS);

/** `--seeds`: the seeds that random traces are run with, "1" and up. @throws {InputError} */
export const parseSeeds = (text: string | undefined): string[] =>
  Array.from({ length: text === undefined ? 1 : wholeNumberOption("--seeds", text, MAX_SEEDS) }, (_, i) =>
    String(i + 1),
  );

/** `--worlds` and its like. @throws {InputError} */
export const parseWorlds = (option: string, text: string): number => wholeNumberOption(option, text, MAX_WORLDS);

/** `--trials`. @throws {InputError} */
export const parseTrials = (text: string): number => wholeNumberOption("--trials", text, MAX_TRIALS);
