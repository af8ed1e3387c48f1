import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../processes/command.ts";
import { tableRow, withParts } from "./generated.ts";

/** The bundled hosts in the order of the page. */
export const OVERCOMMIT_HOSTS = ["database", "boot-storm", "noisy-neighbour", "imported-esxtop"] as const;
const DRIVERS = ["2010", "tuned", "unlimited", "vmw-balloon", "virtio-balloon"] as const;
const POLICIES = ["esx", "proxmox", "mom", "squeezed", "none"] as const;

interface Place {
  readonly memory_bytes: number;
  readonly overcommit: number;
}

/** The result of a search for one policy, as `scripts/overcommit.mjs` stores it. */
export interface StoredPolicy {
  readonly policy: string;
  readonly least: Place | null;
  readonly breaks:
    | (Place & {
        readonly failing_worlds: number;
        readonly breach: {
          readonly requirement: string;
          readonly vm: string;
          readonly value: number;
          readonly broken_at_s: number | null;
          readonly worst: { readonly from_s: number; readonly cause: string } | null;
        };
      })
    | null;
  readonly worlds: readonly Place[];
  readonly worse_though_easier: readonly { readonly fails: Place; readonly holds: Place }[];
  readonly runs: number;
  readonly tried: number;
}

export interface Stored {
  readonly host: string;
  readonly file: {
    readonly policy: string;
    readonly memory_bytes: number;
    readonly vms: number;
    readonly configured_bytes: number;
  };
  readonly requirements: readonly string[];
  readonly worlds: number;
  readonly step: number;
  readonly policies: readonly StoredPolicy[];
}

/** A stored result: of a host under all policies (`policies`), or with a driver under esx. */
export const storedOf = (host: string, name: string): Stored =>
  JSON.parse(readFileSync(join(ROOT, `test/sim/hosts/capacity/overcommit/${host}.${name}.json`), "utf8")) as Stored;

const GIB = 2 ** 30;
const gib = (bytes: number): string => (bytes / GIB).toFixed(1);

/** The least memory, and the least of the best world if that is less: `60.0 [55.5]`; with the ratio: `60.0 (1.33)`. */
function cell({ least, worlds }: StoredPolicy, hasRatio: boolean): string {
  if (least === null) return "none";
  const low = Math.min(...worlds.map(({ memory_bytes }) => memory_bytes));
  const spread = low < least.memory_bytes ? ` [${gib(low)}]` : "";
  return `${gib(least.memory_bytes)}${spread}${hasRatio ? ` (${least.overcommit.toFixed(2)})` : ""}`;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [tableRow(head), tableRow(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(tableRow)].join("\n");

const policyOf = ({ policies }: Stored, name: string): StoredPolicy => {
  const found = policies.find(({ policy }) => policy === name);
  if (found === undefined) throw new Error(`no result of ${name} is stored`);
  return found;
};

/** The least memory under each policy. */
const policies = (): string =>
  table(
    ["host", "VMs, GiB", "in the file", ...POLICIES, "step"],
    OVERCOMMIT_HOSTS.map((host) => {
      const stored = storedOf(host, "policies");
      const { file, step } = stored;
      return [
        host,
        gib(file.configured_bytes),
        `${gib(file.memory_bytes)} (${file.policy})`,
        ...POLICIES.map((name) => cell(policyOf(stored, name), true)),
        gib(step),
      ];
    }),
  );

/** What breaks one step further. */
const breaks = (): string =>
  [
    tableRow(["host", "policy", "at, GiB", "VM", "what", "mostly by", "worlds"]),
    tableRow(["---", "---", "---:", "---", "---", "---", "---:"]),
    ...OVERCOMMIT_HOSTS.flatMap((host) => {
      const stored = storedOf(host, "policies");
      return POLICIES.map((name) => {
        const { breaks: broken } = policyOf(stored, name);
        if (broken === null) return tableRow([host, name, "", "", "nothing", "", ""]);
        const { requirement, vm, value, worst } = broken.breach;
        const [figure = ""] = requirement.split(" ");
        const shown = figure === "lost_time_share" ? `${(value * 100).toFixed(1)} % lost` : `${figure} ${value}`;
        const cause = worst?.cause ?? "";
        return tableRow([
          host,
          name,
          gib(broken.memory_bytes),
          vm,
          shown,
          cause,
          `${broken.failing_worlds} of ${stored.worlds}`,
        ]);
      });
    }),
  ].join("\n");

/** The least memory of the same hosts under esx, with the same driver in all guests. */
const drivers = (): string =>
  table(
    ["host", ...DRIVERS, "2010 − unlimited", "2010 − virtio-balloon", "step"],
    OVERCOMMIT_HOSTS.map((host) => {
      const stored = DRIVERS.map((name) => storedOf(host, name));
      const found = stored.map((one) => policyOf(one, "esx"));
      const [old, , unlimited, , virtio] = found.map(({ least }) => least);
      return [
        host,
        ...found.map((one) => cell(one, false)),
        difference(old, unlimited),
        difference(old, virtio),
        gib((stored[0] as Stored).step),
      ];
    }),
  );

function difference(a: Place | null | undefined, b: Place | null | undefined): string {
  if (a === null || a === undefined || b === null || b === undefined) return "";
  const bytes = a.memory_bytes - b.memory_bytes;
  return bytes === 0 ? "0" : `${bytes > 0 ? "+" : "−"}${gib(Math.abs(bytes))}`;
}

/** All searches, each once: a host has one of the drivers already, and its results are stored for that driver, too. */
function searches(): { host: string; driver: string; step: number; found: StoredPolicy }[] {
  return OVERCOMMIT_HOSTS.flatMap((host) => {
    const seen = new Set<string>();
    return ["policies", ...DRIVERS].flatMap((name) => {
      const { policies: all, step } = storedOf(host, name);
      const driver = name === "policies" ? "as in the file" : name;
      return all
        .filter((one) => seen.size < seen.add(JSON.stringify(one)).size)
        .map((found) => ({ host, driver, step, found }));
    });
  });
}

/** Where a larger host was worse. */
const reversals = (): string => {
  const head = ["host", "policy", "driver", "fails at, GiB", "though it holds at, GiB"];
  const rows = searches().flatMap(({ host, driver, found: { policy, worse_though_easier: worse } }) =>
    worse.map(({ fails, holds }) => [host, policy, driver, gib(fails.memory_bytes), gib(holds.memory_bytes)]),
  );
  return [tableRow(head), tableRow(["---", "---", "---", "---:", "---:"]), ...rows.map(tableRow)].join("\n");
};

/** How much work the results were, and how much worlds differ. */
const effort = (): string => {
  const all = searches();
  const spread = all.map(({ found, step }) => {
    const sizes = found.worlds.map(({ memory_bytes }) => memory_bytes);
    return sizes.length === 0 ? 0 : (Math.max(...sizes) - Math.min(...sizes)) / step;
  });
  const runs = all.reduce((sum, { found }) => sum + found.runs, 0);
  const same = spread.filter((steps) => steps === 0).length;
  return (
    `${all.length} searches made ${runs} runs. In ${same} of them all worlds have the same result; in the others they differ by up to ` +
    `${Math.max(...spread)} ${Math.max(...spread) === 1 ? "step" : "steps"}.`
  );
};

/** The page with the tables of what is stored. */
export const withOvercommit = (page: string): string =>
  withParts(page, { policies, breaks, drivers, reversals, effort });
