import type { HostRule, RuleUse } from "../trace/types.ts";
import { ignoredRulesRemark, type NamedRule, rulesText } from "./ignored-rules.ts";

/** A rule in `UnusedRules`: its number among the host's rules, from 0, and its name. */
interface UnusedRule extends NamedRule {
  readonly index: number;
}

/** The rules of a host that changed nothing in a run; plain data. */
export interface UnusedRules {
  /** Name of the driver. */
  readonly driver: string;
  /** Number of the host's rules. */
  readonly all: number;
  /** Those for commands that the driver does not send to this host. */
  readonly ignored: readonly UnusedRule[];
  /** The others that answered no command, and whether commands of their kind came while they applied. */
  readonly idle: readonly (UnusedRule & { readonly hadCommands: boolean })[];
}

/**
 * The rules that changed nothing in a run.
 * @param driver name of the driver
 * @param uses what all rules of the host have done
 * @param ignored those among them for commands that the driver does not send (`ignoredRules`)
 */
export function unusedRulesOf(driver: string, uses: readonly RuleUse[], ignored: readonly HostRule[]): UnusedRules {
  const rules = uses.map(({ rule, came, answers }, index) => ({
    named: { index, command: rule.command, path: rule.path },
    isIgnored: ignored.includes(rule),
    isIdle: answers === 0,
    hadCommands: came > 0,
  }));
  return {
    driver,
    all: uses.length,
    ignored: rules.flatMap(({ named, isIgnored }) => (isIgnored ? [named] : [])),
    idle: rules.flatMap(({ named, isIgnored, isIdle, hadCommands }) =>
      isIdle && !isIgnored ? [{ ...named, hadCommands }] : [],
    ),
  };
}

/** The rules that changed nothing in any of several runs of the same trace and driver. */
export function unusedInAll(runs: readonly [UnusedRules, ...UnusedRules[]]): UnusedRules {
  const [first] = runs;
  const idle = first.idle.flatMap((rule) => {
    const same = runs.map((run) => run.idle.find(({ index }) => index === rule.index));
    return same.includes(undefined) ? [] : [{ ...rule, hadCommands: same.some((one) => one?.hadCommands === true) }];
  });
  return { ...first, idle };
}

/** A clause about the rules that changed nothing, safe to print; null if there are none. */
export function unusedRulesRemark(unused: UnusedRules): string | null {
  const clauses = [ignoredRulesRemark(unused.driver, unused.ignored, unused.all), idleRulesRemark(unused)];
  const said = clauses.filter((clause) => clause !== null);
  return said.length === 0 ? null : said.join("; ");
}

/** A clause about the rules whose commands the driver sends, and which answered none; null if there are none. */
export function idleRulesRemark({ driver, all, idle }: Pick<UnusedRules, "driver" | "all" | "idle">): string | null {
  if (idle.length === 0) return null;
  const untimely = idle.filter(({ hadCommands }) => !hadCommands);
  const others = idle.length - untimely.length;
  const unsent = `${driver} sent no ${[...new Set(untimely.map(({ command }) => command))].join(", ")}`;
  const its = idle.length === 1 ? "its" : "their";
  const few = 'too few came for "every" or "fraction", or another rule answered them';
  const why =
    others === 0
      ? `${unsent} in ${its} time`
      : untimely.length === 0
        ? `in ${its} time ${few}`
        : `${unsent} in the time of ${untimely.length}; in that of the ${others === 1 ? "other" : "others"} ${few}`;
  return `${rulesText(idle, all)} answered no command: ${why} (docs/drivers.md)`;
}
