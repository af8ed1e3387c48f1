/** The results of several hosts, in the formats of the command line. */
import { safeJson } from "../../../../common/quote.ts";
import { HOST_FIGURES } from "../../../hosts/measures/figures.ts";
import type { VmResult } from "../../../hosts/measures/results.ts";
import { type CsvValue, csvLines } from "../../../output/csv.ts";
import { worstFirst } from "../../../report/host/summary.ts";
import { summaryObject, worstFields } from "../summary-data.ts";
import type { HostAnswer } from "./host-task.ts";
import { HostsTable } from "./hosts-table.ts";
import type { HostsWriter } from "./hosts-writer.ts";
import type { HostRuns } from "./run-hosts.ts";

/**
 * @param worlds number of worlds; null: worlds are not mentioned
 * @param width columns of the terminal; undefined: no wrapping
 */
export function writerOf(
  format: "table" | "csv" | "ndjson" | "json",
  worlds: number | null,
  width: number | undefined,
): HostsWriter {
  if (format === "table") return new HostsTable(width);
  if (format === "csv") return new CsvWriter(worlds !== null);
  return new JsonWriter(worlds !== null, format === "json");
}

/** A record for each run of a host. */
const recordsOf = <Record>({ runs }: HostRuns, record: (run: HostAnswer, world: number) => Record): Record[] =>
  runs.map((run, i) => record(run, i + 1));

class JsonWriter implements HostsWriter {
  readonly #hasWorlds: boolean;
  readonly #isArray: boolean;
  #isBegun = false;

  constructor(hasWorlds: boolean, isArray: boolean) {
    this.#hasWorlds = hasWorlds;
    this.#isArray = isArray;
  }

  add(host: HostRuns): string {
    const objects = recordsOf(host, ({ about, result }, world) => ({
      host: host.host.column,
      ...(this.#hasWorlds ? { world } : {}),
      ...summaryObject(about, result),
    }));
    if (!this.#isArray) return objects.map((object) => `${safeJson(object)}\n`).join("");
    return objects.map((object) => `${this.#separator()}${indented(safeJson(object, 2))}`).join("");
  }

  end(): string {
    return this.#isArray ? "\n]\n" : "";
  }

  #separator(): string {
    const separator = this.#isBegun ? ",\n" : "[\n";
    this.#isBegun = true;
    return separator;
  }
}

const indented = (text: string): string => text.replace(/^/gm, "  ");

/** A line for each host and world. */
class CsvWriter implements HostsWriter {
  readonly #hasWorlds: boolean;
  #isBegun = false;

  constructor(hasWorlds: boolean) {
    this.#hasWorlds = hasWorlds;
  }

  add(host: HostRuns): string {
    const rows = recordsOf(host, ({ result }, world): [string, CsvValue][] => {
      const worst = worstFirst(result.vms)[0] as VmResult;
      return [
        ["host", host.host.column],
        ["name", result.name],
        ...(this.#hasWorlds ? ([["world", world]] as [string, CsvValue][]) : []),
        ["policy", result.policy],
        ["duration_s", result.durationUs / 1e6],
        ["vms", result.vms.length],
        ["memory_pages", result.memory],
        ["configured_pages", result.configured],
        ["overcommit", result.overcommit],
        ["consumed_max_pages", result.consumedMax],
        ["balloon_max_pages", result.balloonMax],
        ...HOST_FIGURES.map(({ name, value }): [string, CsvValue] => [name, value(result)]),
        ["worst_vm", worst.lostUs === 0 ? null : worst.name],
        ...worstFields(worst),
      ];
    });
    const head = this.#isBegun ? [] : [(rows[0] ?? []).map(([name]) => name)];
    this.#isBegun = true;
    return csvLines([...head, ...rows.map((row) => row.map(([, value]) => value))]);
  }

  end(): string {
    return "";
  }
}
