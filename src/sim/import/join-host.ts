import { InputError } from "../../common/errors.ts";
import { quote } from "../../common/quote.ts";
import { FORMATS } from "./formats/index.ts";
import { checkJoin, HostGatherer, type HostView } from "./host-view.ts";
import { Log } from "./log.ts";
import type { LogFile } from "./log-file.ts";
import { vmOf } from "./machine-choice.ts";
import type { LogOptions } from "./read-context.ts";
import { Report } from "./report.ts";
import { factOf, type MachineSurvey } from "./survey.ts";
import { pagesPerUnit } from "./vocabulary.ts";

/**
 * Surveys a host's log and collects the samples of the VM whose guest's log is given.
 * @param files the host's log
 * @param guest the guest's log, of one machine
 * @param options of the host's log; `vm` names the guest's VM in it, else it is the VM of the guest's name, or the only one
 * @param offsetUs is added to the host's times, in microseconds
 * @throws {InputError} if it can't be read, has no such VM or no balloon of it, or can't be joined
 */
export async function joinHost(
  files: readonly LogFile[],
  guest: Log,
  options: LogOptions,
  offsetUs: number,
): Promise<HostView> {
  const noPace = async (): Promise<void> => {};
  const log = await Log.survey(files, FORMATS, options, noPace);
  const own = guest.machines[0] as MachineSurvey;
  const survey = vmOf(log, own.machine);
  const gatherer = new HostGatherer(survey.machine);
  await log.read(new Report(), new Set([survey.machine.id]), (sample) => gatherer.add(sample, offsetUs), noPace);
  const { columns, atUs, values } = gatherer;
  if (!columns.some(({ quantity }, i) => quantity.startsWith("balloon") && values[i]?.some((v) => !Number.isNaN(v)))) {
    throw new InputError(`--host-log ${log.shownName}: has no data about the balloon of ${quote(survey.machine.id)}`);
  }
  const memory = factOf(survey, "memTotal");
  const perUnit = memory === null ? null : pagesPerUnit(memory.column.unit, Number.NaN);
  const host: HostView = {
    shown: log.shownName,
    baseName: (files[0] as LogFile).baseName,
    files,
    vm: survey.machine.name ?? survey.machine.id,
    memory:
      memory === null || perUnit === null
        ? survey.found
        : { pages: Math.round(memory.max * perUnit), evidence: `${memory.column.field} of ${log.shownName}` },
    columns,
    atUs,
    values,
    holdUs: log.format.gapSteps * (survey.stepUs ?? (log.format.stepSeconds ?? 1) * 1e6),
  };
  checkJoin(host, own, guest.shownName, guest.format.clock === "relative");
  return host;
}
