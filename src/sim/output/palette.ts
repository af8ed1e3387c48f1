/** A colour on a light and on a dark background. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/** The colours of all pictures. The colours of curves can be distinguished by colour-blind readers. */
export const PALETTE = {
  ground: { light: "#ffffff", dark: "#0d1117" },
  ink: { light: "#1b1f24", dark: "#e6edf3" },
  soft: { light: "#57606a", dark: "#9aa5b1" },
  grid: { light: "#e4e8ec", dark: "#262d36" },
  zero: { light: "#8c959f", dark: "#6e7681" },
  blue: { light: "#0072b2", dark: "#56b4e9" },
  vermilion: { light: "#d55e00", dark: "#ff8c42" },
  green: { light: "#009e73", dark: "#2bc99a" },
  purple: { light: "#a3477f", dark: "#e58fc4" },
  ochre: { light: "#b37400", dark: "#e6b450" },
} as const satisfies Readonly<Record<string, Colour>>;

/** Name of a colour. */
export type ColourName = keyof typeof PALETTE;
