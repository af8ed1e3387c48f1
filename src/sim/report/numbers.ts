/** Formats numbers, for the page and for the code of the page. */
import { formatSize } from "../../common/units.ts";

/** Formats a number of pages as a size: `1.91 GiB`. */
export const formatPages = (pages: number): string =>
  pages === 0 ? "0" : formatSize(pages).replace(/(?=[KMGTP]iB)/, " ");

/**
 * Formats a number: thousands separated by thin spaces, `digits` significant digits of a fraction: `16 384`, `0.0125`.
 */
export function formatNumber(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  const whole = Math.floor(Math.abs(value)).toString().length;
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(Math.max(digits, Math.min(whole, 21))));
  const size = Math.abs(rounded);
  if (size >= 1e15 || (size !== 0 && size < 1e-6)) return String(rounded).replace("-", "−");
  const [before = "", after] = String(size).split(".");
  const grouped = before.replace(/\B(?=(\d{3})+$)/g, "\u2009");
  return `${rounded < 0 ? "−" : ""}${grouped}${after === undefined ? "" : `.${after}`}`;
}

/** The change of a value from another: `−12 %`, `×16`, `=`; empty if it is meaningless. */
export function changeText(value: number, reference: number): string {
  if (Number.isNaN(value) || Number.isNaN(reference)) return "";
  if (value === reference) return "=";
  if (reference === 0) return "";
  const factor = value / reference;
  if (factor >= 3) return `×${formatNumber(factor, 3)}`;
  const percent = (factor - 1) * 100;
  return `${percent > 0 ? "+" : ""}${formatNumber(percent, 2)} %`;
}

/** Whether a value is better or worse than another; null if they are equal or one is unknown. */
export function verdictOf(value: number, reference: number, better: "less" | "more"): "win" | "loss" | null {
  if (value === reference || Number.isNaN(value) || Number.isNaN(reference)) return null;
  return value < reference === (better === "less") ? "win" : "loss";
}

/** The name of a trial on pages, without a line break: `trial 17`. Number 0 is the reference. */
export const trialName = (trial: number): string => (trial === 0 ? "reference" : `trial\u00a0${trial}`);
