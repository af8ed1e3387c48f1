/** The rows of a VM on a host, as `run` writes them of a trace. */
import { policyNamed } from "../../../common/policy-named.ts";
import type { Us } from "../../../common/units.ts";
import type { VmGroupOptions } from "../../hosts/machine/vm-group.ts";
import { type Column, columnsOf, HOSTED_COLUMNS } from "../../output/columns.ts";
import { Recorder, type RowChoice } from "../../output/recorder.ts";
import { RowEncoder, type RowFormat } from "../../output/row-format.ts";
import type { Observer } from "../../view/types.ts";
import { TextFile } from "./text-file.ts";

/** Which rows of a VM are written, and where: plain data, which can be sent to the thread in which the VM runs. */
export interface VmRowsSpec {
  /** A file that exists, to whose end the rows are written. */
  readonly path: string;
  /** Its name in messages. */
  readonly name: string;
  /** Name of the VM's balloon driver. */
  readonly driver: string;
  /** Names of columns, those of its host included. */
  readonly columns: readonly string[];
  readonly format: RowFormat;
  readonly choice: Exclude<RowChoice, "cycle">;
  /** Time between samples of the VM; null: it takes none. */
  readonly sampleUs: Us | null;
}

/** The observer that writes the rows of a VM, all of them by its end. Its calls throw an `OutputError` if the file can't be written. */
export function openVmRows({ path, name, driver, columns, format, choice }: VmRowsSpec): Observer {
  const policy = policyNamed(driver, "--driver");
  const known = new Map([...columnsOf(policy), ...HOSTED_COLUMNS].map((column) => [column.name, column]));
  const chosen = columns.map((column) => known.get(column) as Column);
  const file = new TextFile(path, name);
  const recorder = new Recorder(policy, chosen, choice, new RowEncoder(format, chosen), (text) => file.write(text));
  return {
    cycle: (view) => recorder.cycle(view),
    sample: (view) => recorder.sample(view),
    end: (view) => {
      recorder.end(view);
      file.flush();
    },
  };
}

/**
 * Observes the VMs of a host, in the thread in which they run (`VmObserverModule`).
 * @param data the rows of each VM, as `VmRowsSpec[]`
 */
export function watchVms(data: unknown): Omit<VmGroupOptions, "world"> {
  const specs = data as readonly VmRowsSpec[];
  return {
    observerOf: (_, index) => openVmRows(specs[index] as VmRowsSpec),
    sampleEveryUsOf: (_, index) => specs[index]?.sampleUs ?? undefined,
  };
}
