/** The result of a study as a file. */
import { ratesByName, ratesFileText } from "../../../common/rates.ts";
import { formatTime } from "../../../common/units.ts";
import type { Params } from "../../../engine/index.ts";
import { partsOf } from "../../tune/host-tunable.ts";
import { driverOfStudy } from "../../tune/study/study-space.ts";
import type { StudyHeader } from "../../tune/types.ts";

/**
 * Values of a study as JSON: rates, as `--rates` reads them, if it varies those of a driver only; else the members of a host file,
 * `policy` and, for the VMs' driver, `defaults`.
 */
export function resultText(header: StudyHeader, values: Params): string {
  const { host } = header;
  if (host === undefined) return ratesFileText(driverOfStudy(header), values);
  const { rates, params } = partsOf(host, values);
  const driver = host.driver === null ? null : driverOfStudy({ driver: host.driver });
  if (driver !== null && params === null) return ratesFileText(driver, values);
  const parts = {
    policy: { name: host.replaced ?? host.policy?.name, params: inFile(host, params ?? {}) },
    ...(driver === null || rates === null
      ? {}
      : { defaults: { driver: driver.name, rates: ratesByName(driver.params, rates) } }),
  };
  return `${JSON.stringify(parts, null, 2)}\n`;
}

/** Parameters as a host file has them: times have a unit there. */
const inFile = (
  { policy }: NonNullable<StudyHeader["host"]>,
  params: Readonly<Record<string, number | string>>,
): Record<string, number | string> =>
  Object.fromEntries(
    (policy?.params ?? []).map(({ name, kind }) => {
      const value = params[name] as number;
      return [name, kind === "time" ? formatTime(value) : value];
    }),
  );
