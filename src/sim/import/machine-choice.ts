/** Machines of a log as the user and messages name them. */
import { InputError } from "../../common/errors.ts";
import { didYouMean } from "../../common/nearest.ts";
import { quote, shorten } from "../../common/quote.ts";
import type { Machine } from "./reader.ts";
import type { MachineSurvey } from "./survey.ts";

/** What names a machine: its id, and the name that its log gives it. */
type NamedMachine = Pick<Machine, "id" | "name">;

/** Maximum number of machines in an error message. */
const MAX_LISTED = 12;

/** A list of machines for a message. */
export function machineList(machines: readonly NamedMachine[]): string {
  if (machines.length === 0) return "none";
  const names = machines
    .slice(0, MAX_LISTED)
    .map(({ id, name }) => (name === null || name === id ? shorten(id) : `${shorten(name)} (${shorten(id)})`));
  const more = machines.length > MAX_LISTED ? ` and ${machines.length - MAX_LISTED} more` : "";
  return `${names.join(", ")}${more}`;
}

/**
 * @param option that named the machines
 * @throws {InputError} where one of them is not in the log
 */
export function checkWanted(
  wanted: readonly string[],
  machines: readonly NamedMachine[],
  shown: string,
  option: string,
): void {
  for (const each of wanted) {
    if (machines.some(({ id, name }) => each === id || each === name)) continue;
    const names = machines.flatMap(({ id, name }) => (name === null || name === id ? [id] : [name, id]));
    throw new InputError(
      `${option} ${quote(each)}: ${shown} has no machine with this name or id${didYouMean(each, names)} (it has ${machineList(machines)})`,
    );
  }
}

/** The VM of a host's log that belongs to a guest's log: the only one, or the one with the guest's name. */
export function vmOf(
  { machines, shownName }: { readonly machines: readonly MachineSurvey[]; readonly shownName: string },
  guest: Machine,
): MachineSurvey {
  const [only] = machines;
  if (only !== undefined && machines.length === 1) return only;
  const names = [guest.id, guest.name];
  const same = machines.filter(({ machine }) => names.includes(machine.id) || names.includes(machine.name ?? ""));
  if (same.length === 1) return same[0] as MachineSurvey;
  throw new InputError(
    `--host-log ${shownName}: can't tell which of its VMs is ${quote(guest.id)}: select it with --host-vm (it has ${machineList(machines.map(({ machine }) => machine))})`,
  );
}
