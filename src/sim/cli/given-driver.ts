import { driverOfRates, type GivenRates } from "../../common/rates.ts";
import { readRatesFile } from "../../common/rates-file.ts";

/** What of a command line names the driver of its runs. */
export type DriverOption = "--driver" | "--rates";

/** The driver that a command line names, and the rates of its file, which is read once: it may be a pipe. */
export interface GivenDriver {
  /** Name of the driver, by `--driver`, else by the file of `--rates`; undefined: neither names one, the traces decide. */
  readonly name: string | undefined;
  /** What names it; null: nothing does. */
  readonly by: DriverOption | null;
  /** The rates in the file; null: none is given. */
  readonly rates: GivenRates | null;
}

/**
 * The driver that `--driver` or the file of `--rates` names. Rates of another driver than that of `--driver` are refused where
 * they are used (`ratesOf`).
 * @throws {InputError} if the file can't be read or names an unknown driver
 */
export function givenDriver({ driver, rates }: { readonly driver?: string; readonly rates?: string }): GivenDriver {
  const given = rates === undefined ? null : readRatesFile(rates, "--rates ");
  if (driver !== undefined) return { name: driver, by: "--driver", rates: given };
  const name = given === null ? undefined : driverOfRates(given)?.name;
  return { name, by: name === undefined ? null : "--rates", rates: given };
}
