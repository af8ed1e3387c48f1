/** Where the rows of a host are written. */
import { join } from "node:path";
import type { Us } from "../../../common/units.ts";
import type { VmScenario } from "../../hosts/scenario/types.ts";
import { safeNames } from "../../import/safe-names.ts";
import type { RowFormat } from "../../output/row-format.ts";

/** What the files of a host depend on. */
export interface RowsSubject {
  readonly vms: readonly Pick<VmScenario, "name" | "driver">[];
  /** How long its run takes. */
  readonly durationUs: Us;
}

/** Longest name of a VM's file, without its extension. */
const MAX_NAME = 100;

/** The paths of a run's files. */
export interface RowPaths {
  readonly directory: string;
  readonly host: string;
  readonly all: string;
  /** Folder of the VMs' files, and the files, in the order of the scenario. */
  readonly folder: string;
  readonly vms: readonly string[];
}

/** Where rows are written in a directory. */
export function rowPaths({ vms }: Pick<RowsSubject, "vms">, directory: string, format: RowFormat): RowPaths {
  const folder = join(directory, "vms");
  const names = safeNames(
    vms.map(({ name }) => name),
    MAX_NAME,
  );
  return {
    directory,
    host: join(directory, `host.${format}`),
    all: join(directory, `vms.${format}`),
    folder,
    vms: names.map((name) => join(folder, `${name}.${format}`)),
  };
}
