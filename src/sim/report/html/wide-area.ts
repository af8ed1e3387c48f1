/** The places of the parts of a picture: of these alone, a page needs no code that draws. */

/** An area of a picture, in its units, which are pixels on a wide page. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** That of a picture as wide as the page. */
export const WIDE: Box = { left: 56, top: 12, width: 1050, height: 300 };
/** Space beside the area of a wide picture, for half a number of the time axis. */
export const SPACE_BESIDE = 24;
