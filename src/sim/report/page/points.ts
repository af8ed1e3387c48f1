/** The appearance of trials as points of a chart. */
import type { ColourName } from "../../output/palette.ts";
import { colour, translucent } from "./theme.ts";

/** Position of each trial's point, in CSS pixels of the plotting area; NaN for a trial that is not drawn. */
export interface Places {
  readonly left: Float32Array;
  readonly top: Float32Array;
}

interface Look {
  readonly colour: ColourName;
  readonly alpha: number;
  /** Radius in CSS pixels. */
  readonly radius: number;
  readonly shape: "square" | "disc" | "cross" | "diamond";
}

const LOOKS = {
  infeasible: { colour: "zero", alpha: 0.45, radius: 2, shape: "cross" },
  feasible: { colour: "soft", alpha: 0.4, radius: 1.5, shape: "square" },
  front: { colour: "blue", alpha: 1, radius: 3.2, shape: "disc" },
  reference: { colour: "vermilion", alpha: 1, radius: 6, shape: "diamond" },
} as const satisfies Readonly<Record<string, Look>>;

/** A group of trials with the same appearance. */
export type PointGroup = keyof typeof LOOKS;

/** The groups in the order of drawing: the most important ones last. */
export const POINT_GROUPS = Object.keys(LOOKS) as PointGroup[];

/** More points than these are drawn more transparently, so that dense areas remain visible. */
const MANY = 5000;
const FAINTEST = 0.2;

/** Draws the points of some trials, all of one group. */
export function drawPoints(
  ctx: CanvasRenderingContext2D,
  trials: readonly number[],
  { left, top }: Places,
  group: PointGroup,
): void {
  const look = LOOKS[group];
  const { radius: r, shape } = look;
  const isCrowd = shape === "square" || shape === "cross";
  const faint = isCrowd ? Math.max(FAINTEST, Math.min(1, MANY / trials.length)) : 1;
  ctx.fillStyle = translucent(look.colour, look.alpha * faint);
  ctx.strokeStyle = ctx.fillStyle;
  ctx.lineWidth = 1.2;
  ctx.beginPath();
  for (const trial of trials) {
    const [x, y] = [left[trial] as number, top[trial] as number];
    if (shape === "square") ctx.fillRect(x - r, y - r, 2 * r, 2 * r);
    else if (shape === "disc") {
      ctx.moveTo(x + r, y);
      ctx.arc(x, y, r, 0, 2 * Math.PI);
    } else if (shape === "diamond") {
      ctx.moveTo(x, y - r);
      ctx.lineTo(x + r, y);
      ctx.lineTo(x, y + r);
      ctx.lineTo(x - r, y);
      ctx.closePath();
    } else {
      ctx.moveTo(x - r, y - r);
      ctx.lineTo(x + r, y + r);
      ctx.moveTo(x - r, y + r);
      ctx.lineTo(x + r, y - r);
    }
  }
  if (shape === "cross") ctx.stroke();
  else if (shape !== "square") {
    // An edge around each point, behind all points.
    ctx.lineWidth = 2;
    ctx.strokeStyle = colour("ground");
    ctx.stroke();
    ctx.fill();
  }
}

/** The range of a trial in one direction of a chart, and its place in the other one, in CSS pixels. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly isVertical: boolean;
}

/** Half the length of the line across the end of a bar. */
const BAR_END = 3;

/** Draws ranges as bars, behind the points. */
export function drawBars(ctx: CanvasRenderingContext2D, bars: readonly Bar[]): void {
  ctx.strokeStyle = translucent("ink", 0.55);
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (const { from, to, at, isVertical } of bars) {
    const line = (a: number, b: number, c: number, d: number) => {
      ctx.moveTo(...(isVertical ? ([b, a] as const) : ([a, b] as const)));
      ctx.lineTo(...(isVertical ? ([d, c] as const) : ([c, d] as const)));
    };
    line(from, at, to, at);
    for (const end of [from, to]) line(end, at - BAR_END, end, at + BAR_END);
  }
  ctx.stroke();
}

/**
 * Draws a front of two goals as steps from point to point, through the corner that is worse than both: on the better
 * side of the line there is no trial.
 * @param isMoreBetter whether the goal of the horizontal axis is to be maximized
 */
export function drawFront(
  ctx: CanvasRenderingContext2D,
  front: readonly number[],
  { left, top }: Places,
  isMoreBetter: boolean,
): void {
  const order = front
    .filter((trial) => !Number.isNaN(left[trial] as number))
    .toSorted((a, b) => (left[a] as number) - (left[b] as number));
  ctx.strokeStyle = translucent("blue", 0.45);
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  order.forEach((trial, i) => {
    const [x, y] = [left[trial] as number, top[trial] as number];
    const before = order[i - 1];
    if (before !== undefined && isMoreBetter) ctx.lineTo(left[before] as number, y);
    else if (before !== undefined) ctx.lineTo(x, top[before] as number);
    ctx.lineTo(x, y);
  });
  ctx.stroke();
}
