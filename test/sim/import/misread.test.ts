/**
 * Logs that were misread once, each with what is right: small files as users have them, imported as the command does. What
 * they stand for is a kind of mistake, which the tests of the readers look for elsewhere.
 */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LogFile } from "../../../src/sim/import/log-file.ts";
import { ROOT } from "../../support/command.ts";
import { type AllOptions, importFiles } from "../../support/import-log.ts";

const CASES = join(ROOT, "test/sim/import/cases");
const PAGES_PER_MIB = 256;

/** A row of a trace, or an event. */
interface Line {
  readonly t: number;
  readonly anon?: number | null;
  readonly kernelMemory?: number | null;
  readonly fileSet?: number | null;
  readonly measured?: Readonly<Record<string, number | null>>;
  readonly event?: { readonly type: string; readonly until?: number; readonly text?: string };
}

/** What these tests read of a trace's header. */
interface Header {
  readonly duration: number;
  readonly origin: {
    readonly epoch: string | null;
    readonly note: string;
    readonly importer: { readonly options: { readonly demand: { readonly model: string | null } } };
  };
  readonly guest: { readonly memory: number; readonly swap: number; readonly cpus?: number };
}

interface MachineTrace {
  readonly header: Header;
  readonly rows: readonly Line[];
  readonly events: readonly Line[];
}

/** Imports a case: the header of each machine's trace, its rows and events, and the remarks. */
async function importCase(name: string, options: AllOptions = {}) {
  const { traces, remarks } = await importFiles([new LogFile(join(CASES, name), name)], options);
  const machines = new Map(
    [...traces].map(([id, text]): [string, MachineTrace] => {
      const [header, ...lines] = text
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const rows = (lines as Line[]).filter(({ event }) => event === undefined);
      const events = (lines as Line[]).filter(({ event }) => event !== undefined);
      return [id, { header, rows, events }];
    }),
  );
  const only = () => {
    expect([...machines.keys()]).toHaveLength(1);
    return [...machines.values()][0] as MachineTrace;
  };
  return { machines, remarks, only };
}

describe("a log that was misread", () => {
  it("04: series of one instance in two clusters are two machines, named by the label", async () => {
    const { machines, remarks } = await importCase("04-prom-same-instance-two-clusters.json");
    expect([...machines.keys()]).toEqual(['10.0.0.5:9100{cluster="east"}', '10.0.0.5:9100{cluster="west"}']);
    const anonOf = (id: string) => new Set(machines.get(id)?.rows.map(({ anon }) => anon));
    expect(anonOf('10.0.0.5:9100{cluster="east"}')).toEqual(new Set([1024 * PAGES_PER_MIB]));
    expect(anonOf('10.0.0.5:9100{cluster="west"}')).toEqual(new Set([6144 * PAGES_PER_MIB]));
    expect(remarks.join("\n")).toContain('10.0.0.5:9100 stands for 2 machines, which differ in "cluster"');
  });

  it("19: answers of Prometheus appended to one file are one log", async () => {
    const { rows } = (await importCase("19-prom-answers-appended.json")).only();
    expect(rows.map(({ t, anon }) => [t, anon])).toEqual([
      [0, 262_144],
      [60, 287_744],
      [120, 313_344],
      [180, 338_944],
    ]);
  });
});
