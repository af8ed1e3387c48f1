import { type ComparisonPlan, comparisonText } from "../tune/comparison-plan.ts";
import { withOutput } from "../with-output.ts";
import type { Assemble, PartRun } from "./assemble.ts";
import type { PartRecord } from "./part-format.ts";

/** Computes a comparison from the objectives of its runs. */
export const assembleCompare: Assemble = ({ result }, { runs }, output) =>
  withOutput(output, async (sink) => {
    const all = runs as Iterable<PartRun<PartRecord & { readonly values: readonly number[] }>>;
    sink.write(
      comparisonText(
        result as ComparisonPlan,
        Array.from(all, ({ record }) => record.values),
      ),
    );
  });
