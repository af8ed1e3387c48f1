import type { Histogram } from "./histogram.ts";

/** The media type of the text that `Exposition` writes. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

type Labels = Readonly<Record<string, string>>;

/** Writes metrics in Prometheus' text format, version 0.0.4. */
export class Exposition {
  #text = "";

  get text(): string {
    return this.#text;
  }

  gauge(name: string, help: string, value: number): this {
    return this.#family(name, help, "gauge").#sample(name, {}, value);
  }

  counter(name: string, help: string, value: number): this {
    return this.#family(name, help, "counter").#sample(name, {}, value);
  }

  /** One family with a sample for each value of a label. */
  labelled(
    kind: "gauge" | "counter",
    name: string,
    help: string,
    label: string,
    values: Readonly<Record<string, number>>,
  ): this {
    const samples = Object.entries(values).map(([key, value]) => ({ labels: { [label]: key }, value }));
    return this.samples(kind, name, help, samples);
  }

  /** One family whose samples have labels of their own. */
  samples(
    kind: "gauge" | "counter",
    name: string,
    help: string,
    samples: readonly { readonly labels: Labels; readonly value: number }[],
  ): this {
    this.#family(name, help, kind);
    for (const { labels, value } of samples) this.#sample(name, labels, value);
    return this;
  }

  /** A gauge of 1 whose labels are the message. */
  info(name: string, help: string, labels: Labels): this {
    return this.#family(name, help, "gauge").#sample(name, labels, 1);
  }

  histogram(name: string, help: string, histogram: Histogram): this {
    this.#family(name, help, "histogram");
    const { cumulative } = histogram;
    histogram.bounds.forEach((bound, i) => {
      this.#sample(`${name}_bucket`, { le: String(bound) }, cumulative[i] as number);
    });
    const count = cumulative.at(-1) as number;
    this.#sample(`${name}_bucket`, { le: "+Inf" }, count);
    return this.#sample(`${name}_sum`, {}, histogram.sum).#sample(`${name}_count`, {}, count);
  }

  #family(name: string, help: string, type: string): this {
    this.#text += `# HELP ${name} ${escaped(help, false)}\n# TYPE ${name} ${type}\n`;
    return this;
  }

  #sample(name: string, labels: Labels, value: number): this {
    const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label, true)}"`);
    this.#text += `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${numberText(value)}\n`;
    return this;
  }
}

function escaped(text: string, isQuoted: boolean): string {
  const lines = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return isQuoted ? lines.replaceAll('"', '\\"') : lines;
}

/** A number in the format's notation, also if it is infinite or NaN. */
function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
