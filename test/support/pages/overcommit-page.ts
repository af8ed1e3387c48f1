/** The tables of docs/overcommit.md. */
import { tableRow, withParts } from "./generated.ts";
import {
  differenceOf,
  isSure,
  OVERCOMMIT_DRIVERS,
  OVERCOMMIT_HOSTS,
  OVERCOMMIT_POLICIES,
  type PairedDifference,
  type Stored,
  type StoredSearch,
  storedOf,
  underPolicy,
  withDriver,
} from "./overcommit-results.ts";

const GIB = 2 ** 30;
const gib = (bytes: number): string => (bytes / GIB).toFixed(1);
const signed = (bytes: number): string => {
  const shown = gib(Math.abs(bytes));
  return Number(shown) === 0 ? "0" : `${bytes > 0 ? "+" : "−"}${shown}`;
};

const all = (): Stored[] => OVERCOMMIT_HOSTS.map(storedOf);

/** The least memory of the best world and of the worst one: `58.0–60.0`, or one number. */
function rangeCell(search: StoredSearch | null): string {
  if (search === null) return "–";
  const { world_bytes: worlds, least_bytes: least } = search;
  if (least === null) return "none";
  const [low, high] = [gib(Math.min(...worlds)), gib(Math.max(...worlds))];
  return low === high ? high : `${low}–${high}`;
}

/** `+8.0 [+6.5, +9.5]`, bold if the interval excludes 0. */
function differenceCell(difference: PairedDifference | null): string {
  if (difference === null) return "–";
  const { mean, low, high } = difference;
  const text = `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
  return isSure(difference) ? `**${text}**` : text;
}

const table = (head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string =>
  [tableRow(head), tableRow(head.map((_, i) => (i < texts ? "---" : "---:"))), ...rows.map(tableRow)].join("\n");

/** The least memory under each policy. */
const policies = (): string =>
  table(
    ["host", "VMs, GiB", "in the file", ...OVERCOMMIT_POLICIES, "step", "worlds"],
    all().map((stored) => {
      const { host, file, step_bytes, worlds } = stored;
      return [
        host,
        gib(file.configured_bytes),
        `${gib(file.memory_bytes)} (${file.policy})`,
        ...OVERCOMMIT_POLICIES.map((name) => {
          const search = underPolicy(stored, name);
          const least = search?.least_bytes ?? null;
          return `${rangeCell(search)}${least === null ? "" : ` (${(file.configured_bytes / least).toFixed(2)})`}`;
        }),
        gib(step_bytes),
        String(worlds),
      ];
    }),
  );

/** What each policy saves against none. */
const gains = (): string => {
  const others = OVERCOMMIT_POLICIES.filter((name) => name !== "none");
  return table(
    ["host", ...others],
    all().map((stored) => [
      stored.host,
      ...others.map((name) =>
        differenceCell(differenceOf(underPolicy(stored, "none"), underPolicy(stored, name), stored.step_bytes)),
      ),
    ]),
  );
};

/** What breaks one step further. */
const breaks = (): string =>
  [
    tableRow(["host", "policy", "at, GiB", "VM", "what", "mostly by", "worlds"]),
    tableRow(["---", "---", "---:", "---", "---", "---", "---:"]),
    ...all().flatMap((stored) =>
      OVERCOMMIT_POLICIES.flatMap((name) => {
        const search = underPolicy(stored, name);
        if (search === null) return [];
        const { breaks: broken } = search;
        if (broken === null) return tableRow([stored.host, name, "", "", "nothing", "", ""]);
        const { bytes, requirement, vm, value, cause, failing_worlds: failing } = broken;
        const [figure = ""] = requirement.split(" ");
        const shown = figure === "lost_time_share" ? `${(value * 100).toFixed(1)} % lost` : `${figure} ${value}`;
        return tableRow([stored.host, name, gib(bytes), vm, shown, cause ?? "", `${failing} of ${stored.worlds}`]);
      }),
    ),
  ].join("\n");

/** The least memory of the same hosts under esx, with the same driver in all guests. */
const drivers = (): string =>
  table(
    ["host", ...OVERCOMMIT_DRIVERS, "step", "worlds"],
    all().map((stored) => [
      stored.host,
      ...OVERCOMMIT_DRIVERS.map((name) => rangeCell(withDriver(stored, name))),
      gib(stored.step_bytes),
      String(stored.worlds),
    ]),
  );

/** What the constants of 2010 cost against each other driver. */
const worth = (): string => {
  const pairs: readonly (readonly [string, string])[] = [
    ...OVERCOMMIT_DRIVERS.slice(1).map((name) => ["2010", name] as const),
    ["unlimited", "virtio-balloon"],
  ];
  return table(
    ["host", ...pairs.map(([a, b]) => `${a} − ${b}`)],
    all().map((stored) => [
      stored.host,
      ...pairs.map(([a, b]) =>
        differenceCell(differenceOf(withDriver(stored, a), withDriver(stored, b), stored.step_bytes)),
      ),
    ]),
  );
};

const driverName = (driver: string | null): string => driver ?? "of the file";

/** Where a larger host was worse: for each search the largest that was. */
const reversals = (): string => {
  const rows = all().flatMap(({ host, worlds, searches }) =>
    searches.flatMap(({ policy, driver, reversals: found }) => {
      const [first, ...rest] = found.toSorted((a, b) => b.fails_bytes - a.fails_bytes);
      if (first === undefined) return [];
      const inWorlds = new Set([first, ...rest].map(({ world }) => world)).size;
      const place = [gib(first.fails_bytes), gib(first.holds_bytes), String(first.world)];
      return [[host, policy, driverName(driver), ...place, `${inWorlds} of ${worlds}`]];
    }),
  );
  return table(
    ["host", "policy", "driver", "fails at, GiB", "though it holds at, GiB", "in world", "worlds with such sizes"],
    rows,
    3,
  );
};

/** How far boundaries of single worlds move with half of the quantum, in steps. */
function shiftsOf({ step_bytes, searches, half }: Stored): { search: string; shift: number; isOut: boolean }[] {
  return (half?.searches ?? []).flatMap(({ policy, driver, world_bytes }) => {
    const { world_bytes: whole } = searches.find(
      (one) => one.policy === policy && one.driver === driver,
    ) as StoredSearch;
    const [low, high] = [Math.min(...whole), Math.max(...whole)];
    return world_bytes.map((bytes, i) => ({
      search: `${policy}, ${driverName(driver)}`,
      shift: bytes === null ? Number.POSITIVE_INFINITY : (bytes - (whole[i] as number)) / step_bytes,
      isOut: bytes === null || bytes < low || bytes > high,
    }));
  });
}

/** How much half of the quantum changes. */
const quantum = (): string =>
  table(
    [
      "host",
      "boundaries",
      "the same",
      "a step away",
      "farther",
      "farthest, steps",
      "mean, steps",
      "outside of the worlds' range",
    ],
    all().flatMap((stored) => {
      const shifts = shiftsOf(stored);
      if (shifts.length === 0) return [];
      const count = (is: (steps: number) => boolean): string =>
        String(shifts.filter(({ shift }) => is(Math.round(Math.abs(shift)))).length);
      const mean = shifts.reduce((sum, { shift }) => sum + shift, 0) / shifts.length;
      return [
        [
          stored.host,
          String(shifts.length),
          ...[count((steps) => steps === 0), count((steps) => steps === 1), count((steps) => steps > 1)],
          String(Math.round(Math.max(...shifts.map(({ shift }) => Math.abs(shift))))),
          mean.toFixed(2).replace("-", "−"),
          String(shifts.filter(({ isOut }) => isOut).length),
        ],
      ];
    }),
  );

/** What the constants of 2010 cost against the same driver without limits, with either quantum in the same worlds. */
const quantumworth = (): string =>
  table(
    ["host", "worlds", "2010 − unlimited, 50 ms", "25 ms"],
    all().flatMap((stored) => {
      const [old, free] = [withDriver(stored, "2010"), withDriver(stored, "unlimited")];
      const [halfOld, halfFree] = [halfOf(stored, old), halfOf(stored, free)];
      if (old === null || free === null || halfOld === null || halfFree === null) return [];
      const worlds = Math.min(halfOld.world_bytes.length, halfFree.world_bytes.length);
      const cell = (a: Pick<StoredSearch, "world_bytes">, b: Pick<StoredSearch, "world_bytes">): string =>
        differenceCell(
          differenceOf(
            { world_bytes: a.world_bytes.slice(0, worlds) },
            { world_bytes: b.world_bytes.slice(0, worlds) },
            stored.step_bytes,
          ),
        );
      return [[stored.host, String(worlds), cell(old, free), cell(halfOld, halfFree)]];
    }),
  );

/** The search with half of the quantum; null: it was not made, or a world has no result. */
function halfOf({ half }: Stored, search: StoredSearch | null): { readonly world_bytes: readonly number[] } | null {
  const found = half?.searches.find(({ policy, driver }) => policy === search?.policy && driver === search.driver);
  const bytes = found?.world_bytes ?? [];
  return bytes.length === 0 || bytes.includes(null) ? null : { world_bytes: bytes as readonly number[] };
}

/** How much work the results were, and how much worlds differ. */
const effort = (): string => {
  const searches = all().flatMap(({ step_bytes, searches: found }) => found.map((one) => ({ ...one, step_bytes })));
  const spread = searches.map(({ world_bytes: worlds, step_bytes }) =>
    worlds.length === 0 ? 0 : Math.round((Math.max(...worlds) - Math.min(...worlds)) / step_bytes),
  );
  const runs = searches.reduce((sum, one) => sum + one.runs, 0);
  const same = spread.filter((steps) => steps === 0).length;
  const one = spread.filter((steps) => steps === 1).length;
  return (
    `${searches.length} searches made ${runs} runs. In ${same} of them all worlds have the same result, in ${one} they differ by a step, ` +
    `in the others by up to ${Math.max(...spread)} steps.`
  );
};

/** The page with the tables of what is stored. */
export const withOvercommit = (page: string): string =>
  withParts(page, { policies, gains, breaks, drivers, worth, reversals, quantum, quantumworth, effort });
