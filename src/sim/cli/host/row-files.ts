/** The files of `balloon-sim host -o DIR`. */
import { rmSync, statSync } from "node:fs";
import { InputError } from "../../../common/errors.ts";
import { expectDirectory, makeDirectory } from "../../../common/files/output-directory.ts";
import { PendingFile } from "../../../common/files/output-file.ts";
import type { Us } from "../../../common/units.ts";
import type { HostScenario } from "../../hosts/scenario/types.ts";
import { chooseHostedColumns } from "../../output/choose-columns.ts";
import { LOOK_US, parseEvery } from "../../output/row-choice.ts";
import type { RowFormat } from "../../output/row-format.ts";
import { hostEveryUs } from "../../report/host/row-times.ts";
import type { HostRowsSpec } from "./host-rows.ts";
import { otherRows, refuseOtherRows, warnOfOtherRows } from "./other-rows.ts";
import { type RowPaths, type RowsSubject, rowPaths } from "./row-paths.ts";
import type { VmRowsSpec } from "./vm-rows.ts";

/** How rows are to be written. */
export interface RowsOptions {
  readonly format: RowFormat;
  readonly vmColumns: string;
  /** `--every`: `change` or a time. */
  readonly every: string;
  /** Whether files of other runs may stay among them. */
  readonly isForced: boolean;
}

/** The files of a run. They appear when all are complete, or not at all. */
export class RowFiles {
  /** What is to be written into them. */
  readonly spec: HostRowsSpec;
  readonly #paths: RowPaths;
  readonly #unmake: () => void;
  readonly #files: PendingFile[] = [];
  #isDone = false;

  /**
   * @throws {InputError} for wrong options, if the files can't be written, or if the directory has files that would be taken for
   * some of this run
   */
  constructor({ vms, durationUs }: RowsSubject, directory: string, options: RowsOptions) {
    const { format, vmColumns, every, isForced } = options;
    const { choice, sampleUs } = parseEvery("--every", every);
    if (choice === "cycle")
      throw new InputError(
        "--every cycle: VMs on a host have no rows for idle cycles: expected change, or a time such as 5s",
      );
    const columns = vms.map(({ driver }) =>
      chooseHostedColumns(vmColumns, driver, "--vm-columns").map(({ name }) => name),
    );
    this.#paths = rowPaths({ vms }, directory, format);
    if (!isForced) refuseOtherRows(this.#paths, format);
    this.#unmake = makeDirectories(directory, this.#paths.folder);
    try {
      const [host, all] = [this.#pending(this.#paths.host), this.#pending(this.#paths.all)];
      const specs = vms.map(({ driver }, i): VmRowsSpec => {
        const looks = driver.isInterrupted === true && choice === "change";
        return {
          ...this.#pending(this.#paths.vms[i] as string),
          driver: driver.name,
          columns: columns[i] as string[],
          format,
          choice,
          sampleUs: sampleUs ?? (looks ? LOOK_US : null),
        };
      });
      this.spec = { host, all, format, everyUs: sampleUs ?? hostEveryUs(durationUs), vms: specs };
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** The run is over, and the rows have been written: the files appear. */
  commit(): void {
    for (const file of this.#files) {
      if (statSync(file.pendingPath).size > 0) file.commit();
      else {
        // A VM that was never on has no rows; those of a run before would be taken for its.
        const isPlain = file.pendingPath !== file.name;
        file.discard();
        if (isPlain) rmSync(file.name, { force: true });
      }
    }
    this.#isDone = true;
    this.#unmake();
    warnOfOtherRows(otherRows(this.#paths, this.spec.format));
  }

  /** Nothing of it shall remain. Does nothing after `commit`. */
  discard(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    for (const file of this.#files) file.discard();
    this.#unmake();
  }

  #pending(path: string): { readonly path: string; readonly name: string } {
    const file = new PendingFile(path, "-o");
    this.#files.push(file);
    return { path: file.pendingPath, name: file.name };
  }
}

/** @returns a function that removes those again that were made, and are empty; to be called in any case */
function makeDirectories(directory: string, folder: string): () => void {
  for (const path of [directory, folder]) expectDirectory(path, "-o", "the files of the host");
  const outer = makeDirectory(directory, "-o");
  try {
    const inner = makeDirectory(folder, "-o");
    return () => {
      inner();
      outer();
    };
  } catch (error) {
    outer();
    throw error;
  }
}

/** How long a host's run takes on a command line. */
export const runsFor = (scenario: Pick<HostScenario, "durationUs">, untilUs: Us | undefined): Us =>
  Math.min(untilUs ?? Number.POSITIVE_INFINITY, scenario.durationUs);
