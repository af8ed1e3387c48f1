import { type BalloonPolicy, Command, type Params } from "../../engine/index.ts";
import type { HostCommand, HostRule, HostSpec } from "../trace/types.ts";

const NUMBERS: Readonly<Record<HostCommand, number>> = {
  start: Command.Start,
  "guest-id": Command.GuestId,
  "get-target": Command.GetTarget,
  lock: Command.Lock,
  unlock: Command.Unlock,
  "batched-lock": Command.BatchedLock,
  "batched-unlock": Command.BatchedUnlock,
  "batched-2m-lock": Command.Batched2mLock,
  "batched-2m-unlock": Command.Batched2mUnlock,
  "doorbell-set": Command.DoorbellSet,
};

/** What a remark says of a rule. */
export type NamedRule = Pick<HostRule, "command" | "path">;

/** What of a host decides which of its rules apply to a driver. */
type RuledHost = Pick<HostSpec, "capabilities" | "rules">;

/** The rules of a host for commands that the driver does not send to it: they have no effect. */
export function ignoredRules(policy: BalloonPolicy, params: Params, { capabilities, rules }: RuledHost): HostRule[] {
  const sent = policy.sends(params, capabilities);
  return rules.filter(({ command }) => !sent.includes(NUMBERS[command]));
}

/**
 * A clause about ignored rules, safe to print; null if there are none.
 * @param driver name of the driver
 * @param all number of the host's rules
 */
export function ignoredRulesRemark(driver: string, ignored: readonly NamedRule[], all: number): string | null {
  const count = ignored.length;
  if (count === 0) return null;
  const commands = [...new Set(ignored.map(({ command }) => command))].join(", ");
  const verb = count === 1 ? "has" : "have";
  return `${driver} does not send ${commands} to this host: ${rulesText(ignored, all)} ${verb} no effect (docs/drivers.md)`;
}

/**
 * Some rules of a host, by their number and their kinds: `2 of the host's 9 rules (refusals)`.
 * @param all number of the host's rules
 */
export function rulesText(rules: readonly NamedRule[], all: number): string {
  const count = rules.length;
  // Rules that no trace has, such as those of a lab's recording, have no such path.
  const kinds = [...new Set(rules.flatMap(({ path }) => /^\$\.host\.([a-z]+)\b/.exec(path)?.[1] ?? []))];
  const named = kinds.length === 0 ? "" : ` (${kinds.join(", ")})`;
  const part =
    all === 1
      ? "the host's rule"
      : count === all
        ? `all ${all} rules of the host`
        : `${count} of the host's ${all} rules`;
  return part + named;
}

/** A remark about a driver that is run with several sets of values: about the rules that have no effect with any of them. */
export function remarkForAll(policy: BalloonPolicy, params: readonly Params[], host: RuledHost): string | null {
  const [first = [], ...others] = params.map((one) => ignoredRules(policy, one, host));
  const ignored = first.filter((rule) => others.every((rules) => rules.includes(rule)));
  return ignoredRulesRemark(policy.name, ignored, host.rules.length);
}
