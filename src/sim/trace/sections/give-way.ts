import { InputError } from "../../../common/errors.ts";
import { DEFAULT_GIVE_WAY, type GiveWaySettings } from "../../../common/give-way.ts";
import { describe } from "../../../common/quote.ts";
import { type PagesPerS, type Percent, parseRate, parseTime, type Us } from "../../../common/units.ts";
import type { Reader } from "../decode.ts";

const KEYS = ["psi", "after", "pace", "holdOff", "holdOffMax"];

/** `guest.giveWay`: false, or the numbers of the rule that are not its defaults. */
export const giveWay: Reader<GiveWaySettings | null> = (value, decoder) => {
  if (value === false) return null;
  if (value === true || value === null) return DEFAULT_GIVE_WAY;
  if (typeof value !== "object") throw new InputError(`expected true, false or an object, found ${describe(value)}`);
  const fields = decoder.object(value, KEYS);
  const { psi, afterUs, pace, holdOffUs, holdOffMaxUs } = DEFAULT_GIVE_WAY;
  return {
    psi: decoder.field(fields, "psi", psiLimit, psi),
    afterUs: decoder.field(fields, "after", time, afterUs),
    pace: decoder.field(fields, "pace", wholePace, pace),
    holdOffUs: decoder.field(fields, "holdOff", time, holdOffUs),
    holdOffMaxUs: decoder.field(fields, "holdOffMax", time, holdOffMaxUs),
  };
};

const psiLimit: Reader<Percent> = (value) => {
  if (typeof value === "number" && value > 0 && value <= 100) return value;
  throw new InputError(`expected a number of per cent above 0, to 100, found ${describe(value)}`);
};

const time: Reader<Us> = (value) => parseTime(value);

const wholePace: Reader<PagesPerS> = (value) => {
  const pace = Math.floor(parseRate(value));
  if (pace >= 1) return pace;
  throw new InputError(`expected 4KiB/s or more, found ${describe(value)}`);
};
