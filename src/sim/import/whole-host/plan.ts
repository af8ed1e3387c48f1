/** The decisions about a host and its VMs before the traces are written. */
import { sizeOption } from "../../../common/cli/option-values.ts";
import { InputError } from "../../../common/errors.ts";
import { didYouMean } from "../../../common/nearest.ts";
import { quote, shorten } from "../../../common/quote.ts";
import { formatSize, formatTime, type Us } from "../../../common/units.ts";
import { targetPolicyNamed } from "../../hosts/policies/index.ts";
import type { Log, PlannedTrace } from "../log.ts";
import { machineList } from "../machine-choice.ts";
import type { ImportOptions, KnownSize } from "../plan.ts";
import type { Machine } from "../reader.ts";
import { safeNames } from "../safe-names.ts";
import { factOf, type MachineSurvey } from "../survey.ts";
import { pagesPerUnit, type Quantity } from "../vocabulary.ts";
import type { Lives } from "./lives.ts";
import { type VmSettings, vmSettings } from "./vm-settings.ts";

/** The user's options for a host. */
export interface HostOptions extends Omit<ImportOptions, "isOfHost" | "hostView" | "target"> {
  /** Name of the host in the log; absent: the only one. */
  readonly hostName?: string;
  readonly hostMemory?: string;
  /** Name of the policy; absent: that of the kind of host. */
  readonly policy?: string;
  /** RAM of VMs, each `NAME=SIZE`. */
  readonly vmMemory?: readonly string[];
}

/** A VM of the host, or one of its lives. */
export interface PlannedVm {
  /** Its name in the host file, and that of its trace without the extension. */
  readonly name: string;
  readonly planned: PlannedTrace;
  /** When it is on, since the host's time 0; null: until the end. */
  readonly onUs: Us;
  readonly offUs: Us | null;
  readonly settings: VmSettings;
}

/** The conversion of a log to a host with VMs. */
export interface HostPlan {
  /** Name of the host: its own, or the log's. */
  readonly name: string;
  /** The host's own figures; null: the log has none. */
  readonly survey: MachineSurvey | null;
  readonly memory: KnownSize;
  readonly policy: string;
  /** Whether the VMs' figures are those of a host of VMware. */
  readonly isVmware: boolean;
  /** The balloon driver of its guests; null: the log does not tell. */
  readonly driver: string | null;
  /** Time of the log that is time 0, and the length of the host's run. */
  readonly originUs: number;
  readonly durationUs: Us;
  readonly vms: readonly PlannedVm[];
}

/** Characters of a VM's name: those of a host file. */
const MAX_NAME = 64;
/** Machines that a remark names. */
const MAX_SHOWN = 6;

/**
 * Plans a host.
 * @param log surveyed with `lives.adapt`
 * @param version of this program
 * @throws {InputError} if neither the log nor an option gives a necessary value
 */
export function planHost(log: Log, lives: Lives, options: HostOptions, version: string): HostPlan {
  const survey = hostOf(log, options.hostName);
  const machines = vmsOf(log, survey);
  const isVmware = machines.every((each) => hasColumn(each, "granted"));
  const memory = memoryOf(log, survey, options, isVmware);
  const policy = policyOf(log, options.policy, isVmware);
  const traces = planTraces(log, machines, options, version);
  const originUs = Math.min(...machines.map(({ firstUs }) => firstUs));
  const endUs = Math.max(...traces.map(({ plan }) => plan.survey.lastUs + plan.stepUs));
  const names = safeNames(
    traces.map(({ plan }) => nameOf(plan.survey.machine)),
    MAX_NAME,
  );
  const vms = traces.map((planned, i): PlannedVm => {
    const { plan } = planned;
    return {
      name: names[i] as string,
      planned,
      ...timesOf(planned, lives, originUs, endUs),
      settings: vmSettings(plan.survey, plan.memory.pages, isVmware, log.report),
    };
  });
  tellOfTimes(log, vms, endUs - originUs);
  return {
    name: survey === null ? (options.hostName ?? log.shownName) : nameOf(survey.machine),
    survey,
    memory,
    policy,
    isVmware,
    // Domains of libvirt have figures of the guest only from this driver.
    driver: machines.every((each) => hasColumn(each, "x-guest-total")) ? "virtio-balloon" : null,
    originUs,
    durationUs: endUs - originUs,
    vms,
  };
}

const hasColumn = ({ machine }: MachineSurvey, of: Quantity): boolean =>
  machine.columns.some(({ quantity }) => quantity === of);

const nameOf = ({ id, name }: Machine): string => name ?? id;

/** The survey of the host's own figures; null if the log has none. */
function hostOf({ machines, shownName }: Log, name: string | undefined): MachineSurvey | null {
  const hosts = machines.filter(({ machine }) => machine.isHost);
  const isNamed = ({ machine }: MachineSurvey): boolean =>
    name !== undefined && (machine.id === name || machine.name === name || nameOf(machine).startsWith(`${name}:`));
  // Where the log does not tell hosts from VMs, the user does. A scraper adds a port to the name of a node.
  const named = (hosts.length > 0 ? hosts : machines).find(isNamed);
  if (named !== undefined || hosts.length === 0) return named ?? null;
  const list = machineList(hosts.map(({ machine }) => machine));
  if (name !== undefined) {
    const names = hosts.map(({ machine }) => nameOf(machine));
    throw new InputError(
      `--host-name ${quote(name)}: ${shownName} has no host of this name${didYouMean(name, names)} (it has ${list})`,
    );
  }
  if (hosts.length > 1) {
    throw new InputError(`${shownName}: has ${hosts.length} hosts (${list}): choose one with --host-name`);
  }
  return hosts[0] as MachineSurvey;
}

/** The VMs with enough samples for a trace. */
function vmsOf(log: Log, host: MachineSurvey | null): MachineSurvey[] {
  const all = log.machines.filter((each) => each !== host && !each.machine.isHost);
  const vms = all.filter(({ stepUs }) => stepUs !== null || log.format.stepSeconds !== null);
  const short = all.filter((each) => !vms.includes(each)).map(({ machine }) => machine);
  if (vms.length === 0) {
    const why = short.length > 0 ? `only one sample of ${machineList(short)}` : "no samples of VMs";
    throw new InputError(`${log.shownName}: has ${why}, expected a host with VMs`);
  }
  if (short.length > 0) log.report.warn(`one sample only, which makes no trace: omitted: ${machineList(short)}`);
  return vms;
}

function memoryOf(
  log: Log,
  survey: MachineSurvey | null,
  { hostMemory: given, hostName }: HostOptions,
  isVmware: boolean,
): KnownSize {
  const measured = measuredMemory(survey);
  if (given !== undefined) {
    const pages = sizeOption("--host-memory", given);
    if (pages === 0) throw new InputError("--host-memory: expected more than 0");
    if (measured !== null && measured.pages !== pages) {
      log.report.warn(`--host-memory ${given} overrides ${formatSize(measured.pages)}, the value of the log`);
    }
    return { pages, how: "given", evidence: `--host-memory ${given}` };
  }
  if (measured !== null) return measured;
  const hint =
    isVmware && survey === null ? " (or export the host's own figures, mem.consumed and mem.usage, too)" : "";
  const host = survey === null && hostName !== undefined ? ` ${quote(hostName)}` : "";
  throw new InputError(
    `${log.shownName}: the memory of the host${host} is not in the log: give it with --host-memory, such as --host-memory 256GiB${hint}`,
  );
}

function measuredMemory(survey: MachineSurvey | null): KnownSize | null {
  if (survey === null) return null;
  const fact = factOf(survey, "memTotal");
  if (fact === null || fact.max === 0) return survey.found === null ? null : { ...survey.found, how: "inferred" };
  const pages = Math.round(fact.max * (pagesPerUnit(fact.column.unit, Number.NaN) ?? Number.NaN));
  return { pages, how: "measured", evidence: `${fact.column.field} of the log` };
}

function policyOf(log: Log, given: string | undefined, isVmware: boolean): string {
  if (given !== undefined) return targetPolicyNamed(given, "--policy").name;
  if (isVmware) return "esx";
  log.report.warn(
    "the log does not tell the policy of its host: none is assumed, which never balloons (--policy sets another, such as proxmox or mom)",
  );
  return "none";
}

/** Plans the traces of all VMs, each with its own RAM. */
function planTraces(
  log: Log,
  machines: readonly MachineSurvey[],
  options: HostOptions,
  version: string,
): PlannedTrace[] {
  const { memory: fallback, vmMemory = [], ...others } = options;
  const given = sizesOf(vmMemory, log, machines);
  const refused: InputError[] = [];
  const traces = machines.flatMap((survey) => {
    const knows = (factOf(survey, "memTotal")?.max ?? 0) > 0 || survey.found !== null || survey.movingRam !== null;
    const memory = given.get(nameOf(survey.machine)) ?? given.get(survey.machine.id) ?? (knows ? undefined : fallback);
    try {
      return log.plan([survey], { ...others, ...(memory === undefined ? {} : { memory }), isOfHost: true }, version);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push(error);
      return [];
    }
  });
  const [first] = refused;
  if (first === undefined) return traces;
  throw refused.length > 1
    ? new InputError(`${first.message} (and ${refused.length - 1} more VMs of this log)`)
    : first;
}

/** The sizes of `--vm-memory`, by the names of VMs. */
function sizesOf(texts: readonly string[], log: Log, machines: readonly MachineSurvey[]): Map<string, string> {
  const sizes = new Map<string, string>();
  for (const text of texts) {
    // A name may have an equals sign, a size has none.
    const at = text.lastIndexOf("=");
    const [name, size] = [text.slice(0, at), text.slice(at + 1)];
    if (at < 1) throw new InputError(`--vm-memory ${quote(text)}: expected NAME=SIZE, such as web01=8GiB`);
    sizeOption(`--vm-memory ${shorten(name)}`, size);
    if (!machines.some(({ machine }) => [machine.id, machine.name].includes(name))) {
      const names = machines.map(({ machine }) => nameOf(machine));
      throw new InputError(
        `--vm-memory ${quote(name)}: ${log.shownName} has no VM with this name or id${didYouMean(name, names)} (it has ${machineList(machines.map(({ machine }) => machine))})`,
      );
    }
    sizes.set(name, size);
  }
  return sizes;
}

/** When a VM is on: VMs whose samples begin or end with those of the others are on from the beginning or until the end. */
function timesOf(
  { plan }: PlannedTrace,
  lives: Lives,
  originUs: number,
  endUs: number,
): { onUs: Us; offUs: Us | null } {
  const { survey, gapUs, stepUs } = plan;
  const life = lives.of(survey.machine.id);
  const sinceUs = survey.firstUs - originUs;
  const isLate = life?.wasOff || sinceUs > gapUs;
  const offUs = life?.offUs ?? (survey.lastUs + gapUs < endUs ? survey.lastUs + stepUs : null);
  return {
    onUs: isLate ? sinceUs : 0,
    offUs: offUs === null || offUs >= endUs ? null : offUs - originUs,
  };
}

function tellOfTimes(log: Log, vms: readonly PlannedVm[], durationUs: Us): void {
  const some = vms.filter(({ onUs, offUs }) => onUs > 0 || offUs !== null);
  if (some.length === 0) return;
  const shown = some.slice(0, MAX_SHOWN).map(({ name, onUs, offUs }) => {
    const from = onUs > 0 ? ` from ${formatTime(onUs)}` : "";
    return `${name}${from}${offUs === null ? "" : ` until ${formatTime(offUs)}`}`;
  });
  const more = some.length > MAX_SHOWN ? ` and ${some.length - MAX_SHOWN} more` : "";
  log.report.warn(`not on all of the ${formatTime(durationUs)}: ${shown.join(", ")}${more}`);
}
