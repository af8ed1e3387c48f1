import { KIB_PER_PAGE, type Pages, type Percent } from "../../common/units.ts";
import type { MachineFiles } from "./files.ts";

/** Figures by which the balloon gives way. NaN: the kernel does not tell. */
export interface GuestFigures {
  /** PSI full (avg10), in per cent. */
  readonly psiFull: Percent;
  /** MemAvailable. */
  readonly available: Pages;
}

/** Reads the figures by which the balloon gives way. A kernel without PSI (psi=0) has no pressure. */
export function guestFigures(files: Pick<MachineFiles, "read">): GuestFigures {
  const number = (path: string, pattern: RegExp) => Number(pattern.exec(files.read(path) ?? "")?.[1] ?? Number.NaN);
  return {
    psiFull: number("proc/pressure/memory", /^full avg10=(\d+(?:\.\d+)?)/m),
    available: Math.floor(number("proc/meminfo", /^MemAvailable:\s+(\d+) kB$/m) / KIB_PER_PAGE),
  };
}
