/** Column names of `esxtop -b`: `\\host\Group Memory(1302698:web01)\Memctl Target MBytes`. */

/** One column of a capture. */
export interface CounterName {
  readonly host: string;
  /** `Memory`, `Group Memory`. */
  readonly object: string;
  /** Id of the resource group and name of the VM or process; null for an object of which the host has only one. */
  readonly group: { readonly id: string; readonly name: string } | null;
  readonly counter: string;
}

const GROUP_MEMORY = "Group Memory";

/**
 * Splits a column's name from both its ends: the name of a VM in its middle may contain any character, including
 * brackets, colons and backslashes.
 * @returns null unless it is a counter of a group's or the host's memory
 */
export function parseCounterName(text: string): CounterName | null {
  if (!text.startsWith("\\\\")) return null;
  const hostEnd = text.indexOf("\\", 2);
  if (hostEnd === -1) return null;
  const host = text.slice(2, hostEnd);
  const rest = text.slice(hostEnd + 1);
  if (rest.startsWith("Memory\\"))
    return { host, object: "Memory", group: null, counter: rest.slice("Memory\\".length) };
  if (!rest.startsWith(`${GROUP_MEMORY}(`)) return null;
  const close = rest.lastIndexOf(")\\");
  const inside = rest.slice(GROUP_MEMORY.length + 1, close);
  const colon = inside.indexOf(":");
  const id = inside.slice(0, colon);
  if (close === -1 || !/^\d+$/.test(id)) return null;
  return { host, object: GROUP_MEMORY, group: { id, name: inside.slice(colon + 1) }, counter: rest.slice(close + 2) };
}

/** A machine of a capture, and the fields of its counters. */
export interface CapturedMachine {
  /**
   * The VM's name, with its group's id if another VM of the capture has the same name; the host's own name for the
   * host.
   */
  readonly id: string;
  /** Id of its resource group, the same in all captures until the VM is powered off; null for the host. */
  readonly group: string | null;
  readonly isHost: boolean;
  readonly fields: ReadonlyMap<string, number>;
}

/** The machines of a header with memory counters, the host first. */
export function machinesOf(names: readonly string[]): CapturedMachine[] {
  const groups = new Map<string, { name: string; fields: Map<string, number> }>();
  const host = { name: "", fields: new Map<string, number>() };
  names.forEach((text, field) => {
    const parsed = parseCounterName(text);
    if (parsed === null) return;
    let fields = host.fields;
    if (parsed.group === null) host.name = parsed.host;
    else {
      const { id, name } = parsed.group;
      const group = groups.get(id) ?? { name, fields: new Map<string, number>() };
      groups.set(id, group);
      fields = group.fields;
    }
    if (!fields.has(parsed.counter)) fields.set(parsed.counter, field);
  });
  const counts = new Map<string, number>();
  for (const { name } of groups.values()) counts.set(name, (counts.get(name) ?? 0) + 1);
  const machines = [...groups].map(([gid, { name, fields }]): CapturedMachine => {
    const isUnique = counts.get(name) === 1 && name !== host.name;
    return { id: isUnique ? name : `${name}:${gid}`, group: gid, isHost: false, fields };
  });
  return host.fields.size === 0
    ? machines
    : [{ id: host.name, group: null, isHost: true, fields: host.fields }, ...machines];
}
