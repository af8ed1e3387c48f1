/** The rows of `balloon-sim host -o DIR`: of the host, of all its VMs in one file, and of each VM. */
import type { Us } from "../../../common/units.ts";
import type { HostRunView, SampledObserver } from "../../hosts/machine/run-view.ts";
import { csvLines } from "../../output/csv.ts";
import type { RowFormat } from "../../output/row-format.ts";
import { HOST_COLUMNS, VM_COLUMNS, type VmAt } from "../../report/host/host-columns.ts";
import { RecordRows, type RowsSink } from "../../report/host/record-rows.ts";
import { TextFile } from "./text-file.ts";
import type { VmRowsSpec } from "./vm-rows.ts";

/** A file that exists, to whose end rows are written. */
export interface RowsFile {
  readonly path: string;
  /** Its name in messages. */
  readonly name: string;
}

/** Which rows a run writes, and where: plain data, which can be sent to the thread in which the host runs. */
export interface HostRowsSpec {
  readonly host: RowsFile;
  readonly all: RowsFile;
  readonly format: RowFormat;
  /** Time between rows of the host, and of all VMs. */
  readonly everyUs: Us;
  /** The rows of each VM, in the order of the scenario. */
  readonly vms: readonly VmRowsSpec[];
}

/**
 * The observer that writes the rows of a host and of all its VMs, all of them by its end. Its calls throw an `OutputError` if a file
 * can't be written. `watchVms` writes those of each VM.
 */
export function openHostRows({ host, all, format, everyUs }: HostRowsSpec): SampledObserver {
  const [hostFile, allFile] = [new TextFile(host.path, host.name), new TextFile(all.path, all.name)];
  const hostRows = new RecordRows(HOST_COLUMNS, format, sinkOf(hostFile));
  const allRows = new RecordRows<VmAt>(VM_COLUMNS, format, sinkOf(allFile));
  const sample = (view: HostRunView): void => {
    const { timeUs } = view;
    hostRows.add(view);
    for (const vm of view.vms) if (vm.isOn) allRows.add({ timeUs, vm });
  };
  const end = (view: HostRunView): void => {
    sample(view);
    hostRows.end();
    allRows.end();
    hostFile.flush();
    allFile.flush();
  };
  return { observer: { sample, end }, everyUs };
}

const sinkOf = (file: TextFile): RowsSink => ({
  write: (text) => file.write(text),
  field: (text) => csvLines([[text]]).slice(0, -1),
});
