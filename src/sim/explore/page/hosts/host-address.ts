/** Reads the address of the page of hosts, and tells what of it can't be read. */
import { AddressFields } from "../address-fields.ts";
import { sizeOf } from "../state.ts";
import type { HostState, HostView } from "./host-state.ts";

/** What an address says. */
export interface HostAddress {
  /** Null: it names no host. */
  readonly view: HostView | null;
  /** The parts that are left out, each with what was expected. */
  readonly refused: readonly string[];
}

const KNOWN: ReadonlySet<string> = new Set([
  "host",
  "policy",
  "set",
  "memory",
  "swap",
  "driver",
  "rates",
  "pin",
  "at",
  "own",
]);

/** The view of an address, without the parts that can't be read. @param fragment with or without `#` */
export function readHostAddress(fragment: string): HostAddress {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  const shown = stateIn(fields);
  const pin = fields.get("pin");
  const pinned = pin === null ? null : stateIn(new URLSearchParams(pin));
  const refused = [...shown.refused, ...(pinned?.refused ?? []).map((text) => `pinned ${text}`)];
  if (shown.state !== null)
    return { view: { shown: shown.state, pinned: pinOf(shown.state, pinned, refused), at: shown.at }, refused };
  const isEmpty = fields.size === 0 || refused.length > 0;
  return { view: null, refused: isEmpty ? refused : ["all of it (expected host=NAME)"] };
}

type Read = ReturnType<typeof stateIn>;

/** The pinned state; null, and what is wrong with it is told: it is of another host, or of none. */
function pinOf({ host }: HostState, pinned: Read | null, refused: string[]): HostState | null {
  if (pinned === null || pinned.state?.host === host) return pinned?.state ?? null;
  refused.push(
    `pinned ${pinned.state === null ? "settings without a host" : `host=${pinned.state.host}`} (expected host=${host})`,
  );
  return null;
}

function stateIn(parameters: URLSearchParams): {
  readonly state: HostState | null;
  /** Time of the cursor, in seconds; null: none. */
  readonly at: number | null;
  readonly refused: readonly string[];
} {
  const fields = new AddressFields(parameters, KNOWN);
  const host = fields.text("host");
  const at = fields.seconds("at");
  if (host === null) return { state: null, at, refused: fields.refused };
  const params: Record<string, string> = {};
  for (const pair of fields.text("set")?.split(",") ?? []) {
    const [, name, value] = /^([^:]+):(.+)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) fields.refused.push(`set=${pair} (expected NAME:VALUE)`);
    else params[name] = value;
  }
  const state = {
    host,
    policy: fields.text("policy"),
    params,
    memory: fields.size("memory", 256, sizeOf),
    swap: fields.size("swap", 0, sizeOf),
    driver: fields.text("driver"),
    rates: fields.numbers("rates"),
  };
  return { state, at, refused: fields.refused };
}
