import { Exposition } from "../../../common/metrics/exposition.ts";
import { PAGE_BYTES } from "../../../common/units.ts";
import type { FigureAccount, ShadowAccount } from "../../shadow/account.ts";
import type { Sample } from "../../shadow/sample.ts";

/** Metrics of a shadow in Prometheus' format. @param last the last sample; null: nothing could be read */
export function shadowMetrics(account: ShadowAccount, last: Sample | null): string {
  const { figures, windows, real, other, costs } = account;
  const each = (value: (figure: FigureAccount) => number) =>
    figures.map((figure) => ({ labels: { figure: figure.figure }, value: value(figure) }));
  const text = new Exposition()
    .info("balloon_shadow_info", "The drivers of the shadow, and the machine whose costs it has.", {
      real: real.name,
      other: other.name,
      machine: costs.machine,
      calibrated: String(costs.isCalibrated),
    })
    .gauge("balloon_shadow_up", "Whether the real driver's statistics can be read.", last === null ? 0 : 1)
    .labelled("counter", "balloon_shadow_windows_total", "Windows by what became of them.", "result", { ...windows });
  if (last !== null) {
    text
      .gauge("balloon_shadow_target_bytes", "Target that the real driver has received.", last.target * PAGE_BYTES)
      .gauge("balloon_shadow_size_bytes", "Size of the real driver's balloon.", last.size * PAGE_BYTES);
  }
  return text
    .samples(
      "gauge",
      "balloon_shadow_measured",
      "Figures of the real driver over all windows, in the unit of the report.",
      each((f) => f.measured),
    )
    .samples("gauge", "balloon_shadow_predicted", "The same, predicted for the real and for the other driver.", [
      ...figures.map((f) => ({ labels: { figure: f.figure, driver: "real" }, value: f.predicted.real })),
      ...figures.map((f) => ({ labels: { figure: f.figure, driver: "other" }, value: f.predicted.other })),
    ])
    .samples(
      "gauge",
      "balloon_shadow_error",
      "Error of the prediction of the real driver.",
      each((f) => f.error),
    )
    .samples(
      "gauge",
      "balloon_shadow_difference",
      "Predicted difference, the other driver less the real one.",
      each((f) => f.difference),
    )
    .samples(
      "gauge",
      "balloon_shadow_claim",
      "1: the other driver has more; -1: it has less; 0: nothing is claimed.",
      each(claimOf),
    ).text;
}

const claimOf = ({ verdict, difference }: FigureAccount): number =>
  verdict === "difference" ? Math.sign(difference) : 0;
