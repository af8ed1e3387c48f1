import { version } from "../../common/cli/command-line.ts";
import { print, warn } from "../../common/cli/output.ts";
import { InputError } from "../../common/errors.ts";
import { sha256OfFile } from "../../common/files/hash.ts";
import { escapeUnsafe } from "../../common/quote.ts";
import { type Calibration, calibrate } from "../calibrate/calibrate.ts";
import { calibratedMachine } from "../calibrate/calibrated-machine.ts";
import { LocalReplayer, type Replayer, type ReplaySetup } from "../calibrate/replayer.ts";
import { readRun, recordingName } from "../fidelity/read-run.ts";
import type { RecordedRun } from "../fidelity/recorded-run.ts";
import { isMachinePath, machineText, parseMachine } from "../trace/machines.ts";
import { balloonCosts, PROFILES, type Profile } from "../trace/profile.ts";
import { argumentFiles, checkOutput } from "./input-files.ts";
import { processors } from "./jobs/processors.ts";
import { machineNameOf } from "./machine-name.ts";
import { calibrationText } from "./print-calibration.ts";
import { checkNoneTwice } from "./same-recording.ts";
import { Spool } from "./spool.ts";
import { readMachine } from "./what-if-options.ts";
import { withOutput } from "./with-output.ts";

/** The options of `balloon-sim calibrate` as the command line gives them. */
export interface CalibrateOptions {
  readonly base?: string;
  readonly output?: string;
  readonly workers?: number;
  readonly quiet?: boolean;
}

/** Executes `balloon-sim calibrate` with recorded runs. */
export async function calibrateFromRuns(paths: readonly string[], options: CalibrateOptions): Promise<void> {
  if (paths.length === 0) {
    throw new InputError(
      "calibrate: a recorded run is missing, such as: balloon-sim calibrate run.csv -o machine.json; --here measures this machine instead",
    );
  }
  const { base: written, output, workers = processors(), quiet } = options;
  const isFile = written !== undefined && isMachinePath(written);
  checkOutput(output, [...argumentFiles(paths), ...(isFile ? [{ option: "--base", path: written }] : [])]);
  const { recorded, digests } = await readAll(paths);
  checkNoneTwice(
    recorded.map(({ name }) => name),
    digests,
  );
  checkOneMachine(recorded);
  // The output says what is known of the machine: the fit replaces the costs that the note is about.
  const runs = recorded.map((run) => ({ ...run, costsNote: null }));
  const profile = profileOfRun(runs[0] as RecordedRun);
  const machine = {
    ...(written === undefined
      ? profile.machine
      : parseMachine(readMachine(written, "--base").content, `--base ${written}`)),
    // Runs of the VM lab state their processors.
    ...cpusOf(runs[0] as RecordedRun),
  };
  const base = balloonCosts({ ...profile, machine });
  const fitRuns = async (): Promise<Calibration> => {
    const replayer = await createReplayer({ runs, machine }, workers);
    const isShown = quiet !== true && process.stderr.isTTY;
    const note = (step: string) => isShown && warn(`balloon-sim: ${step}`);
    return await calibrate(runs, base, replayer, note).finally(() => replayer.stop());
  };
  if (output === undefined) return print(calibrationText(await fitRuns(), machine, runs));
  await withOutput(output, async (sink) => {
    const calibration = await fitRuns();
    // A machine on standard output is for another program.
    (output === "-" ? warn : print)(calibrationText(calibration, machine, runs));
    const result = calibratedMachine(calibration, machine, {
      name: machineNameOf(output),
      isDaemon: profile.balloon === "daemon",
      program: `balloon-sim ${version()}`,
      recordings: paths.map((path, i) => ({ name: recordingName(path), sha256: digests[i] as string })),
    });
    sink.write(machineText(result));
  });
}

/** Recorded runs, and the SHA-256 of each. Standard input and pipes are read once, for both. */
async function readAll(paths: readonly string[]) {
  const spool = new Spool();
  try {
    const recorded: RecordedRun[] = [];
    const digests: string[] = [];
    for (const path of paths) {
      const file = (await spool.keep(path)) ?? path;
      recorded.push(readRun(file, path));
      digests.push(sha256OfFile(file));
    }
    return { recorded, digests };
  } finally {
    spool.remove();
  }
}

/** @throws {InputError} if runs are of different machines */
function checkOneMachine(runs: readonly RecordedRun[]): void {
  const [first] = runs as [RecordedRun];
  runs.forEach((run) => {
    if (run.recordedOn === first.recordedOn) return;
    throw new InputError(
      `${run.name}: is of another machine (${escapeUnsafe(run.recordedOn)}) than ${first.name} (${escapeUnsafe(first.recordedOn)}): calibrate each machine with its own runs`,
    );
  });
}

/** The processors of the machine, if the runs have them. */
function cpusOf({ replay }: RecordedRun): { readonly cpus?: number } {
  const { guest } = replay.trace as { guest: { cpus?: number } };
  return guest.cpus === undefined ? {} : { cpus: guest.cpus };
}

const profileOfRun = ({ replay }: RecordedRun): Profile =>
  PROFILES.get((replay.trace as { guest: { profile: string } }).guest.profile) as Profile;

async function createReplayer(setup: ReplaySetup, workers: number): Promise<Replayer> {
  if (workers === 1) return new LocalReplayer(setup);
  const { PoolReplayer } = await import("../calibrate/pool-replayer.ts");
  return new PoolReplayer(setup, workers);
}
