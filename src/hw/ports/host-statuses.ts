import { FRAME_TOO_LARGE, Status } from "../../engine/index.ts";

/** Commands of the protocol, by their names in metrics and log. */
export type HostCommand = "start" | "guest_id" | "get_target" | "lock" | "unlock";

/** Number of answers of the host to one command with one status other than SUCCESS. */
export interface StatusCount {
  readonly command: HostCommand;
  readonly status: number;
  readonly count: number;
}

/**
 * The host's answers other than SUCCESS, counted by command and status. The engine counts failures without their
 * statuses, as the driver does; an operator needs the statuses.
 */
export class HostStatuses {
  readonly #counts = new Map<HostCommand, Map<number, number>>();
  readonly #last = new Map<HostCommand, number>();

  /** Counts an answer. */
  note(command: HostCommand, status: number): void {
    if (status === Status.Success) return;
    const counts = this.#counts.get(command) ?? new Map<number, number>();
    this.#counts.set(command, counts);
    counts.set(status, (counts.get(status) ?? 0) + 1);
    this.#last.set(command, status);
  }

  /** The last status other than SUCCESS in an answer to this command; undefined if there was none. */
  last(command: HostCommand): number | undefined {
    return this.#last.get(command);
  }

  /** Number of answers to this command with a status other than SUCCESS. */
  count(command: HostCommand, status: number): number {
    return this.#counts.get(command)?.get(status) ?? 0;
  }

  /** All counts, by command and by status. */
  get counts(): StatusCount[] {
    return [...this.#counts].flatMap(([command, counts]) =>
      [...counts].sort(([a], [b]) => a - b).map(([status, count]) => ({ command, status, count })),
    );
  }
}

const NAMES = new Map<number, string>(
  Object.entries(Status).map(([name, status]) => [status, name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase()]),
);

const NOT_SENT =
  "no command was sent: a frame number has more than 32 bits, or memory was short when a page of 2 MiB was split";

/** A status as text, with the protocol's name if it has one: `status 5, PPN_PINNED`. */
export function describeStatus(status: number): string {
  if (status === FRAME_TOO_LARGE) return NOT_SENT;
  const name = NAMES.get(status);
  return name === undefined ? `status ${status}` : `status ${status}, ${name}`;
}
