import type { Pages, Percent, Us } from "../../../common/units.ts";

/** Options of `shadow`, as the command line has them. */
export interface ShadowOptions {
  readonly rates?: string;
  readonly driver?: string;
  readonly floor?: Pages;
  readonly psiLimit?: Percent;
  readonly machine?: string;
  readonly window: Us;
  readonly for?: Us;
  readonly report?: string;
  readonly record?: string;
  readonly metrics?: string;
  readonly metricsRemote?: true;
  readonly vmmemctl?: string;
  readonly proc: string;
  readonly sys: string;
  readonly quiet?: true;
}
