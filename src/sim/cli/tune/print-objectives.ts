import { print } from "../../../common/cli/output.ts";
import { objectivesOf, type SubjectKind } from "../../tune/objectives.ts";
import { formatTable } from "../table.ts";

/** Executes `--objectives`: the objectives of traces, of hosts, or of both, with their meanings. */
export function printObjectives(of: "help" | "traces" | "hosts"): void {
  const kinds: readonly SubjectKind[] = of === "help" ? ["trace", "host"] : of === "hosts" ? ["host"] : ["trace"];
  const tables = kinds.map((kind) => {
    const rows = objectivesOf(kind).map(({ name, unit, better, meaning }) => [name, unit, better, meaning]);
    return formatTable(
      { head: [`of a ${kind}`, "unit", "better", "meaning"], align: ["left", "left", "left", "left"] },
      rows,
    );
  });
  print(tables.join("\n"));
}
