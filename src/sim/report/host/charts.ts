/** The pictures of a host's page: SVG that needs no script, in the page's colours. */
import { scaleLinear } from "d3-scale";
import { formatTime, type Pages, type Us } from "../../../common/units.ts";
import { toGib } from "../../output/axis.ts";
import { countKills } from "../../output/damage.ts";
import type { ColourName } from "../../output/palette.ts";
import { type Html, html } from "../html/html.ts";
import {
  AXIS_HEIGHT,
  drawLines,
  type Entry,
  grid,
  type Line,
  legend,
  lineChart,
  picture,
  round,
} from "../html/line-chart.ts";
import { type Box, WIDE } from "../html/wide-area.ts";
import type { HostCurves, VmCurves } from "./curves.ts";

/** Colours of areas in their order; the second time round they are lighter. */
const COLOURS: readonly ColourName[] = ["blue", "vermilion", "green", "purple", "ochre", "ink"];
const OPACITIES = [0.75, 0.35];
/** Areas of VMs of their own: as many as can be told apart. */
const MOST_BANDS = COLOURS.length * OPACITIES.length;

const STRIP_HEIGHT = 14;
const SMALL: Box = { left: 0, top: 2, width: 270, height: 80 };

interface Band extends Entry {
  readonly pages: readonly Pages[];
}

const zeroIfOff = (pages: Pages): Pages => (Number.isNaN(pages) ? 0 : pages);
const sumOf = (pages: readonly Pages[]): Pages => pages.reduce((sum, one) => sum + zeroIfOff(one), 0);

/**
 * The host's memory by VM, what is free of it, and the host's states.
 * @param wide the area within the axes
 */
export function memoryChart(curves: HostCurves, wide = WIDE): Html {
  const { memory, timesUs, endUs, kills } = curves;
  const bands = bandsOf(curves);
  const states = statesIn(curves);
  const { left, top, width, height } = wide;
  const x = scaleLinear([0, Math.max(1, endUs)], [left, left + width]);
  const y = scaleLinear([0, toGib(memory)], [top + height, top]);
  let below = timesUs.map(() => 0);
  const areas = bands.map(({ pages, colour, opacity }) => {
    const above = pages.map((one, i) => zeroIfOff(one) + (below[i] as number));
    const edge = (values: readonly Pages[], i: number) =>
      `${round(x(timesUs[i] as Us))},${round(y(toGib(values[i] as Pages)))}`;
    const up = timesUs.map((_, i) => edge(above, i));
    const down = timesUs.map((_, i) => edge(below, i)).reverse();
    below = above;
    return html`<path class="${colour}" fill-opacity="${opacity}" d="M${up.join(" ")} ${down.join(" ")}Z"/>`;
  });
  const stripTop = top + height + 4;
  const strip = stretchesOf(curves).map(({ state, fromUs, untilUs }) => {
    const { colour, opacity } = states.find(({ label }) => label === state) as Entry;
    const at = round(x(fromUs));
    return html`<rect class="${colour}" fill-opacity="${opacity}" x="${at}" y="${stripTop}" width="${Math.max(0, round(x(untilUs) - at))}" height="${STRIP_HEIGHT}"><title>${state}: ${formatTime(fromUs)} to ${formatTime(untilUs)}</title></rect>`;
  });
  const crosses = kills.flatMap((count, i) => {
    if (count === 0) return [];
    const at = round(x(timesUs[i] as Us));
    return [
      html`<g class="key"><title>${countKills(count)} up to ${formatTime(timesUs[i] as Us)}</title><path class="vermilion" fill="none" stroke-width="2" d="M${at - 4},${top}l8,8m0,-8l-8,8"/></g>`,
    ];
  });
  const bottom = stripTop + (strip.length === 0 ? 0 : STRIP_HEIGHT);
  return html`${picture(
    { ...wide, height: bottom + AXIS_HEIGHT },
    "Memory of the host by VM over time",
    html`${grid(wide, endUs, toGib(memory), bottom)}
<g class="mark">${areas}${strip}</g>
<g class="key"><path class="ink" fill="none" stroke-width="1.5" stroke-dasharray="6 4" d="M${left},${top}h${width}"/></g>
${crosses}`,
  )}${legend([...bands, ...states.map((entry) => ({ ...entry, label: `state ${entry.label}` }))])}`;
}

/** Pages in the host's swap, and in all balloons with what the host wants in them. @param wide as that of `memoryChart` */
export function reclaimChart(curves: HostCurves, wide = WIDE): Html {
  const { timesUs, endUs, vms, swapped } = curves;
  const all = (of: keyof Pick<VmCurves, "target" | "balloon">) =>
    timesUs.map((_, i) => vms.reduce((sum, vm) => sum + zeroIfOff(vm[of][i] as Pages), 0));
  const lines: readonly Line[] = [
    { label: "balloons", colour: "blue", pages: all("balloon") },
    { label: "targets of the balloons", colour: "ink", pages: all("target"), isDashed: true },
    { label: "the host's swap", colour: "vermilion", pages: swapped },
  ];
  return lineChart("Balloons and the host's swap over time", lines, timesUs, endUs, wide);
}

/** One VM: what it consumes of the host's memory, its balloon and the target of it, up to its configured memory. */
export function vmChart(vm: VmCurves, { timesUs, endUs }: HostCurves): Html {
  const { name, memory, consumed, target, balloon } = vm;
  const lines: readonly Line[] = [
    { label: "consumed", colour: "green", pages: consumed },
    { label: "target", colour: "ink", pages: target, isDashed: true },
    { label: "balloon", colour: "blue", pages: balloon },
  ];
  const { left, top, width, height } = SMALL;
  return picture(
    { ...SMALL, height: top + height + 2 },
    `Memory and balloon of ${name} over time`,
    html`<g class="key"><path class="grid" fill="none" d="M${left},${top}h${width}v${height}h${-width}z"/></g>${drawLines(lines, timesUs, SMALL, endUs, memory)}`,
  );
}

/** The names of the lines of `vmChart`. */
export const vmLegend = (): Html =>
  legend([
    { label: "consumed memory of the host", colour: "green", opacity: 1 },
    { label: "balloon", colour: "blue", opacity: 1 },
    { label: "target of the balloon (dashed)", colour: "ink", opacity: 1 },
  ]);

/** The host itself, then the VMs that consume most, in the order of the file; the others are one. */
function bandsOf({ overhead, vms, timesUs }: HostCurves): Band[] {
  const largest = new Set(
    vms.length <= MOST_BANDS ? vms : vms.toSorted((a, b) => sumOf(b.consumed) - sumOf(a.consumed)).slice(0, MOST_BANDS),
  );
  const others = vms.filter((vm) => !largest.has(vm));
  const own = [...vms.filter((vm) => largest.has(vm))].map(({ name, consumed }, i): Band => {
    return { label: name, pages: consumed, ...lookOf(i) };
  });
  const host: Band = { label: "host and overhead of VMs", pages: overhead, colour: "soft", opacity: 0.8 };
  if (others.length === 0) return [host, ...own];
  const rest = timesUs.map((_, i) => others.reduce((sum, { consumed }) => sum + zeroIfOff(consumed[i] as Pages), 0));
  return [host, ...own, { label: `${others.length} other VMs`, pages: rest, colour: "zero", opacity: 0.5 }];
}

const lookOf = (index: number): Pick<Entry, "colour" | "opacity"> => ({
  colour: COLOURS[index % COLOURS.length] as ColourName,
  opacity: OPACITIES[Math.floor(index / COLOURS.length) % OPACITIES.length] as number,
});

/** Colours of states, the calm ones first; a policy has few. */
const STATE_COLOURS: readonly ColourName[] = ["green", "blue", "ochre", "vermilion", "purple", "ink"];

/** The states of a run in the order of their times in it, the longest first. */
function statesIn(curves: HostCurves): Entry[] {
  const times = new Map<string, Us>();
  for (const { state, fromUs, untilUs } of stretchesOf(curves)) {
    times.set(state, (times.get(state) ?? 0) + untilUs - fromUs);
  }
  return [...times]
    .toSorted(([, a], [, b]) => b - a)
    .map(([label], i) => ({
      label,
      colour: STATE_COLOURS[i % STATE_COLOURS.length] as ColourName,
      opacity: i < STATE_COLOURS.length ? 0.9 : 0.4,
    }));
}

interface Stretch {
  readonly state: string;
  readonly fromUs: Us;
  readonly untilUs: Us;
}

/** Stretches of samples with the same state. */
function stretchesOf({ states, timesUs }: HostCurves): Stretch[] {
  const stretches: Stretch[] = [];
  for (let i = 0; i < states.length; ) {
    let next = i + 1;
    while (next < states.length && states[next] === states[i]) next++;
    const state = states[i];
    if (state != null)
      stretches.push({ state, fromUs: timesUs[i] as Us, untilUs: timesUs[next] ?? (timesUs.at(-1) as Us) });
    i = next;
  }
  return stretches;
}
