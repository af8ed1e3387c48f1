/** The files of `balloon-sim host -o DIR`: rows of the host, of all VMs in one file, and of each VM. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { warn } from "../../../common/cli/output.ts";
import { InputError } from "../../../common/errors.ts";
import { makeDirectory } from "../../../common/files/output-directory.ts";
import { outputStat, PendingFile } from "../../../common/files/output-file.ts";
import { cleanUpAtSignal } from "../../../common/files/temporary.ts";
import { escapeUnsafe } from "../../../common/quote.ts";
import type { Us } from "../../../common/units.ts";
import type { HostObserver, HostRunView } from "../../hosts/machine/run-view.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { safeNames } from "../../import/safe-names.ts";
import { timeTicks } from "../../output/axis.ts";
import { chooseHostedColumns } from "../../output/choose-columns.ts";
import { parseEvery } from "../../output/row-choice.ts";
import type { RowFormat } from "../../output/row-format.ts";
import { LOOK_US } from "../jobs/job.ts";
import { HOST_COLUMNS, VM_COLUMNS, type VmAt } from "./host-columns.ts";
import { RecordRows } from "./record-rows.ts";
import { TextFile } from "./text-file.ts";
import type { VmRowsSpec } from "./vm-rows.ts";

/** How rows are to be written. */
export interface RowsOptions {
  readonly directory: string;
  readonly format: RowFormat;
  readonly vmColumns: string;
  /** `--every`: `change` or a time. */
  readonly every: string;
}

/** Most rows of the host where no time is given, and the least time between two. */
const MOST_ROWS = 720;
const LEAST_EVERY_US: Us = 1_000_000;
/** Longest name of a VM's file, without its extension. */
const MAX_NAME = 100;

/** The time between rows of the host. */
function hostEveryUs(sampleUs: Us | null, durationUs: Us): Us {
  const [, step = LEAST_EVERY_US] = timeTicks(durationUs, MOST_ROWS);
  return sampleUs ?? Math.max(LEAST_EVERY_US, step);
}

/** The paths of a run's files. */
export interface RowPaths {
  readonly host: string;
  readonly all: string;
  /** Folder of the VMs' files, and the files, in the order of the scenario. */
  readonly folder: string;
  readonly vms: readonly string[];
}

/** Where rows are written in a directory. */
export function rowPaths({ vms }: HostScenario, directory: string, format: RowFormat): RowPaths {
  const folder = join(directory, "vms");
  const names = safeNames(
    vms.map(({ name }) => name),
    MAX_NAME,
  );
  return {
    host: join(directory, `host.${format}`),
    all: join(directory, `vms.${format}`),
    folder,
    vms: names.map((name) => join(folder, `${name}.${format}`)),
  };
}

/** The files of a run. They appear when all are complete, or not at all. */
export class HostRows {
  /** Observer of the host, and the time between its samples. */
  readonly observer: HostObserver;
  readonly everyUs: Us;
  /** What each VM's rows are; in the order of the scenario. */
  readonly specs: readonly VmRowsSpec[];
  readonly #unmake: () => void;
  readonly #files: PendingFile[] = [];
  readonly #host: RecordRows<HostRunView>;
  readonly #all: RecordRows<VmAt>;
  readonly #vmFiles: readonly PendingFile[];
  readonly #folder: string;
  #isDone = false;

  /** @throws {InputError} for wrong options, or if the files can't be written */
  constructor(scenario: HostScenario, durationUs: Us, { directory, format, vmColumns, every }: RowsOptions) {
    const { choice, sampleUs } = parseEvery("--every", every);
    if (choice === "cycle")
      throw new InputError(
        "--every cycle: VMs on a host have no rows for idle cycles: expected change, or a time such as 5s",
      );
    const columns = scenario.vms.map(({ driver }) =>
      chooseHostedColumns(vmColumns, driver, "--vm-columns").map(({ name }) => name),
    );
    this.everyUs = hostEveryUs(sampleUs, durationUs);
    const paths = rowPaths(scenario, directory, format);
    this.#folder = paths.folder;
    this.#unmake = makeDirectories(directory, this.#folder);
    try {
      this.#host = new RecordRows(HOST_COLUMNS, format, this.#open(paths.host));
      this.#all = new RecordRows(VM_COLUMNS, format, this.#open(paths.all));
      this.#vmFiles = paths.vms.map((path) => this.#pending(path));
    } catch (error) {
      this.discard();
      throw error;
    }
    this.specs = scenario.vms.map(({ driver }, i): VmRowsSpec => {
      const { pendingPath: path, name } = this.#vmFiles[i] as PendingFile;
      const looks = driver.isInterrupted === true && choice === "change";
      return {
        path,
        name,
        driver: driver.name,
        columns: columns[i] as string[],
        format,
        choice,
        sampleUs: sampleUs ?? (looks ? LOOK_US : null),
      };
    });
    this.observer = { sample: (view) => this.#sample(view), end: (view) => this.#sample(view) };
  }

  /** The run is over: the files appear. */
  commit(): void {
    this.#host.end();
    this.#all.end();
    for (const file of this.#files) {
      // A VM that was never on has no rows.
      if (statSync(file.pendingPath).size === 0) file.discard();
      else file.commit();
    }
    this.#isDone = true;
    this.#unmake();
    this.#warnOfOthers();
  }

  /** Nothing of it shall remain. Does nothing after `commit`. */
  discard(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const file of this.#files) file.discard();
    this.#unmake();
  }

  #pending(path: string): PendingFile {
    const file = new PendingFile(path, "-o");
    this.#files.push(file);
    return file;
  }

  #open(path: string): TextFile {
    const file = this.#pending(path);
    return new TextFile(file.pendingPath, file.name);
  }

  #sample(view: HostRunView): void {
    const { timeUs } = view;
    this.#host.add(view);
    for (const vm of view.vms) if (vm.isOn) this.#all.add({ timeUs, vm });
  }

  /** Files of VMs of an earlier run would be taken for some of this one. */
  #warnOfOthers(): void {
    const own = new Set(this.#vmFiles.map(({ name }) => name));
    const others = readdirSync(this.#folder).filter((name) => !own.has(join(this.#folder, name)));
    if (others.length === 0) return;
    const [first = ""] = others;
    const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
    warn(`balloon-sim: warning: ${escapeUnsafe(join(this.#folder, first))}${more}: not of this run`);
  }
}

/** @returns a function that removes those again that were made, and are empty */
function makeDirectories(directory: string, folder: string): () => void {
  for (const path of [directory, folder]) {
    const stat = outputStat(path, "-o");
    if (stat !== undefined && !stat.isDirectory()) {
      throw new InputError(`-o ${escapeUnsafe(path)}: is no directory, expected one for the files of the host`);
    }
  }
  const outer = makeDirectory(directory, "-o");
  let inner = (): void => {};
  const unmake = (): void => {
    inner();
    outer();
  };
  try {
    inner = makeDirectory(folder, "-o");
  } catch (error) {
    unmake();
    throw error;
  }
  const forget = cleanUpAtSignal(
    async () => unmake(),
    () => {},
  );
  return () => {
    forget();
    unmake();
  };
}
