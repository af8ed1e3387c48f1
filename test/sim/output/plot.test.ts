import { describe, expect, test } from "vitest";
import { timeTicks } from "../../../src/sim/output/axis.ts";
import { type PlotData, PlotRecorder } from "../../../src/sim/output/plot-data.ts";
import { plotAsSvg } from "../../../src/sim/output/plot-svg.ts";
import { plotInTerminal } from "../../../src/sim/output/plot-terminal.ts";
import { escapeXml, wrapText } from "../../../src/sim/output/svg-text.ts";
import { afterCycle, madeUpView } from "../../support/worlds/run-view.ts";

const S = 1_000_000;

/** A run in which the balloon grows by 1000 pages a second for 20 s, then shrinks by 500. */
function run(seconds: number, name = "made-up"): PlotData {
  const view = madeUpView();
  Object.assign(view.trace, { name });
  const recorder = new PlotRecorder("made-up.json");
  view.host.target = 20_000;
  recorder.target(view);
  for (let second = 0; second < seconds; second++) {
    const size = Math.max(0, second < 20 ? (second + 1) * 1000 : 20_000 - (second - 19) * 500);
    recorder.cycle(afterCycle(view, second * S, 1000, size));
    if (second === 19) {
      view.timeUs = 20 * S;
      view.host.target = 0;
      recorder.target(view);
    }
  }
  view.timeUs = seconds * S;
  recorder.end(view);
  return recorder.data;
}

describe("the curves of a run", () => {
  const data = run(40);

  test("between cycles the balloon does not move", () => {
    const at = (us: number) => data.size.value[data.size.timeUs.indexOf(us)];
    expect([at(5 * S), at(5 * S + 1000), at(6 * S), at(6 * S + 1000)]).toEqual([5000, 6000, 6000, 7000]);
  });

  test("the target jumps", () => {
    const jumps = data.target.timeUs.flatMap((t, i) => (t === 20 * S ? [data.target.value[i]] : []));
    expect(jumps).toEqual([20_000, 0]);
  });

  test("paces are those of the cycles", () => {
    expect(new Set(data.inflation.value)).toEqual(new Set([0, 1000]));
    expect(new Set(data.deflation.value)).toEqual(new Set([0, 500]));
    expect(data.inflation.timeUs[data.inflation.value.indexOf(0)]).toBe(20 * S);
  });

  test("each curve shows its own quantity", () => {
    const view = madeUpView();
    const recorder = new PlotRecorder("made-up.json");
    view.host.target = 5000;
    recorder.target(view);
    Object.assign(view.guest, { free: 111_111 });
    Object.assign(view.engine, { rateAlloc: 222, rateFree: 333 });
    recorder.cycle(afterCycle(view, 0, 1000, 444));
    view.timeUs = 2 * S;
    recorder.end(view);
    const last = ({ value }: { value: readonly number[] }) => value.at(-1);
    const { size, target, free, limits } = recorder.data;
    expect(limits.map(({ name, of }) => [name, of])).toEqual([
      ["rate_alloc", "inflation"],
      ["rate_free", "deflation"],
    ]);
    expect([size, target, free, ...limits.map(({ curve }) => curve)].map(last)).toEqual([444, 5000, 111_111, 222, 333]);
  });

  test("a pace ends with 0, because that of the last cycle is not known", () => {
    const { inflation, deflation, endUs } = run(10);
    for (const { timeUs, value } of [inflation, deflation]) expect([timeUs.at(-1), value.at(-1)]).toEqual([endUs, 0]);
    expect(inflation.value.at(-2)).toBe(1000);
  });

  test("a long run has no more points than a picture needs, and keeps its extremes", () => {
    const long = run(50_000);
    expect(long.size.timeUs.length).toBeLessThanOrEqual(4 * 2048);
    expect(Math.max(...long.size.value)).toBe(20_000);
    expect(long.endUs).toBe(50_000 * S);
  });
});

describe("as SVG", () => {
  /** Where a curve's line goes: points in pixels. */
  const pointsOf = (svg: string, className: string): [number, number][] => {
    const path = [...svg.matchAll(/<path class="line ([a-z-]+)" d="(M[^"]+L[^"]+)"/g)].find(([, c]) => c === className);
    return [...(path?.[2] ?? "").matchAll(/[ML]([\d.-]+),([\d.-]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
  };

  test("the balloon, its target and free memory lie where their values are", () => {
    const svg = plotAsSvg(run(40));
    const heightAt = (className: string, share: number): number => {
      const points = pointsOf(svg, className);
      const xs = points.map(([x]) => x);
      const x = Math.min(...xs) + share * (Math.max(...xs) - Math.min(...xs));
      return (points.filter(([at]) => at <= x + 0.05).at(-1) as [number, number])[1];
    };
    // After a quarter of the time the balloon has 10,000 pages of 20,000 wanted; free are 200,000. Up is less in SVG.
    expect(heightAt("free", 0.25)).toBeLessThan(heightAt("target", 0.25));
    expect(heightAt("target", 0.25)).toBeLessThan(heightAt("size", 0.25));
    // After all of it the target is 0, and half of the balloon is left.
    expect(heightAt("size", 1)).toBeLessThan(heightAt("target", 1));
    const zero = heightAt("target", 1);
    const height = (className: string, share: number) => zero - heightAt(className, share);
    // A second more or less is 5 %.
    expect(Math.abs(height("size", 0.25) / height("target", 0.25) - 0.5)).toBeLessThan(0.1);
    expect(height("free", 0.25) / height("target", 0.25)).toBeCloseTo(10, 0);
  });
});

describe("in characters", () => {
  test.each([40, 100, 400])("a terminal of %i columns is not overrun, nor left half empty", (width) => {
    const lines = plotInTerminal(run(40), { width, hasColours: false }).split("\n");
    const longest = Math.max(...lines.map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(Math.max(width, 60));
    expect(longest).toBeGreaterThan(Math.min(width, 160) * 0.8);
  });

  test("colours change only the colour", () => {
    const plain = plotInTerminal(run(40), { width: 80, hasColours: false });
    const painted = plotInTerminal(run(40), { width: 80, hasColours: true });
    expect(painted).not.toBe(plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
    expect(painted.replace(/\u001b\[\d+m/g, "")).toBe(plain);
  });

  test("a run without length, without balloon and without target can be drawn", () => {
    const view = madeUpView();
    const recorder = new PlotRecorder("made-up.json");
    recorder.end(view);
    expect(plotInTerminal(recorder.data, { width: 80, hasColours: false })).toContain("Memory, GiB");
    expect(plotAsSvg(recorder.data)).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("as SVG", () => {
  const svg = plotAsSvg(run(40, 'a <"name"> & more'));

  test("is well-formed: every element that is opened is closed", () => {
    const open: string[] = [];
    for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close === "/") expect(open.pop()).toBe(name);
      else if (empty === "") open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("has a text for screen readers", () => {
    expect(svg).toMatch(/role="img" aria-labelledby="title desc"/);
    expect(svg).toContain('<title id="title">a &lt;&quot;name&quot;&gt; &amp; more: ');
    expect(svg).toMatch(/<desc id="desc">40s of a guest with 1.00 GiB\. The target rises to 0\.08 GiB, /);
  });

  test("needs no other file, and has a light and a dark style", () => {
    expect(svg).not.toMatch(/href|@import|url\(/);
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  test("stays small for a run of any length", () => {
    expect(plotAsSvg(run(50_000)).length).toBeLessThan(500_000);
  });
});

test.each([
  [240 * S, 9, ["0", "30", "60", "90", "120", "150", "180", "210", "240"]],
  [20 * S, 5, ["0", "5", "10", "15", "20"]],
  [S, 4, ["0", "0.5", "1"]],
  [0, 4, ["0"]],
])("ticks of a time axis are at round times", (endUs, most, ticks) => {
  expect(timeTicks(endUs, most).map((us) => String(us / S))).toEqual(ticks);
});

test("even a century has few ticks", () => {
  const century = 36_525 * 86_400 * S;
  expect(timeTicks(century, 9).length).toBeLessThanOrEqual(12);
});

test("text for XML is escaped, without the characters that XML forbids", () => {
  expect(escapeXml('<a href="x">&\ufffeé\u{1f600}\n\t')).toBe("&lt;a href=&quot;x&quot;&gt;&amp;é\u{1f600}\n\t");
  expect(escapeXml("\u0000\ud800\u001b[31m")).toBe("\\u{0}\\u{d800}\\u{1b}[31m");
  expect(escapeXml("a\u202eb\u2066\u200f")).toBe("a\\u{202e}b\\u{2066}\\u{200f}");
});

test("text is wrapped at words, and cut with an ellipsis where it is too long", () => {
  expect(wrapText("one two three four", 9, 3)).toEqual(["one two", "three", "four"]);
  expect(wrapText("one two three four", 9, 2)).toEqual(["one two", "three…"]);
  expect(wrapText("incomprehensible", 9, 2)).toEqual(["incompreh", "ensible"]);
  expect(wrapText("incomprehensible", 9, 1)).toEqual(["incompre…"]);
  expect(wrapText("日本語の名前 \u{1f388}\u{1f388}", 6, 2)).toEqual(["日本語", "の名…"]);
  expect(wrapText("", 9, 2)).toEqual([]);
});
